"""ONNX Runtime, on the model written as ONNX."""
import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

from article import read_weights


def lstm_weights(kernel, recurrent, bias):
    """Keras's W [E,4H], U [H,4H], b [4H] with gates i, f, c, o to ONNX's W [1,4H,E], R [1,4H,H], B [1,8H] with
    i, o, f, c."""
    def gates(array):
        i, f, c, o = np.split(array, 4, axis=-1)
        return np.concatenate([i, o, f, c], axis=-1)
    bias = gates(bias)
    return gates(kernel).T[None], gates(recurrent).T[None], np.concatenate([bias, np.zeros_like(bias)])[None]


def article_onnx(path):
    """Ids [N,T] int32 to scores [N,1], as the bytes of an ONNX file."""
    weights, nodes, constants = read_weights(path), [], []

    def constant(name, array):
        constants.append(numpy_helper.from_array(np.ascontiguousarray(array), name))
        return name

    def node(kind, inputs, *outputs, **attributes):
        nodes.append(helper.make_node(kind, inputs, list(outputs), **attributes))

    node("Transpose", ["ids"], "steps", perm=[1, 0])
    node("Gather", [constant("embeddings", weights["embedding"][0]), "steps"], "x")
    for name, x, y, last in (("lstm", "x", "every", ""), ("lstm_1", "h", "", "last")):
        parts = zip("WRB", lstm_weights(*weights[name]))
        node("LSTM", [x, *(constant(f"{name}.{part}", array) for part, array in parts)], y, last,
             hidden_size=weights[name][1].shape[0])
        if y:  # [T,1,N,H]
            node("Squeeze", [y, constant("direction", np.array([1]))], "h")
    node("Squeeze", ["last", constant("layer", np.array([0]))], "read")
    for name, x, y, activation in (("dense", "read", "d", "Relu"), ("dense_1", "a", "logit", "Sigmoid")):
        kernel, bias = weights[name]
        node("Gemm", [x, constant(f"{name}.kernel", kernel), constant(f"{name}.bias", bias)], y)
        node(activation, [y], {"d": "a", "logit": "score"}[y])
    graph = helper.make_graph(
        nodes, "article", [helper.make_tensor_value_info("ids", TensorProto.INT32, ["N", "T"])],
        [helper.make_tensor_value_info("score", TensorProto.FLOAT, ["N", 1])], constants)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model)
    return model.SerializeToString()


class Framework:
    ways, trains = ["session"], False

    def __init__(self, path, threads):
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
        self.session = onnxruntime.InferenceSession(article_onnx(path), options, providers=["CPUExecutionProvider"])
        self.versions = {"onnxruntime": onnxruntime.__version__}

    def predict(self, x, batch, way):
        return np.concatenate([self.session.run(None, {"ids": x[i:i + batch]})[0]
                               for i in range(0, len(x), batch)])[:, 0]
