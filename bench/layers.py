"""The layers of a .keras file with their weights, read without Keras: for frameworks that know nothing of the file."""
import io
import json
import zipfile
from dataclasses import dataclass

import numpy as np

KINDS = ("Embedding", "LSTM", "Dense")
ACTIVATIONS = ("linear", "relu", "sigmoid", "tanh")


@dataclass
class Layer:
    """One of KINDS. Weights stand in Keras's order and shapes, gates as i, f, c, o."""
    kind: str
    weights: list
    activation: str = None  # of a Dense layer
    every_step: bool = False  # an LSTM that hands on all its steps


def read_config(archive):
    """What config.json says of the layers, the Input left out."""
    layers = json.loads(archive.read("config.json"))["config"]["layers"]
    return [(layer["class_name"], layer["config"]) for layer in layers if layer["class_name"] != "InputLayer"]


def read_variables(archive):
    """The weights by their layers' names in the HDF5 file."""
    import h5py

    weights = {}
    with h5py.File(io.BytesIO(archive.read("model.weights.h5"))) as file:
        for name, layer in file["layers"].items():
            variables = layer["cell/vars"] if "cell" in layer else layer["vars"]
            weights[name] = [np.array(variables[str(i)]) for i in range(len(variables))]
    return weights


def read_layers(path):
    """All layers in their order. The HDF5 file counts each class for itself: lstm, lstm_1, dense, …"""
    with zipfile.ZipFile(path) as archive:
        config, variables = read_config(archive), read_variables(archive)
    layers, counts = [], {}
    for kind, options in config:
        count = counts[kind] = counts.get(kind, -1) + 1
        name = kind.lower() + (f"_{count}" if count else "")
        if kind not in KINDS or options.get("activation", "linear") not in ACTIVATIONS:
            raise SystemExit(f"{path}: {kind} with {options.get('activation')} is not known here")
        layers.append(Layer(kind, variables[name], options.get("activation"), options.get("return_sequences", False)))
    if layers[-1].activation != "sigmoid":
        raise SystemExit(f"{path}: the last layer has to be a sigmoid")
    return layers
