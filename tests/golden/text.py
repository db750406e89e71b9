"""Make text.json, the numbers that check_tokenizer.c, check_sequence.c and check_utf8.c compare with.

KERAS_BACKEND=jax python tests/golden/text.py >tests/golden/text.json
"""
import hashlib
import itertools
import json
import platform
import sys
import unicodedata

import keras
import numpy
from keras.src.legacy.preprocessing.text import Tokenizer
from keras.utils import pad_sequences

MODES = ["binary", "count", "freq", "tfidf"]

ENGLISH = ["The cat sat on the mat; the dog didn't.", "My dog ate my homework!\r\n",
           "It's \u201cquoted\u201d, don\u2019t\u2026", "", "   \t\n ", "café\u2014déjà vu, VU"]
UNICODE = ["İSTANBUL'da ΙΣΤΑΝΒΥΛ", "ΣΟΦΟΣ Σοφός Σ! Σ", "ẞ straße STRASSE", "😀 😀😍 so good 👍🏽",
           "这个很好吃。下次再来！", "ok\u00a0yes \u3000 ok\u3000no", "\U00010400\U00010428 Ǆǅ ﬁne ȺB",
           "e\u0301 \u00c9 I\u0307"]
SIGMA = ["ΑΣ", "ΑΣ'", "ΑΣΑ", "ΑΣ.Α", "ΑΣ Α", "Σ", "Α'Σ", "Α\u00adΣ\u00ad", "1Σ", "ΑΣ2", "Α\u0301Σ\u0301", "aΣb ΣΣΣ"]
ODD = ["a\0b \x01\x1f\x7f \x0b\x0c \x85 \u2028", "back\\slash \"quote\" /slash/ \b",
       "\ufeffbom \ufffd \uffff \U0010ffff \ufdd1"]
TIES = [["b a c", "a b", "d"], ["c d d e", "e"]]

CASES = [
    ("defaults", {}, [ENGLISH], ENGLISH + ["cat unseen VU mat"]),
    ("few words", {"num_words": 5}, [ENGLISH], ENGLISH),
    ("few words and a token", {"num_words": 5, "oov_token": "<OOV>"}, [ENGLISH], ENGLISH + ["never seen"]),
    ("a token", {"oov_token": "«OOV»"}, [ENGLISH], ENGLISH + ["never seen"]),
    ("one word", {"num_words": 1, "oov_token": "<OOV>"}, [ENGLISH], ENGLISH),
    ("one word and no token", {"num_words": 1}, [ENGLISH], ENGLISH),
    ("two words", {"num_words": 2}, [ENGLISH], ENGLISH),
    ("no limit", {"num_words": 0}, [ENGLISH], ENGLISH),
    ("unicode", {}, [UNICODE], UNICODE),
    ("unicode as it is", {"lower": False}, [UNICODE], UNICODE),
    ("unicode characters", {"char_level": True}, [UNICODE], UNICODE),
    ("sigma", {}, [SIGMA], SIGMA),
    ("sigma characters", {"char_level": True, "oov_token": "?"}, [SIGMA[:3]], SIGMA),
    ("characters", {"char_level": True, "num_words": 8, "oov_token": "UNK"}, [ENGLISH], ENGLISH + ["zq不"]),
    ("characters as they are", {"char_level": True, "lower": False, "split": ""}, [ENGLISH], ENGLISH),
    ("odd characters", {}, [ODD], ODD),
    ("odd characters, no filters", {"filters": ""}, [ODD], ODD),
    ("ties", {}, TIES, TIES[0] + TIES[1]),
    ("ties and a token", {"oov_token": "c"}, TIES, TIES[0] + TIES[1]),
    ("a token that is a word", {"oov_token": "the"}, [["the cat the"]], ["the cat sat"]),
    ("a token that becomes a word", {"oov_token": "new"}, [["old old"], ["new new new old"]], ["old new other"]),
    ("fitted on nothing", {"oov_token": "<OOV>"}, [[]], ["one two"]),
    ("fitted on empty texts", {}, [["", " "]], ["one two"]),
    ("other split", {"split": "|"}, [["a b|c d| d", "a b!c|e"]], ["a b", " d|c d|a b.e"]),
    ("long split", {"split": "aa"}, [["xaay", "x!y", "xa!ay", "aaa", "x!!y"]], ["a!a", "xaaay", "yaax"]),
    ("split by words", {"split": "--", "filters": "!-"}, [["a--b", "a-b!c", "a---b"]], ["c-b", "--"]),
    ("split of two bytes", {"split": "·", "filters": ".é"}, [["a·b.céd", "Éa"]], ["b d", "a.b·c"]),
    ("chinese filters", {"filters": "。！，\u3000 "}, [UNICODE], UNICODE),
    ("a capital among the filters", {"filters": "AT "}, [ENGLISH], ENGLISH),
    ("a capital among the filters, as it is", {"filters": "AT", "lower": False}, [ENGLISH], ENGLISH),
    ("split among the filters", {"filters": " ,;"}, [ENGLISH], ENGLISH),
    ("split is a letter", {"split": "t"}, [ENGLISH], ENGLISH),
]


def case(name, options, fits, texts):
    tokenizer = Tokenizer(**options)
    for fit in fits:
        tokenizer.fit_on_texts(fit)
    sequences = tokenizer.texts_to_sequences(texts)
    matrix = None
    if tokenizer.document_count and len(tokenizer.word_index) < 20 and tokenizer.word_index:
        matrix = {mode: tokenizer.sequences_to_matrix(sequences, mode=mode).tolist() for mode in MODES}
    return {
        "name": name,
        "options": options,
        "fits": fits,
        "texts": texts,
        "sequences": sequences,
        "back": tokenizer.sequences_to_texts([s + [0, 7, 100000] for s in sequences]),
        "matrix": matrix,
        "json": tokenizer.to_json(),
    }


def padding():
    rows = [[1], [2, 3, 4], [], [5, 6, 7, 8, 9], [-1, 2147483647]]
    cases = []
    sides = ["pre", "post"]
    for maxlen, pad, cut, value in itertools.product([None, 1, 2, 3, 5, 8], sides, sides, [0, -7]):
        x = pad_sequences(rows, maxlen=maxlen, padding=pad, truncating=cut, value=value)
        cases.append({"maxlen": maxlen or 0, "padding": pad, "truncating": cut, "value": value, "x": x.tolist()})
    return {"rows": rows, "cases": cases}


def repair(data):
    """What decode(errors="replace") makes of data, and how often it replaced."""
    count = 0
    position = 0
    while position < len(data):
        try:
            data[position:].decode()
            break
        except UnicodeDecodeError as error:
            count += 1
            position += error.end
    return data.decode(errors="replace").encode(), count


EDGES = bytes.fromhex("00417f808f909fa0bfc0c1c2dfe0e1ecedeeeff0f1f3f4f5ff")


def repaired_edges():
    """A digest over every string of up to four bytes that stand at the edges of UTF-8's rules."""
    digest = hashlib.sha256()
    for size in range(1, 5):
        for data in itertools.product(EDGES, repeat=size):
            text, count = repair(bytes(data))
            digest.update(text + b"%d" % count)
    return {"bytes": EDGES.hex(), "sha256": digest.hexdigest()}


def repaired_samples():
    samples = ["", "41", "c3a9", "c3", "e282ac", "e282", "e28241", "f09f9880", "f09f98", "f09f9841", "eda080",
               "eda080edb080", "c080", "f8888080", "80808080", "fffe41", "41ff42", "f4908080", "efbfbd",
               "e2e2e282ac"]
    return [{"bytes": s, "text": repair(bytes.fromhex(s))[0].hex(), "replaced": repair(bytes.fromhex(s))[1]}
            for s in samples]


def lowered():
    """A digest over the lower case of every character that Python knows."""
    digest = hashlib.sha256()
    for code in range(sys.maxunicode + 1):
        if unicodedata.category(chr(code)) not in ("Cn", "Cs"):
            digest.update(chr(code).lower().encode())
    return {"unicode": unicodedata.unidata_version, "sha256": digest.hexdigest()}


json.dump({
    "versions": {"keras": keras.__version__, "numpy": numpy.__version__, "python": platform.python_version()},
    "cases": [case(*c) for c in CASES],
    "padding": padding(),
    "utf8": {"samples": repaired_samples(), "edges": repaired_edges()},
    "lower": lowered(),
}, sys.stdout)
print()
