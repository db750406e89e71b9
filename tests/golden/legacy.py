"""Make the models of legacy/: Keras's older files (.h5), which check_keras_legacy.c opens.

    KERAS_BACKEND=jax python legacy.py             files of Keras 3: keras-3-*
    TF_USE_LEGACY_KERAS=1 python legacy.py --tf-keras  files of Keras 2 (tf-keras): keras-2-*
    … --layers                                     only those of write_layers

legacy/NAME.h5 is a model or its weights, legacy/NAME.layers.json the layers of weights alone (model.to_json()), and
legacy/NAME.json has ids and predictions. "optimizer" says whether the file has the state of an optimizer.
keras-2.2-* are files of tf-keras changed by hand into what Keras 2.2 wrote: layers as a list, fixed-length texts, "lr",
an LSTM's settings of that time; and large attributes in parts. cuDNN's layers do not run on a CPU: the predictions are
those of the LSTM and the GRU into which tf-keras loads their weights.

Committed: made by Keras 3.15.1 with jax 0.10.2, and by tf-keras 2.21.0.
"""
import json
import os
import pathlib
import sys

import h5py
import numpy as np

OLD = "--tf-keras" in sys.argv
if OLD:
    import tf_keras as keras
    from tf_keras.layers import (GRU, LSTM, Activation, BatchNormalization, Bidirectional, Dense, Dropout, Embedding,
                                 LayerNormalization)
else:
    import keras
    from keras.layers import (GRU, LSTM, Activation, BatchNormalization, Bidirectional, Dense, Dropout, Embedding,
                              LayerNormalization)

FOLDER = pathlib.Path(__file__).parent / "legacy"
VOCABULARY, STEPS, ROWS = 20, 7, 8
random = np.random.default_rng(5)


def fill(model):
    numbers = [random.normal(0, 1.4, weight.shape) for weight in model.get_weights()]
    for weight, values in zip(model.weights, numbers):
        if "moving_variance" in weight.name:
            values[:] = 1 + np.abs(values)
    model.set_weights(numbers)


def ids():
    x = random.integers(1, VOCABULARY, (ROWS, STEPS)).astype("int32")
    x[::2, :3] = 0
    return x


def write(name, model, optimizer, save=None, predict=None, layers=None, to_input=lambda x: x):
    x = ids()
    path = FOLDER / f"{name}.h5"
    (save or model.save)(path)
    predictions = (predict or model).predict(to_input(x), verbose=0).astype(float)
    golden = {"keras": keras.__version__, "optimizer": optimizer, "x": x.tolist(), "predictions": predictions.tolist()}
    (FOLDER / f"{name}.json").write_text(json.dumps(golden) + "\n")
    if layers:
        (FOLDER / f"{name}.layers.json").write_text(layers + "\n")
    print(f"{name}: scores from {predictions.min():.3f} to {predictions.max():.3f}")


def stacked():
    return keras.Sequential([
        keras.Input(shape=(STEPS,)), Embedding(VOCABULARY, 3), Dropout(0.2),
        Bidirectional(LSTM(4, return_sequences=True)), LSTM(3, dropout=0.1), Dense(4, activation="relu"), Dropout(0.5),
        Dense(1), Activation("sigmoid")])


def frozen():
    return keras.Sequential([
        keras.Input(shape=(STEPS,)), Embedding(VOCABULARY, 3, trainable=False, name="words"),
        Bidirectional(LSTM(2), merge_mode="sum"), Dense(3, activation="softmax")])


def functional():
    x = inputs = keras.Input(shape=(STEPS,))
    for layer in Embedding(VOCABULARY, 3), LSTM(4, return_sequences=True, go_backwards=True), LSTM(3), Dense(
            1, activation="sigmoid"):
        x = layer(x)
    return keras.Model(inputs, x)


def normalized():
    return keras.Sequential([
        keras.Input(shape=(STEPS,)), Embedding(VOCABULARY, 3), BatchNormalization(), LSTM(4, return_sequences=True),
        LayerNormalization(epsilon=0.01, center=False), BatchNormalization(trainable=False, momentum=0.9),
        LSTM(3), BatchNormalization(scale=False), Dense(1, activation="sigmoid")])


def compile_model(model, train):
    loss = "binary_crossentropy" if model.output_shape[-1] == 1 else "categorical_crossentropy"
    model.compile(optimizer=keras.optimizers.Adam(0.01), loss=loss, metrics=["accuracy"])
    if train:
        y = np.eye(max(model.output_shape[-1], 2))[random.integers(0, 2, ROWS)][:, :model.output_shape[-1]]
        model.train_on_batch(ids(), y.astype("float32"))


def write_model(prefix, make, trained):
    keras.utils.set_random_seed(3)
    model = make()
    fill(model)
    if trained:
        compile_model(model, True)
    write(f"{prefix}-{make.__name__}", model, trained)


def write_all(prefix):
    for make, trained in (stacked, True), (frozen, False), (functional, True):
        write_model(prefix, make, trained)
    model = stacked()
    fill(model)
    write(f"{prefix}-weights", model, False, save=lambda path: save_weights(model, path), layers=model.to_json())
    write_bag(f"{prefix}-bag")
    write_branches(f"{prefix}-branches")


def write_bag(name):
    """A model of bags of words, in the mode "binary". Its random numbers are its own: it is the latest one."""
    global random
    random = np.random.default_rng(6)
    model = keras.Sequential([keras.Input(shape=(VOCABULARY,)), Dense(5, activation="relu"), Dropout(0.5),
                              Dense(1, activation="sigmoid")])
    model.set_weights([random.normal(0, 0.5, weight.shape) for weight in model.get_weights()])
    write(name, model, False, to_input=bags)


def write_branches(name):
    """Masks and branches; with random numbers of its own, too."""
    global random
    random = np.random.default_rng(8)
    inputs = keras.Input(shape=(STEPS,))
    words = Embedding(VOCABULARY, 3, mask_zero=True)(inputs)
    x = Bidirectional(LSTM(3, return_sequences=True))(words)
    merged = keras.layers.concatenate([keras.layers.GlobalMaxPooling1D()(x), keras.layers.GlobalAveragePooling1D()(x),
                                       keras.layers.GRU(2, reset_after=True)(words)])
    model = keras.Model(inputs, Dense(1, activation="sigmoid")(merged))
    fill(model)
    compile_model(model, True)
    write(name, model, True)


def hard_sigmoid():
    """Its meaning in Keras 2 differs from that in Keras 3; and GRUs as Keras before 2.2 has them."""
    return keras.Sequential([
        keras.Input(shape=(STEPS,)), Embedding(VOCABULARY, 3, mask_zero=True),
        Bidirectional(LSTM(4, recurrent_activation="hard_sigmoid", return_sequences=True)),
        GRU(5, recurrent_activation="hard_sigmoid", reset_after=False, return_sequences=True),
        LSTM(4, activation="relu", recurrent_activation="hard_sigmoid"), Dense(4, activation="hard_sigmoid"),
        Dense(4, activation="swish"), Activation("hard_sigmoid"), Dense(1, activation="sigmoid")])


def write_hard_sigmoid(prefix):
    """Its random numbers are its own, as those of write_bag."""
    global random
    random = np.random.default_rng(8)
    model = hard_sigmoid()
    model.set_weights([random.normal(0, 0.8, weight.shape) for weight in model.get_weights()])
    write(f"{prefix}-hard-sigmoid", model, False)
    if OLD:  # the format of Keras 3, written by Keras 2
        model.save(FOLDER / f"{prefix}-hard-sigmoid.keras")


def bags(x):
    return np.array([[float(word > 0 and word in row) for word in range(VOCABULARY)] for row in x])


def save_weights(model, path):
    """Keras 3 writes weights in its new form alone, and in the old form only within a model."""
    if OLD:
        model.save_weights(path)
        return
    new = path.with_suffix(".weights.h5")
    model.save_weights(new)
    os.replace(new, path)


def cudnn():
    from tensorflow.compat.v1 import keras as keras_1
    layers = keras_1.layers
    model = keras_1.Sequential([
        keras_1.Input(shape=(STEPS,)), layers.Embedding(VOCABULARY, 3),
        layers.Bidirectional(layers.CuDNNLSTM(4, return_sequences=True)),
        layers.CuDNNGRU(5, return_sequences=True), layers.CuDNNLSTM(3), layers.Dense(1, activation="sigmoid")])
    return model


# ---- files that tf-keras no longer writes


def texts(group, name, values):
    group.attrs[name] = np.array([value.encode() for value in values], dtype="S")


def attribute(group, name):
    value = group.attrs[name]
    return value.decode() if isinstance(value, bytes) else value


def old_layer(layer):
    config = layer["config"]
    for key in "zero_output_for_mask", "time_major", "return_state":
        config.pop(key, None)
    if layer["class_name"] == "LSTM":
        config["implementation"] = 1
    if "layer" in config:
        old_layer(config["layer"])
        config.pop("backward_layer", None)
    for key, value in config.items():
        if key.endswith("_initializer"):
            value.pop("module", None)
            value.pop("registered_name", None)
    for key in "module", "registered_name", "build_config":
        layer.pop(key, None)
    config["dtype"] = "float32"
    return layer


def make_22(name, parts):
    """From the file and the numbers of keras-2-stacked."""
    source, path = FOLDER / "keras-2-stacked.h5", FOLDER / f"{name}.h5"
    path.write_bytes(source.read_bytes())
    with h5py.File(path, "r+") as file:
        document = json.loads(attribute(file, "model_config"))
        layers = [old_layer(layer) for layer in document["config"]["layers"] if layer["class_name"] != "InputLayer"]
        layers[0]["config"]["batch_input_shape"] = [None, STEPS]
        layers[0]["config"]["input_length"] = STEPS
        file.attrs["model_config"] = json.dumps({"class_name": "Sequential", "config": layers}).encode()
        adam = {"lr": 0.01, "beta_1": 0.9, "beta_2": 0.999, "decay": 0.0, "epsilon": 1e-7, "amsgrad": False}
        file.attrs["training_config"] = json.dumps({
            "optimizer_config": {"class_name": "Adam", "config": adam}, "loss": "binary_crossentropy",
            "metrics": ["acc"], "sample_weight_mode": None, "loss_weights": None}).encode()
        file.attrs["keras_version"] = b"2.2.4"
        weights = file["model_weights"]
        names = [name for name in weights.attrs["layer_names"]]
        names = [name.decode() if isinstance(name, bytes) else name for name in names]
        if parts:
            del weights.attrs["layer_names"]
            texts(weights, "layer_names0", names[:3])
            texts(weights, "layer_names1", names[3:])
        else:
            texts(weights, "layer_names", names)
        for layer in names:
            of_layer = list(weights[layer].attrs["weight_names"])
            of_layer = [value.decode() if isinstance(value, bytes) else value for value in of_layer]
            if not of_layer:
                continue
            if parts:
                del weights[layer].attrs["weight_names"]
                for part, value in enumerate(of_layer):
                    texts(weights[layer], f"weight_names{part}", [value])
            else:
                texts(weights[layer], "weight_names", of_layer)
    numbers = (FOLDER / "keras-2-stacked.json").read_text()
    (FOLDER / f"{name}.json").write_text(numbers)


def write_layers(prefix):
    """Layers that Keras 2 and 3 write in different ways, or with weights within weights; with random numbers of their own."""
    global random
    random = np.random.default_rng(9)
    kl = keras.layers
    model = keras.Sequential([
        keras.Input(shape=(STEPS,)), Embedding(VOCABULARY, 3), kl.LeakyReLU(0.2),
        kl.TimeDistributed(Dense(5, kernel_constraint="max_norm")), kl.PReLU(shared_axes=[1]),
        LSTM(4, return_sequences=True, recurrent_dropout=0.2), kl.ReLU(0.5, 0.1, 0.1), kl.ELU(0.7), kl.Flatten(),
        kl.RepeatVector(3), kl.Permute((2, 1)), kl.UpSampling1D(2), kl.ZeroPadding1D((1, 2)), kl.Cropping1D(1),
        kl.GlobalMaxPooling1D(), Dense(3), kl.Softmax()])
    fill(model)
    write(f"{prefix}-layers", model, False)
    inputs = keras.Input(shape=(STEPS,))
    words = Embedding(VOCABULARY, 3, mask_zero=True)(inputs)
    states = LSTM(3, return_sequences=True)(words)
    x = kl.Attention(use_scale=True)([states, words])
    x = kl.MultiHeadAttention(2, 3)(x, value=x)
    x = kl.AdditiveAttention(use_scale=False)([kl.Dense(3)(x), states])
    model = keras.Model(inputs, Dense(1, activation="sigmoid")(LSTM(3)(x)))
    fill(model)
    write(f"{prefix}-attention", model, False)


def write_index():
    names = sorted(path.stem for path in FOLDER.glob("*.h5"))
    (FOLDER / "index.json").write_text(json.dumps(names) + "\n")


def main():
    FOLDER.mkdir(exist_ok=True)
    if "--layers" not in sys.argv:
        write_others()
    write_layers("keras-2" if OLD else "keras-3")
    write_index()


def write_others():
    write_all("keras-2" if OLD else "keras-3")
    if OLD:
        write_cudnn()
        make_22("keras-2.2-stacked", False)
        make_22("keras-2.2-parts", True)
    write_model("keras-2" if OLD else "keras-3", normalized, False)
    write_hard_sigmoid("keras-2" if OLD else "keras-3")


def write_cudnn():
    model = cudnn()
    fill(model)
    path = FOLDER / "keras-2-cudnn.h5"
    model.save(path)
    as_lstm = keras.Sequential([
        keras.Input(shape=(STEPS,)), Embedding(VOCABULARY, 3), Bidirectional(LSTM(4, return_sequences=True)),
        GRU(5, return_sequences=True), LSTM(3), Dense(1, activation="sigmoid")])
    as_lstm.load_weights(path)
    write("keras-2-cudnn", model, False, save=lambda path: model.save(path), predict=as_lstm)


main()
