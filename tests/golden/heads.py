"""Make the .keras files and numbers that check_head.c and tests/heads compare with: what a last layer's outputs mean.

    KERAS_BACKEND=jax python heads.py
Each model is trained a little and saved as heads-NAME.keras without a tokenizer; heads-tokenizer.json serves all of
them. heads.json holds the texts with their rows of ids and, for each model, the labels it was trained on, Keras's
predictions, the scores (the predictions after the activation that the loss implies) and the losses of the training
steps that follow.

Committed: made by Keras 3.15.1 (jax 0.10.2, numpy 2.4.6, h5py 3.16.0); Python 3.11.
"""
import json

import keras
import numpy as np
from keras import layers, losses, ops
from keras.src.legacy.preprocessing.text import Tokenizer

VOCABULARY, STEPS, ROWS, BATCH = 30, 7, 60, 10
SIGMOID, SOFTMAX = ops.sigmoid, ops.softmax
MODELS = {
    # name: units, activation of the last layer, loss, what makes scores of the outputs, shape of a label
    "binary-logits": (1, None, losses.BinaryCrossentropy(from_logits=True), SIGMOID, "binary"),
    "tanh-logits": (1, "tanh", losses.BinaryCrossentropy(from_logits=True), SIGMOID, "binary"),
    "categorical-logits": (3, None, losses.CategoricalCrossentropy(from_logits=True), SOFTMAX, "one-hot"),
    "sparse-logits": (3, None, losses.SparseCategoricalCrossentropy(from_logits=True), SOFTMAX, "class"),
    "multi-label": (4, "sigmoid", "binary_crossentropy", None, "multi-label"),
    "multi-label-logits": (4, None, losses.BinaryCrossentropy(from_logits=True), SIGMOID, "multi-label"),
    "uncompiled": (1, None, losses.BinaryCrossentropy(from_logits=True), SIGMOID, "binary"),
    "mse": (1, None, "mse", None, "binary"),
}


def labels(kind, units, x, random):
    """Labels that the words decide, with some noise, so that training moves the outputs."""
    evidence = np.stack([(x % (units + 2) == k).sum(axis=1) for k in range(max(units, 2))], axis=1)
    evidence = evidence + random.normal(0, 0.5, evidence.shape)
    if kind == "binary":
        return (evidence[:, :1] > evidence[:, 1:2]).astype("float32")
    if kind == "multi-label":
        return (evidence > 1).astype("float32")
    number = evidence.argmax(axis=1)
    return np.eye(units)[number].astype("float32") if kind == "one-hot" else number.reshape(-1, 1).astype("float32")


def build(units, activation, loss):
    model = keras.Sequential([
        layers.Input(shape=(STEPS,)),
        layers.Embedding(VOCABULARY, 4, embeddings_initializer=keras.initializers.RandomUniform(-0.5, 0.5)),
        layers.LSTM(6),
        layers.Dense(units, activation=activation),
    ])
    model.compile(optimizer=keras.optimizers.Adam(0.02), loss=loss)
    return model


def steps(model, x, y):
    """The loss of each batch of one epoch, in order."""
    found = []
    for start in range(0, ROWS, BATCH):
        model.reset_metrics()
        found.append(float(model.train_on_batch(x[start:start + BATCH], y[start:start + BATCH])))
    return found


def describe(name, x, random):
    units, activation, loss, head, kind = MODELS[name]
    model = build(units, activation, loss)
    y = labels(kind, units, x, random)
    for _ in range(2):
        steps(model, x, y)
    if name == "uncompiled":
        weights = model.get_weights()
        model = keras.Sequential.from_config(model.get_config())
        model.set_weights(weights)
    model.save(f"heads-{name}.keras")
    outputs = model.predict(x, verbose=0)
    scores = np.asarray(head(ops.convert_to_tensor(outputs))) if head else outputs
    golden = {"y": y.tolist(), "predictions": outputs.astype(float).tolist(), "scores": scores.astype(float).tolist()}
    if name != "uncompiled":
        golden["loss"] = float(model.evaluate(x, y, verbose=0, batch_size=ROWS))
        golden["losses"] = steps(model, x, y)
    if kind == "multi-label":
        golden["binary_accuracy"] = float(np.mean((scores > 0.5) == (y > 0.5)))
    return golden


def main():
    keras.utils.set_random_seed(3)
    random = np.random.default_rng(5)
    x = random.integers(1, VOCABULARY, (ROWS, STEPS)).astype("int32")
    texts = [" ".join(f"w{i}" for i in row) for row in x]
    tokenizer = Tokenizer()
    # Word wI occurs VOCABULARY - I times, so that its index is I.
    tokenizer.fit_on_texts([" ".join([f"w{i}"] * (VOCABULARY - i)) for i in range(1, VOCABULARY)])
    assert tokenizer.texts_to_sequences(texts) == x.tolist()
    with open("heads-tokenizer.json", "w") as file:
        file.write(tokenizer.to_json() + "\n")
    golden = {"keras": keras.__version__, "batch": BATCH, "texts": texts, "x": x.tolist(),
              "models": {name: describe(name, x, random) for name in MODELS}}
    with open("heads.json", "w") as file:
        json.dump(golden, file)
        file.write("\n")


main()
