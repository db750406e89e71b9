"""Converts a .keras file to an ONNX file next to it."""
from pathlib import Path

import numpy as np

from layers import read_layers
from two_inputs import has_two_inputs, read_weights

OPERATORS = {"relu": "Relu", "sigmoid": "Sigmoid", "tanh": "Tanh", "linear": "Identity"}


class Graph:
    """A graph of ONNX that grows at one end."""

    def __init__(self):
        self.nodes, self.constants = [], []

    def constant(self, array):
        from onnx import numpy_helper

        self.constants.append(numpy_helper.from_array(np.asarray(array, order="C"), f"c{len(self.constants)}"))
        return self.constants[-1].name

    def node(self, kind, *inputs, place=0, name=None, **attributes):
        """Add one; its output's name, which is the one at that place."""
        from onnx import helper

        name = name or f"n{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, inputs, [""] * place + [name], **attributes))
        return name


def lstm_weights(kernel, recurrent, bias):
    """Keras's W [E,4H], U [H,4H], b [4H] with gates i, f, c, o to ONNX's W [1,4H,E], R [1,4H,H], B [1,8H] with
    i, o, f, c."""
    def gates(array):
        i, f, c, o = np.split(array, 4, axis=-1)
        return np.concatenate([i, o, f, c], axis=-1)
    bias = gates(bias)
    return gates(kernel).T[None], gates(recurrent).T[None], np.concatenate([bias, np.zeros_like(bias)])[None]


def add_lstm(graph, layer, x):
    """[T,N,E] to every step's [T,N,H], or to the last one's [N,H]. ONNX has a direction more."""
    weights = [graph.constant(array) for array in lstm_weights(*layer.weights)]
    h = graph.node("LSTM", x, *weights, place=0 if layer.every_step else 1, hidden_size=layer.weights[1].shape[0])
    return graph.node("Squeeze", h, graph.constant(np.array([1 if layer.every_step else 0])))


def add_bidirectional(graph, layer, x):
    """[T,N,E] to the last outputs of both directions [N,2H]."""
    sides = [lstm_weights(*layer.weights[side:side + 3]) for side in (0, 3)]
    weights = [graph.constant(np.concatenate(pair)) for pair in zip(*sides)]
    h = graph.node("LSTM", x, *weights, place=1, hidden_size=layer.weights[1].shape[0], direction="bidirectional")
    h = graph.node("Transpose", h, perm=[1, 0, 2])
    return graph.node("Reshape", h, graph.constant(np.array([0, -1])))


def add_gru(graph, layer, x):
    """[T,N,E] to the last output [N,H]. ONNX's gates are in Keras's order."""
    kernel, recurrent, bias = layer.weights
    weights = [graph.constant(array) for array in (kernel.T[None], recurrent.T[None], bias.reshape(1, -1))]
    h = graph.node("GRU", x, *weights, place=1, hidden_size=recurrent.shape[0], linear_before_reset=1)
    return graph.node("Squeeze", h, graph.constant(np.array([0])))


def add_convolution(graph, layer, x):
    """[T,N,C] to [N,F,T]."""
    kernel, bias = layer.weights
    x = graph.node("Transpose", x, perm=[1, 2, 0])
    x = graph.node("Conv", x, graph.constant(kernel.transpose(2, 1, 0)), graph.constant(bias))
    return graph.node(OPERATORS[layer.activation], x)


def add_layer(graph, layer, x, last):
    weights = layer.weights
    if layer.kind == "Embedding":
        return graph.node("Gather", graph.constant(weights[0]), x)
    if layer.kind == "GlobalMaxPooling1D":
        return graph.node("Squeeze", graph.node("GlobalMaxPool", x), graph.constant(np.array([2])))
    adders = {"LSTM": add_lstm, "Bidirectional": add_bidirectional, "GRU": add_gru, "Conv1D": add_convolution}
    if layer.kind in adders:
        return adders[layer.kind](graph, layer, x)
    x = graph.node("Gemm", x, *map(graph.constant, weights))
    return graph.node(OPERATORS[layer.activation], x, name="score" if last else None)


def layers_graph(layers):
    """Ids [N,T] to scores [N,1]."""
    graph = Graph()
    x = graph.node("Transpose", "ids", perm=[1, 0])
    for layer in layers:
        x = add_layer(graph, layer, x, layer is layers[-1])
    return graph


def add_pooled_lstm(graph, weights, lengths):
    """Maximum and mean over the steps of a Bidirectional LSTM's outputs, [N,2H] each. Padding is at the end; as in Keras,
    the outputs there are 0 and take part in the maximum."""
    x = graph.node("Gather", graph.constant(weights.words), graph.node("Transpose", "ids", perm=[1, 0]))
    directions = [lstm_weights(*direction) for direction in (weights.forward, weights.backward)]
    h = graph.node("LSTM", x, *(graph.constant(np.concatenate(pair)) for pair in zip(*directions)), lengths,
                   hidden_size=weights.forward[1].shape[0], direction="bidirectional")  # [T,2,N,H]
    count = graph.node("Unsqueeze", graph.node("Cast", lengths, to=1), graph.constant(np.array([1, 2])))
    flat = graph.constant(np.array([0, -1]))
    pooled = []
    for values in (graph.node("ReduceMax", h, axes=[0], keepdims=0),
                   graph.node("ReduceSum", h, graph.constant(np.array([0])), keepdims=0)):
        values = graph.node("Transpose", values, perm=[1, 0, 2])
        pooled.append(graph.node("Reshape", graph.node("Div", values, count) if pooled else values, flat))
    return pooled


def two_inputs_graph(weights):
    """The model of two_inputs.py: ids [N,T], columns and values [N,G] to scores [N,1]."""
    graph = Graph()
    words = graph.node("Cast", graph.node("Not", graph.node("Equal", "ids", graph.constant(np.array(0, np.int32)))), to=6)
    lengths = graph.node("ReduceSum", words, graph.constant(np.array([1])), keepdims=0)
    lengths = graph.node("Max", lengths, graph.constant(np.array(1, np.int32)))
    pooled = add_pooled_lstm(graph, weights, lengths)
    bag = np.concatenate([weights.bag, np.zeros_like(weights.bag[:1])])
    values = graph.node("Unsqueeze", "values", graph.constant(np.array([1])))  # [N,1,G]
    bag = graph.node("MatMul", values, graph.node("Gather", graph.constant(bag), "columns"))
    bag = graph.node("Squeeze", bag, graph.constant(np.array([1])))
    x = graph.node("Concat", *pooled, bag, axis=1)
    graph.node("Sigmoid", graph.node("Gemm", x, *map(graph.constant, weights.dense)), name="score")
    return graph


def onnx_model(path):
    import onnx
    from onnx import TensorProto, helper

    inputs = [helper.make_tensor_value_info("ids", TensorProto.INT32, ["N", "T"])]
    if has_two_inputs(path):
        graph = two_inputs_graph(read_weights(path))
        inputs += [helper.make_tensor_value_info("columns", TensorProto.INT32, ["N", "G"]),
                   helper.make_tensor_value_info("values", TensorProto.FLOAT, ["N", "G"])]
    else:
        graph = layers_graph(read_layers(path))
    whole = helper.make_graph(
        graph.nodes, "model", inputs, [helper.make_tensor_value_info("score", TensorProto.FLOAT, ["N", 1])],
        graph.constants)
    model = helper.make_model(whole, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model)
    return model.SerializeToString()


def onnx_file(path):
    """Its name. Who finds it there needs neither the package onnx nor time to write it."""
    file = Path(path).with_suffix(".onnx")
    if not file.exists():
        part = file.with_suffix(".part")
        part.write_bytes(onnx_model(path))
        part.rename(file)
    return file
