"""The frameworks that mood is measured beside, each in a process of its own.

A Process runs __main__.py, which loads one of the modules here and answers requests, a line of JSON each, about any
model and data. A module's Framework has
    versions            {name: version}
    ways, single_ways   names of its ways to predict, for batches and for single rows
    masked_ways         those for rows with masks; empty: it cannot
    two_input_ways      those for the model of two_inputs.py
    trains, reads_text  whether it can
    open(path)          a Model of a .keras file
and a Model
    predict(x, batch, way) -> scores [n]; x: ids [n,T], or what prepare returned
    prepare(rows)       two_inputs.Rows, converted to the inputs of the model; not timed
    losses(x, y, batch, steps) -> each step's loss, from the file's weights and a fresh Adam, the rows in order
    train(x, y, batch)  an epoch of its usual training, shuffled
    learn_words(texts), predict_texts(texts, batch, way) -> scores [n]
"""
import importlib.util
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
HERE = Path(__file__).resolve().parent.parent


def is_installed(name):
    return importlib.util.find_spec(KINDS[name][2]) is not None


def keras_backend():
    """The first of Keras's back ends that is installed, for work that any of them can do, such as the Tokenizer."""
    return next((backend for name, (_, backend, _) in KINDS.items() if backend and is_installed(name)), "jax")


def command(name, threads):
    return [sys.executable, "-m", "frameworks", KINDS[name][0], str(threads)]


def environment(name, threads):
    variables = dict(os.environ, NPROC=str(threads), OMP_NUM_THREADS=str(threads), CUDA_VISIBLE_DEVICES="",
                     JAX_PLATFORMS="cpu", TF_CPP_MIN_LOG_LEVEL="3", PYTHONPATH=str(HERE))
    if KINDS[name][1]:
        variables["KERAS_BACKEND"] = KINDS[name][1]
    return variables


def request(kind, model, data, **details):
    return json.dumps({"request": kind, "model": str(model), "data": str(data), **details})


class Process:
    """A framework at work elsewhere. It is asked for one thing at a time, and idle otherwise."""

    def __init__(self, name, threads):
        self.name, self.threads = name, threads
        self.process = subprocess.Popen(command(name, threads), env=environment(name, threads), encoding="utf-8",
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        about = self._answer()
        self.versions, self.ways, self.single_ways = about["versions"], about["ways"], about["single_ways"]
        self.masked_ways, self.two_input_ways = about["masked_ways"], about["two_input_ways"]
        self.trains, self.reads_text = about["trains"], about["reads_text"]

    def _answer(self):
        line = self.process.stdout.readline()
        if not line:
            raise SystemExit(f"{self.name}: ended with status {self.process.wait()}")
        return json.loads(line)

    def ask(self, kind, model, data, **details):
        print(request(kind, model, data, **details), file=self.process.stdin, flush=True)
        return self._answer()

    def close(self):
        self.process.stdin.close()
        self.process.wait()
