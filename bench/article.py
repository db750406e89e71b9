"""The model that all benches run, and the reviews."""
import csv
import gzip
import io
import zipfile
from pathlib import Path

import numpy as np

from machine import machine  # with the rest, for the benches

WORDS, EMBEDDING, HIDDEN, DENSE, LENGTH = 5000, 32, (64, 32), 16, 50
BATCH, EPOCHS = 32, 10
REVIEWS = Path(__file__).resolve().parent.parent / "tests/data/uci-reviews.csv.gz"


def read_reviews():
    """Texts and labels (0 or 1), in the file's order."""
    with gzip.open(REVIEWS, "rt", encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return [row["text"] for row in rows], np.array([int(row["label"]) for row in rows], np.int32)


def write_reviews(path, texts, labels):
    with open(path, "w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["text", "label"])
        writer.writerows(zip(texts, (int(label) for label in labels)))


def read_weights(path):
    """The weights of a .keras file by their layers' names, each layer's in Keras's order."""
    import h5py

    weights = {}
    with zipfile.ZipFile(path) as archive:
        content = io.BytesIO(archive.read("model.weights.h5"))
    with h5py.File(content) as file:
        for name, layer in file["layers"].items():
            variables = layer["cell/vars"] if "cell" in layer else layer["vars"]
            if len(variables):
                weights[name] = [np.array(variables[str(i)]) for i in range(len(variables))]
    return weights


def keras_model():
    """The article's model, built and compiled, with Keras's own initial weights."""
    import keras
    from keras import layers

    model = keras.Sequential([
        layers.Input(shape=(LENGTH,)),
        layers.Embedding(WORDS, EMBEDDING),
        layers.LSTM(HIDDEN[0], return_sequences=True),
        layers.LSTM(HIDDEN[1]),
        layers.Dense(DENSE, activation="relu"),
        layers.Dense(1, activation="sigmoid"),
    ])
    model.compile(optimizer="adam", loss="binary_crossentropy", metrics=["accuracy"])
    return model


def keras_ids(learnt, *lists):
    """Every list of texts as ids [n, LENGTH], through Keras's Tokenizer with the words of the texts learnt."""
    from keras.utils import pad_sequences
    from keras.src.legacy.preprocessing.text import Tokenizer  # no longer exported under a public name

    tokenizer = Tokenizer(num_words=WORDS)
    tokenizer.fit_on_texts(learnt)
    return [pad_sequences(tokenizer.texts_to_sequences(texts), maxlen=LENGTH) for texts in lists]
