"""The layers of a .keras file with their weights, read without Keras: for frameworks that cannot read the file."""
import io
import json
import zipfile
from dataclasses import dataclass

import numpy as np

KINDS = ("Embedding", "LSTM", "Bidirectional", "GRU", "Conv1D", "GlobalMaxPooling1D", "Dense")
ACTIVATIONS = ("linear", "relu", "sigmoid", "tanh")


@dataclass
class Layer:
    """One of KINDS. Weights are in Keras's order and shapes, gates as i, f, c, o, or z, r, h of a GRU. A Bidirectional is one
    of LSTMs; the weights of its backward layer follow those of the forward layer."""
    kind: str
    weights: list
    activation: str = None  # of a Dense or a Conv1D
    every_step: bool = False  # a recurrent layer that returns all its steps
    masks: bool = False  # an Embedding that masks id 0


def read_config(archive):
    """The layers in config.json, without the InputLayer."""
    layers = json.loads(archive.read("config.json"))["config"]["layers"]
    return [(layer["class_name"], layer["config"]) for layer in layers if layer["class_name"] != "InputLayer"]


def read_variables(archive):
    """The weights by their layers' names in the HDF5 file."""
    import h5py

    weights = {}
    with h5py.File(io.BytesIO(archive.read("model.weights.h5"))) as file:
        for name, layer in file["layers"].items():
            parts = ["cell/vars"] if "cell" in layer else [
                "forward_layer/cell/vars", "backward_layer/cell/vars"] if "forward_layer" in layer else ["vars"]
            weights[name] = [np.array(layer[part][str(i)]) for part in parts for i in range(len(layer[part]))]
    return weights


def is_known(kind, options):
    if kind == "Bidirectional":
        return options["layer"]["class_name"] == "LSTM" and options["merge_mode"] == "concat"
    if kind == "Conv1D" and (options["padding"] != "valid" or options["strides"] not in (1, [1])):
        return False
    return kind in KINDS and options.get("activation", "linear") in ACTIVATIONS


def read_layers(path):
    """All layers in order. The HDF5 file numbers each class separately: lstm, lstm_1, dense, …"""
    with zipfile.ZipFile(path) as archive:
        config, variables = read_config(archive), read_variables(archive)
    layers, counts = [], {}
    for kind, options in config:
        count = counts[kind] = counts.get(kind, -1) + 1
        name = kind.lower() + (f"_{count}" if count else "")
        if not is_known(kind, options):
            raise SystemExit(f"{path}: {kind} with {options} is not known here")
        layers.append(Layer(kind, variables.get(name, []), options.get("activation"),
                            options.get("return_sequences", False), options.get("mask_zero", False)))
    if layers[-1].activation != "sigmoid":
        raise SystemExit(f"{path}: the last layer has to be a sigmoid")
    return layers
