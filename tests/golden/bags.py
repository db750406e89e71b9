"""Make the models of bags/, whose input is texts_to_matrix(texts, mode), and the scores that tests/bags compares with.

    KERAS_BACKEND=jax python bags.py

bags/MODE.keras is a trained model for each mode, bags/freq.h5 that of freq once more; bags/classes.keras has three
classes, and its first layer is a Dropout. All have the same tokenizer, as to_json() returns it (bags/tokenizer.json) and
pickled (bags/tokenizer.pickle). bags/NAME.csv has texts with what predict() says of them: text, label, the label of the
largest score, and that score (of one output: its value). Texts are of any length; one is empty, one has no known word.

Committed: made by Keras 3.15.1 with jax 0.10.2.
"""
import pathlib
import pickle

import keras
import numpy as np
from keras import layers
from keras.src.legacy.preprocessing.text import Tokenizer

FOLDER = pathlib.Path(__file__).parent / "bags"
MODES = ["binary", "count", "freq", "tfidf"]
WORDS = {"good": "great lovely works fine", "bad": "awful broken poor waste", "odd": "green paper tuesday seven"}
OTHERS = "the this it was a very film food phone and so really we think".split()
LABELS = list(WORDS)


def sentences(n, random):
    """Texts of 1 to 60 words, in which words come several times, and their labels' numbers."""
    rows = []
    for i in range(n):
        label, length = i % len(LABELS), int(random.integers(1, 60))
        own = WORDS[LABELS[label]].split()
        words = [str(random.choice(own if random.random() < 0.3 else OTHERS)) for _ in range(length)]
        rows.append((" ".join(words) + " " + own[i % 4], label))
    return rows


def train(x, y, *lines):
    model = keras.Sequential([keras.Input(shape=(x.shape[1],)), *lines])
    loss = "binary_crossentropy" if model.output_shape[-1] == 1 else "sparse_categorical_crossentropy"
    model.compile(optimizer=keras.optimizers.Adam(0.01), loss=loss, metrics=["accuracy"])
    model.fit(x, y, epochs=4, batch_size=16, verbose=0)
    return model


def save(name, model, rows, x, labels):
    model.save(FOLDER / f"{name}.keras")
    lines = ["text,label,answer,score\n"]
    for (text, label), scores in zip(rows, model.predict(x, verbose=0).astype(float)):
        answer = int(scores[0] > 0.5) if len(scores) == 1 else int(np.argmax(scores))
        score = scores[0] if len(scores) == 1 else scores[answer]
        lines.append(f"{text},{labels[label]},{labels[answer]},{score:.9g}\n")
    (FOLDER / f"{name}.csv").write_text("".join(lines))


def main():
    FOLDER.mkdir(exist_ok=True)
    random = np.random.default_rng(11)
    three = sentences(150, random)
    two = [row for row in three if row[1] < 2]
    tokenizer = Tokenizer(num_words=25, oov_token="<OOV>")
    tokenizer.fit_on_texts([text for text, _ in three])
    (FOLDER / "tokenizer.json").write_text(tokenizer.to_json())
    (FOLDER / "tokenizer.pickle").write_bytes(pickle.dumps(tokenizer, protocol=4))
    extra = [("", 0), ("zork blub", 1)]
    for mode in MODES:
        keras.utils.set_random_seed(7)
        x = tokenizer.texts_to_matrix([text for text, _ in two], mode=mode)
        model = train(x, np.array([label for _, label in two], dtype="float32"), layers.Dense(8, activation="relu"),
                      layers.Dropout(0.3), layers.Dense(1, activation="sigmoid"))
        rows = two[:38] + extra
        save(mode, model, rows, tokenizer.texts_to_matrix([text for text, _ in rows], mode=mode), LABELS)
        if mode == "freq":
            model.save(FOLDER / "freq.h5")
    keras.utils.set_random_seed(7)
    x = tokenizer.texts_to_matrix([text for text, _ in three], mode="tfidf")
    model = train(x, np.array([label for _, label in three], dtype="float32"), layers.Dropout(0.1),
                  layers.Dense(8, activation="tanh"), layers.Dense(3, activation="softmax"))
    rows = three[:38] + extra
    save("classes", model, rows, tokenizer.texts_to_matrix([text for text, _ in rows], mode="tfidf"), LABELS)


main()
