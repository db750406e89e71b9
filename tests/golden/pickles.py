"""Make the pickled tokenizers of pickles/, which check_pickle.c reads.

    KERAS_BACKEND=jax python pickles.py

Every file holds a Tokenizer, fitted on the same texts, whose to_json() is in pickles/NAME.json. NAME-PROTOCOL.pickle is
written by Python's pickle with that protocol, under the names that the class has in Keras's versions; its pure-Python
pickler writes what old versions of Python wrote. python2-* have byte strings and OrderedDict's items as Python 2 pickled
them. Committed: made by Keras 3.15.1 and Python 3.11.
"""
import collections
import io
import json
import pathlib
import pickle
import struct
import sys
import types

from keras.src.legacy.preprocessing.text import Tokenizer

FOLDER = pathlib.Path(__file__).parent / "pickles"
MODULES = {
    "keras": "keras.src.legacy.preprocessing.text",
    "preprocessing": "keras_preprocessing.text",
    "keras2": "keras.preprocessing.text",
    "keras2-src": "keras.src.preprocessing.text",
    "tensorflow": "tensorflow.python.keras.preprocessing.text",
    "tf-keras": "tf_keras.src.preprocessing.text",
}
TEXTS = ["The cat sat on the mat.", "the dog ate it: the cat's na\u00efve \u00e9t\u00e9!", "\U0001f600 good \U0001f600 bad", "line one\nline \\two",
         "\u4f60\u597d \u4f60\u597d world", "the \u0130stanbul \u00dfharp"]


def fitted(**settings):
    tokenizer = Tokenizer(**settings)
    tokenizer.fit_on_texts(TEXTS)
    return tokenizer


def dump(tokenizer, module, protocol, pickler=pickle.Pickler):
    """As a process would that has the class in another module."""
    name, before = Tokenizer.__module__, dict(sys.modules)
    parts = module.split(".")
    for end in range(1, len(parts) + 1):
        fake = types.ModuleType(".".join(parts[:end]))
        fake.__path__ = []
        fake.Tokenizer = Tokenizer
        sys.modules[fake.__name__] = fake
    Tokenizer.__module__ = module
    try:
        out = io.BytesIO()
        pickler(out, protocol).dump(tokenizer)
        return out.getvalue()
    finally:
        Tokenizer.__module__ = name
        sys.modules.clear()
        sys.modules.update(before)


class Python2(pickle._Pickler):
    """Texts as byte strings, and an OrderedDict as its class called with a list of lists."""
    dispatch = dict(pickle._Pickler.dispatch)

    def save_text(self, text):
        data = text.encode()
        if not self.bin:
            self.write(b"S" + repr(data)[1:].encode() + b"\n")
        elif len(data) < 256:
            self.write(b"U" + bytes([len(data)]) + data)
        else:
            self.write(b"T" + struct.pack("<i", len(data)) + data)
        self.memoize(text)

    dispatch[str] = save_text

    def reducer_override(self, value):
        if type(value) is collections.OrderedDict:
            return collections.OrderedDict, ([[key, number] for key, number in value.items()],)
        return NotImplemented


def write(name, tokenizer, data):
    (FOLDER / f"{name}.pickle").write_bytes(data)
    (FOLDER / f"{name}.json").write_text(tokenizer.to_json() + "\n")
    print(f"{name}: {len(data)} bytes")


def main():
    FOLDER.mkdir(exist_ok=True)
    plain, full = fitted(), fitted(num_words=8, oov_token="<oov>", lower=False, filters="!.", char_level=False)
    for protocol in range(6):
        write(f"keras-{protocol}", full, dump(full, MODULES["keras"], protocol))
        write(f"pure-{protocol}", plain, dump(plain, MODULES["preprocessing"], protocol, pickle._Pickler))
    for name, module in MODULES.items():
        write(f"{name}-module", plain, dump(plain, module, 4))
    for protocol in range(3):
        write(f"python2-{protocol}", full, dump(full, MODULES["keras2"], protocol, Python2))
    old = fitted(char_level=True)  # Keras 2.0 has no index_word, index_docs, oov_token and document_count before a fit
    data = dict(vars(old))
    for key in "index_word", "oov_token":
        del vars(old)[key]
    pickled = dump(old, MODULES["keras2"], 2)
    vars(old).update(data)
    write("keras2.0-2", old, pickled)
    (FOLDER / "index.json").write_text(json.dumps(sorted(path.stem for path in FOLDER.glob("*.pickle"))) + "\n")


main()
