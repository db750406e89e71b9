"""ONNX Runtime, on the model written as ONNX."""
import numpy as np
import onnxruntime

from onnx_file import onnx_file
from two_inputs import Rows

INPUTS = ("ids", "columns", "values")


class Model:
    def __init__(self, path, threads):
        self.path, self.threads, self.sessions = onnx_file(path), threads, {}

    def _session(self, threads):
        if threads not in self.sessions:
            options = onnxruntime.SessionOptions()
            options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
            self.sessions[threads] = onnxruntime.InferenceSession(self.path, options,
                                                                  providers=["CPUExecutionProvider"])
        return self.sessions[threads]

    @staticmethod
    def prepare(rows):
        return rows

    def predict(self, x, batch, way):
        session = self._session(1 if way == "one thread" else self.threads)
        arrays = x.arrays if isinstance(x, Rows) else [x]
        return np.concatenate([session.run(None, {name: array[i:i + batch] for name, array in zip(INPUTS, arrays)})[0]
                               for i in range(0, len(x), batch)])[:, 0]


class Framework:
    ways, single_ways, trains, reads_text = ["session"], ["session", "one thread"], False, False
    masked_ways, two_input_ways = [], ways

    def __init__(self, threads):
        self.threads = threads
        self.versions = {"onnxruntime": onnxruntime.__version__}

    def open(self, path):
        return Model(path, self.threads)
