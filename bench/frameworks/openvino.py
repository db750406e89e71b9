"""OpenVINO, on the same ONNX file, held to 32-bit floats, with a model compiled for each batch size."""
import numpy as np
import openvino

from onnx_file import onnx_file
from two_inputs import Rows


class Model:
    def __init__(self, path, threads):
        self.path, self.threads, self.requests = onnx_file(path), threads, {}

    @staticmethod
    def prepare(rows):
        return rows

    def _request(self, shapes, threads):
        if (shapes, threads) not in self.requests:
            core = openvino.Core()
            model = core.read_model(self.path)
            model.reshape(dict(enumerate(map(list, shapes))))
            self.requests[shapes, threads] = core.compile_model(model, "CPU", {
                "INFERENCE_PRECISION_HINT": "f32", "INFERENCE_NUM_THREADS": threads, "PERFORMANCE_HINT": "LATENCY",
            }).create_infer_request()
        return self.requests[shapes, threads]

    def predict(self, x, batch, way):
        threads, scores = 1 if way == "one thread" else self.threads, []
        for i in range(0, len(x), batch):
            rows = x[i:i + batch]
            arrays = list(rows.arrays) if isinstance(rows, Rows) else [rows]
            request = self._request(tuple(array.shape for array in arrays), threads)
            scores.append(request.infer(arrays, share_inputs=True)[0].copy())
        return np.concatenate(scores)[:, 0]


class Framework:
    ways, single_ways, trains, reads_text = ["request"], ["request", "one thread"], False, False
    masked_ways, two_input_ways = [], ways

    def __init__(self, threads):
        self.threads = threads
        self.versions = {"openvino": openvino.__version__.split("-")[0]}

    def open(self, path):
        return Model(path, self.threads)
