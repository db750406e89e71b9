"""Make the .keras files, tokenizers and scores that tests/recipe compares with.

    KERAS_BACKEND=jax MOOD=build/mood python recipe_files.py

post      pads and truncates at the end; two classes
open      leaves the input's length open, truncates at the end; three classes
resaved   trained by mood, then loaded, trained on and saved by Keras, which drops mood's own members

Each is saved as keras-VERSION-NAME.keras; its rows with what Keras's predict() says of them go to .csv: text, label, the
label of the largest score, and that score (of one output: its value). The tokenizer goes to -tokenizer.json as to_json()
returns it; that of post also to -tokenizer-dumped.json, dumped as a JSON string once more, and
-tokenizer-indented.json, parsed and dumped with line breaks.

Committed: made by Keras 3.15.1 (jax 0.10.2, numpy 2.4.6, h5py 3.16.0; Python 3.11).
"""
import json
import os
import subprocess
import zipfile

import keras
import numpy as np
from keras import layers
from keras.src.legacy.preprocessing.text import Tokenizer, tokenizer_from_json
from keras.utils import pad_sequences

PREFIX = f"keras-{keras.__version__}-"
OPENINGS = ["we think that", "once again", "at the café", "honestly", "to say it with 你好", "in short and after all"]
THINGS = ["the food", "this film", "their service", "the naïve plot", "it"]
VERDICTS = {
    "good": ["is great", "works so well", "is lovely"],
    "bad": ["is awful", "broke so soon", "is a waste"],
    "odd": ["is green", "came on tuesday", "is made of paper"],
}
ENDINGS = ["", "again", "and we told all of our friends so", "which nobody here had expected at all"]


def sentences(labels, n, random):
    """Rows of a text and its label's number. The words that matter stand in the middle: the padding's side counts."""
    rows = []
    for i in range(n):
        label = labels[i % len(labels)]
        parts = [random.choice(OPENINGS), random.choice(THINGS), random.choice(VERDICTS[label]), random.choice(ENDINGS)]
        rows.append((" ".join(part for part in parts if part), i % len(labels)))
    return rows


def fitted(texts, **settings):
    tokenizer = Tokenizer(**settings)
    tokenizer.fit_on_texts(texts)
    return tokenizer


def write(name, text):
    with open(name, "w", encoding="utf-8") as file:
        file.write(text)


def save(name, model, rows, labels, tokenizer, **padding):
    x = pad_sequences(tokenizer.texts_to_sequences([text for text, _ in rows]), **padding)
    model.save(PREFIX + name + ".keras")
    lines = ["text,label,answer,score\n"]
    for (text, label), scores in zip(rows, model.predict(x, verbose=0).astype(float)):
        answer = int(scores[0] > 0.5) if len(scores) == 1 else int(np.argmax(scores))
        score = scores[0] if len(scores) == 1 else scores[answer]
        lines.append(f"{text},{labels[label]},{labels[answer]},{score:.9g}\n")
    write(PREFIX + name + ".csv", "".join(lines))
    write(PREFIX + name + "-tokenizer.json", tokenizer.to_json())


def train(model, rows, tokenizer, loss, epochs, **padding):
    x = pad_sequences(tokenizer.texts_to_sequences([text for text, _ in rows]), **padding)
    y = np.array([label for _, label in rows], dtype="float32")
    model.compile(optimizer=keras.optimizers.Adam(0.01), loss=loss, metrics=["accuracy"])
    model.fit(x, y, epochs=epochs, batch_size=16, verbose=0)


def post(random):
    labels, padding = ["bad", "good"], {"maxlen": 8, "padding": "post", "truncating": "post"}
    rows = sentences(labels, 96, random)
    tokenizer = fitted([text for text, _ in rows], num_words=40, oov_token="<OOV>")
    model = keras.Sequential([layers.Input(shape=(8,)), layers.Embedding(40, 4), layers.LSTM(5),
                              layers.Dense(1, activation="sigmoid")])
    train(model, rows, tokenizer, "binary_crossentropy", 20, **padding)
    save("post", model, rows[:40], labels, tokenizer, **padding)
    write(PREFIX + "post-tokenizer-dumped.json", json.dumps(tokenizer.to_json()))
    write(PREFIX + "post-tokenizer-indented.json", json.dumps(json.loads(tokenizer.to_json()), indent=2))


def open_length(random):
    labels, padding = ["bad", "good", "odd"], {"maxlen": 9, "truncating": "post"}
    rows = sentences(labels, 96, random)
    tokenizer = fitted([text for text, _ in rows])
    model = keras.Sequential([layers.Input(shape=(None,)), layers.Embedding(len(tokenizer.word_index) + 1, 4),
                              layers.LSTM(5), layers.Dense(3, activation="softmax")])
    train(model, rows, tokenizer, "sparse_categorical_crossentropy", 20, **padding)
    save("open", model, rows[:40], labels, tokenizer, **padding)


def resaved(random):
    labels = ["bad", "good"]
    rows = sentences(labels, 96, random)
    write("rows.csv", "text,label\n" + "".join(f"{text},{labels[label]}\n" for text, label in rows))
    subprocess.run([os.environ["MOOD"], "fit", "-q", "rows.csv", "-o", "mood.keras", "--layers",
                    "embedding:4 lstm:5 dense:1:sigmoid", "--num-words", "40", "--maxlen", "7", "--padding", "post",
                    "--epochs", "2", "--learning-rate", "0.01"], check=True)
    with zipfile.ZipFile("mood.keras") as file:
        tokenizer = tokenizer_from_json(file.read("tokenizer.json").decode())
    model = keras.models.load_model("mood.keras")
    padding = {"maxlen": 7, "padding": "post"}
    x = pad_sequences(tokenizer.texts_to_sequences([text for text, _ in rows]), **padding)
    model.fit(x, np.array([label for _, label in rows], dtype="float32"), epochs=12, batch_size=16, verbose=0)
    save("resaved", model, rows[:40], labels, tokenizer, **padding)
    os.remove("rows.csv")
    os.remove("mood.keras")


for make in (post, open_length, resaved):
    keras.utils.set_random_seed(7)
    make(np.random.default_rng(11))
