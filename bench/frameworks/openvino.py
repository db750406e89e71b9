"""OpenVINO, on the same ONNX file, held to 32-bit floats, with a model compiled for each batch size."""
import numpy as np
import openvino

from frameworks.onnx import article_onnx


class Framework:
    ways, trains = ["request"], False

    def __init__(self, path, threads):
        self.bytes, self.threads, self.requests = article_onnx(path), threads, {}
        self.versions = {"openvino": openvino.__version__.split("-")[0]}

    def _request(self, rows, length):
        if (rows, length) not in self.requests:
            core = openvino.Core()
            model = core.read_model(self.bytes)
            model.reshape([rows, length])
            self.requests[rows, length] = core.compile_model(model, "CPU", {
                "INFERENCE_PRECISION_HINT": "f32", "INFERENCE_NUM_THREADS": self.threads, "PERFORMANCE_HINT": "LATENCY",
            }).create_infer_request()
        return self.requests[rows, length]

    def predict(self, x, batch, way):
        scores = []
        for i in range(0, len(x), batch):
            rows = x[i:i + batch]
            scores.append(self._request(*rows.shape).infer([rows], share_inputs=True)[0].copy())
        return np.concatenate(scores)[:, 0]
