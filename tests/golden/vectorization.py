"""Make what the tests of TextVectorization compare with: vectorization/.

    KERAS_BACKEND=tensorflow python vectorization.py

vectorization/text.json: texts and what the layer makes of them, for several settings: its config, its vocabulary after
adapt(), and the rows of ids (output_sequence_length=None: of any length; the zeros at their ends are left out).
vectorization/NAME.keras are trained models that begin with the layer, vectorization/NAME.csv has texts with what
predict() says of them, and vectorization/refused-NAME.keras are models that mood refuses. vocabulary.txt and
vocabulary.json have the vocabulary of sequential.keras.

Committed: made by Keras 3.15.1 with TensorFlow 2.21.
"""
import json
import pathlib

import keras
import numpy as np
import tensorflow as tf
from keras import layers

FOLDER = pathlib.Path(__file__).parent / "vectorization"

FITTED = ["The cat, the CAT and the dog's dog.", "it's; its: IT'S?  tabs\tand\nlines\r\nand\x0bmore\x0cform",
          "Äpfel äpfel ÉTÉ été İstanbul", "zz b a zz a b", "co-operate cooperate e-mail", "naïve 😀 😀😀 日本語。", "[UNK] unk",
          "don’t don't “quoted” …", "no\u00a0break no\u3000space line\u2028sep next\u0085line x\x1cy"]
TEXTS = FITTED + ["", " ", "\t\r\n", "!?.,", "unknown words only here then the cat", "CRLF ends\r\nhere the\r\n", "\u00a0", "'",
                  "the " * 30, "a", "dog's_cat@the.mat <b>and</b> {zz} ~`^|\\", "日本語 。", "e\u0301te\u0301 😀a", "nul\x00inside the\x00",
                  "THE ÀÉÎ", "\ufeffthe", "[UNK]"]
SETTINGS = [
    {}, {"standardize": "lower"}, {"standardize": "strip_punctuation"}, {"standardize": None},
    {"split": "character"}, {"split": "character", "standardize": None, "max_tokens": 9}, {"split": None},
    {"split": None, "standardize": None}, {"ngrams": 2}, {"ngrams": 3, "max_tokens": 30}, {"ngrams": (2,)},
    {"ngrams": (3, 1)}, {"ngrams": 2, "split": "character", "standardize": "lower"}, {"max_tokens": 3}, {"max_tokens": 7},
    {"vocabulary": ["the", "cat", "[UNK]", "dogs"], "standardize": None},
    {"vocabulary": ["", "[UNK]", "the", "cat and", "cat"], "ngrams": 2},
    {"vocabulary": ["[UNK]", "the"]},
]


def make_text():
    cases = []
    for setting in SETTINGS:
        layer = layers.TextVectorization(**setting)
        given = "vocabulary" in setting
        if not given:
            layer.adapt(FITTED)
        rows = []
        for text in TEXTS:
            ids = np.array(layer([text])).reshape(-1).tolist()
            while ids and ids[-1] == 0:
                ids.pop()
            rows.append(ids)
        cases.append({"config": layer.get_config(), "given": given, "vocabulary": [str(w) for w in layer.get_vocabulary()],
                      "rows": rows})
    (FOLDER / "text.json").write_text(json.dumps({"fitted": FITTED, "texts": TEXTS, "cases": cases}))


GOOD, BAD = "great lovely works fine".split(), "awful broken poor waste".split()
OTHERS = "The this It's was a VERY film, food. phone and so really we think! don't 😀 été".split()


def sentences(n, random):
    rows = []
    for i in range(n):
        own = BAD if i % 2 else GOOD
        words = [str(random.choice(own if random.random() < 0.3 else OTHERS)) for _ in range(int(random.integers(1, 20)))]
        rows.append((" ".join(words) + " " + own[i % 4], float(i % 2 == 0)))
    return rows


def compiled(model, rows):
    model.compile(optimizer=keras.optimizers.Adam(0.01), loss="binary_crossentropy", metrics=["accuracy"])
    model.fit(tf.constant([[text] for text, _ in rows]), np.array([label for _, label in rows]), epochs=3, batch_size=16,
              verbose=0)
    return model


def save(name, model, rows):
    model.save(FOLDER / f"{name}.keras")
    rows = rows[:36] + [("", 0.0), ("zork blub", 1.0), ("Great, GREAT great's!", 1.0), ("the\u00a0film", 0.0)]
    lines = ["text,label,answer,score\n"]
    scores = model.predict(tf.constant([[text] for text, _ in rows]), verbose=0)[:, 0].astype(float)
    for (text, label), score in zip(rows, scores):
        lines.append(f'"{text}",{["bad", "good"][int(label)]},{["bad", "good"][int(score > 0.5)]},{score:.9g}\n')
    (FOLDER / f"{name}.csv").write_text("".join(lines))


def adapted(rows, **settings):
    layer = layers.TextVectorization(**settings)
    layer.adapt([text for text, _ in rows])
    return layer


def sequential(layer, *rest):
    return keras.Sequential([keras.Input(shape=(1,), dtype="string"), layer, *rest, layers.Dense(1, activation="sigmoid")])


def reset():
    keras.utils.clear_session()
    keras.utils.set_random_seed(7)


@keras.saving.register_keras_serializable()
def upper(texts):
    return tf.strings.upper(texts)


def make_models():
    rows = sentences(160, np.random.default_rng(11))
    reset()
    layer = adapted(rows, max_tokens=24, output_sequence_length=12)
    model = compiled(sequential(layer, layers.Embedding(24, 6, mask_zero=True), layers.LSTM(5)), rows)
    save("sequential", model, rows)
    words = [str(word) for word in layer.get_vocabulary()]
    (FOLDER / "vocabulary.txt").write_text("\n".join(words))
    (FOLDER / "vocabulary.json").write_text(json.dumps(words))
    (FOLDER / "layer.json").write_text(json.dumps(keras.saving.serialize_keras_object(layers.TextVectorization(
        max_tokens=24, output_sequence_length=12, vocabulary=words))))

    reset()
    layer = layers.TextVectorization(vocabulary=words[2:], output_sequence_length=15, standardize="lower")
    texts = keras.Input(shape=(), dtype="string")
    x = layers.Embedding(len(words), 6, mask_zero=True)(layer(texts))
    x = layers.Bidirectional(layers.GRU(4))(x)
    model = keras.Model(texts, layers.Dense(1, activation="sigmoid")(x))
    model.compile(optimizer="adam", loss="binary_crossentropy", metrics=["accuracy"])
    model.fit(tf.constant([text for text, _ in rows]), np.array([label for _, label in rows]), epochs=3, verbose=0)
    wrapped = model.predict
    model.predict = lambda x, verbose: wrapped(tf.reshape(x, [-1]), verbose=verbose)
    save("functional", model, rows)

    reset()
    layer = adapted(rows)
    size = layer.vocabulary_size()
    save("open", compiled(sequential(layer, layers.Embedding(size, 4, mask_zero=True), layers.LSTM(3)), rows), rows)

    reset()
    layer = adapted(rows, ngrams=2, max_tokens=60, output_sequence_length=40)
    save("ngrams", compiled(sequential(layer, layers.Embedding(60, 4), layers.Conv1D(4, 3, activation="relu"),
                                       layers.GlobalMaxPooling1D()), rows), rows)
    reset()
    layer = adapted(rows, split="character", output_sequence_length=50)
    size = layer.vocabulary_size()
    save("characters", compiled(sequential(layer, layers.Embedding(size, 4), layers.GlobalAveragePooling1D()), rows), rows)

    reset()
    layer = layers.TextVectorization(vocabulary=words, standardize=upper, output_sequence_length=4)
    sequential(layer, layers.Embedding(30, 2), layers.Flatten()).save(FOLDER / "refused-function.keras")
    reset()
    sequential(adapted(rows, output_sequence_length=4)).save(FOLDER / "refused-dense.keras")


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    make_text()
    make_models()
