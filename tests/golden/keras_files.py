"""Make the .keras files and numbers that check_keras.c compares with.

Run with Keras's JAX back end (TensorFlow's Adam treats duplicate ids otherwise):
    KERAS_BACKEND=jax python keras_files.py article classes functional
    KERAS_BACKEND=jax python keras_files.py article        # with an older Keras
Each model NAME is trained a little, saved as keras-VERSION-NAME.keras, and its ids, labels, predictions and
the losses of the training steps after that are written to keras-VERSION-NAME.json.

Committed: made by Keras 3.15.1 (jax 0.10.2, numpy 2.4.6, h5py 3.16.0) and, article, by Keras 3.3.3
(jax 0.4.30, numpy 1.26.4, h5py 3.16.0); Python 3.11.
"""
import json
import sys

import keras
import numpy as np
from keras import layers

VOCABULARY, STEPS, ROWS, BATCH = 30, 7, 12, 4


def article():
    model = keras.Sequential([
        layers.Input(shape=(STEPS,)),
        layers.Embedding(VOCABULARY, 4),
        layers.LSTM(6, return_sequences=True),
        layers.LSTM(3),
        layers.Dense(5, activation="relu"),
        layers.Dense(1, activation="sigmoid"),
    ])
    model.compile(optimizer="adam", loss="binary_crossentropy", metrics=["accuracy"])
    return model, (ROWS, 1)


def classes():
    """Layers with names of their own, without bias; tanh, softmax; one-hot labels; Adam with settings."""
    model = keras.Sequential([
        layers.Input(shape=(STEPS,), dtype="int32"),
        layers.Embedding(VOCABULARY, 3, name="words", embeddings_initializer="normal"),
        layers.LSTM(5, use_bias=False, unit_forget_bias=False, name="reader"),
        layers.Dense(4, activation="tanh", name="thinker"),
        layers.Dense(3, activation="softmax", use_bias=False, name="chooser"),
    ])
    optimizer = keras.optimizers.Adam(learning_rate=0.01, beta_1=0.8, beta_2=0.99, epsilon=1e-6)
    model.compile(optimizer=optimizer, loss=keras.losses.CategoricalCrossentropy(), metrics=["accuracy"])
    return model, (ROWS, 3)


def functional():
    """A straight line of calls; class numbers as labels; a Dense without activation in the middle."""
    ids = keras.Input(shape=(STEPS,))
    h = layers.Embedding(VOCABULARY, 4)(ids)
    h = layers.LSTM(4)(h)
    h = layers.Dense(3)(h)
    model = keras.Model(ids, layers.Dense(2, activation="softmax")(h))
    model.compile(optimizer="adam", loss=keras.losses.sparse_categorical_crossentropy, metrics=["accuracy"])
    return model, (ROWS, 1)


def labels(shape, model, random):
    outputs = model.output_shape[-1]
    number = random.integers(0, max(outputs, 2), ROWS)
    return np.eye(shape[1])[number] if shape[1] > 1 else number.reshape(shape)


def steps(model, x, y):
    """The loss of each batch of one epoch, in order."""
    losses = []
    for start in range(0, ROWS, BATCH):
        model.reset_metrics()
        losses.append(float(model.train_on_batch(x[start:start + BATCH], y[start:start + BATCH])[0]))
    return losses


def main():
    for name in sys.argv[1:]:
        keras.utils.set_random_seed(7)
        random = np.random.default_rng(11)
        model, shape = globals()[name]()
        x = random.integers(0, VOCABULARY, (ROWS, STEPS)).astype("int32")
        y = labels(shape, model, random).astype("float32")
        for _ in range(3):
            steps(model, x, y)
        path = f"keras-{keras.__version__}-{name}"
        model.save(path + ".keras")
        golden = {
            "keras": keras.__version__,
            "batch": BATCH,
            "iterations": int(model.optimizer.iterations.numpy()),
            "x": x.tolist(),
            "y": y.tolist(),
            "predictions": model.predict(x, verbose=0).astype(float).tolist(),
            "losses": steps(model, x, y) + steps(model, x, y),
        }
        with open(path + ".json", "w") as file:
            json.dump(golden, file)
            file.write("\n")


main()
