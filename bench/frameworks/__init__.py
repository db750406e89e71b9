"""The frameworks that mood is measured beside, each in a process of its own.

peers.py and parity.py start a Process; there __main__.py loads one of the modules here and answers requests, a line
of JSON each. A module's Framework has
    versions            {name: version}
    ways                names of its ways to predict
    trains              whether it can train
    predict(x, batch, way) -> scores [n]
    losses(x, y, batch, steps) -> each step's loss, from the file's weights and a fresh Adam, the rows in order
    train(x, y, batch)  an epoch of its usual training, shuffled
"""
import json
import os
import subprocess
import sys
from pathlib import Path

# name: module, its Keras back end, the package without which it can't run
KINDS = {
    "PyTorch": ("torch", None, "torch"),
    "Keras (JAX)": ("keras", "jax", "jax"),
    "Keras (TensorFlow)": ("keras", "tensorflow", "tensorflow"),
    "Keras (PyTorch)": ("keras", "torch", "torch"),
    "ONNX Runtime": ("onnx", None, "onnxruntime"),
    "OpenVINO": ("openvino", None, "openvino"),
}


class Process:
    """A framework at work elsewhere. It is asked for one thing at a time, and idle otherwise."""

    def __init__(self, name, model, data, threads):
        module, backend, _ = KINDS[name]
        environment = dict(os.environ, NPROC=str(threads), OMP_NUM_THREADS=str(threads), CUDA_VISIBLE_DEVICES="",
                           JAX_PLATFORMS="cpu", TF_CPP_MIN_LOG_LEVEL="2")
        if backend:
            environment["KERAS_BACKEND"] = backend
        self.name = name
        self.process = subprocess.Popen(
            [sys.executable, "-m", "frameworks", module, str(model), str(data), str(threads)],
            cwd=Path(__file__).resolve().parent.parent, env=environment, encoding="utf-8",
            stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.about = self._answer()

    def _answer(self):
        line = self.process.stdout.readline()
        if not line:
            raise SystemExit(f"{self.name}: ended with status {self.process.wait()}")
        return json.loads(line)

    def ask(self, request, **details):
        print(json.dumps({"request": request, **details}), file=self.process.stdin, flush=True)
        return self._answer()

    def close(self):
        self.process.stdin.close()
        self.process.wait()
