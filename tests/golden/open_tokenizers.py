"""Open in Keras the tokenizer JSON that mood wrote, and see that it gives the ids of text.json.

mkdir FOLDER; MOOD_TOKENIZER_COPIES=FOLDER make check TESTS=tests/check_tokenizer
KERAS_BACKEND=jax python tests/golden/open_tokenizers.py FOLDER
"""
import json
import pathlib
import sys

import keras
from keras.src.legacy.preprocessing.text import tokenizer_from_json

folder = pathlib.Path(sys.argv[1])
golden = json.loads((pathlib.Path(__file__).parent / "text.json").read_text())
for case in golden["cases"]:
    written = (folder / (case["name"] + ".json")).read_text()
    ours, theirs = tokenizer_from_json(written), tokenizer_from_json(case["json"])
    for member in ("word_counts", "word_docs", "word_index", "index_word", "index_docs"):
        assert getattr(ours, member) == getattr(theirs, member), (case["name"], member)
    assert ours.texts_to_sequences(case["texts"]) == case["sequences"], case["name"]
print(f"{len(golden['cases'])} tokenizers open in Keras {keras.__version__}")
