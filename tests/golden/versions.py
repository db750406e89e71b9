"""Make the models of versions/: the same small models as older versions of Keras write them.

    KERAS_BACKEND=jax python versions.py [NAME ...]

Run it once with each version. versions/VERSION-NAME.keras is the compiled model after six training steps;
versions/VERSION-NAME.json has its layers, optimizer, ids, labels, predictions, and the losses of the six training steps after
that, as in zoo/. versions/index.json lists the names.

Committed: made by Keras 3.0.5 with jax 0.4.23, Keras 3.6.0 with jax 0.4.35, Keras 3.12.0 with jax 0.7.2, and Keras 2.15.0
with TensorFlow 2.15.1.
"""
import json
import pathlib
import sys

import keras
import numpy as np

globals().update({name: getattr(keras.layers, name) for name in dir(keras.layers) if name[0] != "_"})

FOLDER = pathlib.Path(__file__).parent / "versions"
VERSION = ".".join(keras.__version__.split(".")[:2])
VOCABULARY, STEPS, ROWS, BATCH = 30, 9, 12, 4

EMBEDDING = "Embedding(30, 4)"
SCORE = "Dense(1, activation='sigmoid')"
MODELS = {
    "lstm": [EMBEDDING, "LSTM(5, return_sequences=True)", "Dropout(0.0)", "LSTM(3)", SCORE],
    "bidirectional": [EMBEDDING, "Bidirectional(LSTM(4, return_sequences=True))", "Bidirectional(GRU(3), merge_mode='sum')",
                      "Dense(3, activation='softmax')"],
    "conv1d": [EMBEDDING, "Conv1D(8, 3, activation='relu')", "MaxPooling1D(2)", "GlobalMaxPooling1D()",
               "Dense(5, activation='tanh')", SCORE],
    "mask": ["Embedding(30, 4, mask_zero=True)", "LSTM(4, return_sequences=True)", "GRU(4)", SCORE],
    "branches": ["Embedding(30, 4, name='e')", "Conv1D(4, 2, activation='relu')", "GlobalMaxPooling1D(name='one')",
                 ("LSTM(4, name='two')", ["e"]), ("Bidirectional(LSTM(2), name='three')", ["e"]),
                 ("Add(name='sum')", ["two", "three"]), ("Concatenate()", ["one", "sum"]), SCORE],
    "normalization": [EMBEDDING, "BatchNormalization(momentum=0.9)", "LSTM(5, return_sequences=True)",
                      "LayerNormalization()", "GlobalAveragePooling1D()", "Dense(4)", "BatchNormalization()", SCORE],
}
# Of Keras 2 alone: its optimizers store their state in another way.
OPTIMIZERS = {
    "sgd": "SGD(0.1)", "momentum": "SGD(0.1, momentum=0.9)", "rmsprop": "RMSprop(0.01, momentum=0.5, centered=True, ema_overwrite_frequency=100)",
    "amsgrad": "Adam(0.01, amsgrad=True)", "adamw": "AdamW(0.01, weight_decay=0.02)", "adamax": "Adamax(0.02)",
    "adagrad": "Adagrad(0.1)", "adadelta": "Adadelta(0.5)",
}
if VERSION.startswith("2."):
    MODELS.update({name: [EMBEDDING, "LSTM(4)", SCORE] for name in OPTIMIZERS})


def optimizer_of(name):
    return OPTIMIZERS.get(name, "Adam(0.01)")


def make(name):
    lines = MODELS[name]
    if all(isinstance(line, str) for line in lines):
        model = keras.Sequential([keras.Input(shape=(STEPS,)), *(eval(line) for line in lines)])
    else:
        x = inputs = keras.Input(shape=(STEPS,))
        outputs = {}
        for line in lines:
            text, names = (line, None) if isinstance(line, str) else line
            layer = eval(text)
            given = [outputs[name] for name in names] if names else [x]
            x = outputs[layer.name] = layer(given if len(given) > 1 else given[0])
        model = keras.Model(inputs, x)
    loss = "categorical_crossentropy" if model.output_shape[-1] > 1 else "binary_crossentropy"
    model.compile(optimizer=eval(f"keras.optimizers.{optimizer_of(name)}"), loss=loss, metrics=["accuracy"])
    return model


def ids(name, random):
    """Rows with padding before the text, after it, and none; of the masked model also within it, and a row of nothing else."""
    x = random.integers(1, VOCABULARY, (ROWS, STEPS)).astype("int32")
    for row in range(ROWS):
        if row % 3 == 0:
            x[row, :random.integers(1, STEPS)] = 0
        elif row % 3 == 1:
            x[row, random.integers(1, STEPS):] = 0
        elif name == "mask":
            x[row, random.integers(0, 2, STEPS) == 0] = 0
    if name == "mask":
        x[5] = 0
    return x


def steps(model, x, y):
    losses = []
    for start in range(0, ROWS, BATCH):
        model.reset_metrics()
        losses.append(float(model.train_on_batch(x[start:start + BATCH], y[start:start + BATCH])[0]))
    return losses


def write(name):
    keras.backend.clear_session()
    keras.utils.set_random_seed(7)
    random = np.random.default_rng(11)
    model = make(name)
    numbers = [random.normal(0, 1, weight.shape) for weight in model.get_weights()]
    for weight, values in zip(model.weights, numbers):
        if "moving_variance" in weight.name:
            np.abs(values, out=values)
    x = ids(name, random)
    outputs = model.output_shape[-1]
    number = random.integers(0, max(outputs, 2), ROWS)
    y = (np.eye(outputs)[number] if outputs > 1 else number.reshape(-1, 1)).astype("float32")
    for scale in (1.4, 1.0, 0.7, 0.5):
        model.set_weights([scale * values for values in numbers])
        scores = model.predict(x, verbose=0)
        if scores.min() > 1e-4 and scores.max() < 1 - 1e-4:
            break
    for _ in range(2):
        steps(model, x, y)
    model.save(FOLDER / f"{VERSION}-{name}.keras")
    golden = {
        "keras": keras.__version__, "layers": MODELS[name], "optimizer": optimizer_of(name), "batch": BATCH,
        "iterations": int(model.optimizer.iterations.numpy()), "x": x.tolist(), "y": y.tolist(),
        "predictions": model.predict(x, verbose=0).astype(float).tolist(),
        "losses": [*steps(model, x, y), *steps(model, x, y)],
    }
    (FOLDER / f"{VERSION}-{name}.json").write_text(json.dumps(golden) + "\n")


def main():
    FOLDER.mkdir(exist_ok=True)
    for name in sys.argv[1:] or MODELS:
        write(name)
    names = sorted(path.stem for path in FOLDER.glob("*.keras"))
    (FOLDER / "index.json").write_text(json.dumps(names) + "\n")


main()
