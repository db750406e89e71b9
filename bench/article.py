"""The model of all benchmarks, and the reviews."""
import csv
import gzip
from pathlib import Path

import numpy as np

from machine import machine  # with the rest, for the benches

WORDS, EMBEDDING, HIDDEN, DENSE, LENGTH = 5000, 32, (64, 32), 16, 50
BATCH, EPOCHS = 32, 10
REVIEWS = Path(__file__).resolve().parent.parent / "tests/data/uci-reviews.csv.gz"


def read_reviews(path=REVIEWS):
    """Texts and labels (0 or 1), in the file's order. Of other label names the last in sorted order is 1."""
    with (gzip.open if str(path).endswith(".gz") else open)(path, "rt", encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    positive = max(row["label"] for row in rows)
    return [row["text"] for row in rows], np.array([row["label"] == positive for row in rows], np.int32)


def write_reviews(path, texts, labels):
    with open(path, "w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["text", "label"])
        writer.writerows(zip(texts, (int(label) for label in labels)))


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


def keras_tokenizer(learnt):
    """Keras's Tokenizer with the words of these texts."""
    from keras.src.legacy.preprocessing.text import Tokenizer  # no longer exported under a public name

    tokenizer = Tokenizer(num_words=WORDS)
    tokenizer.fit_on_texts(learnt)
    return tokenizer


def keras_rows(tokenizer, texts, length=LENGTH, padding="pre"):
    """Texts as ids [n, length], padded at one end and cut at the start."""
    from keras.utils import pad_sequences

    return pad_sequences(tokenizer.texts_to_sequences(texts), maxlen=length, padding=padding)


def keras_ids(learnt, *lists):
    """Every list of texts as ids, by Keras's Tokenizer fitted on the training texts."""
    tokenizer = keras_tokenizer(learnt)
    return [keras_rows(tokenizer, texts) for texts in lists]
