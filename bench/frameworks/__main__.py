"""MODULE MODEL.keras DATA.npz THREADS: answer requests on standard input about one framework; see __init__.py."""
import importlib
import json
import os
import sys
import time

import numpy as np


def seconds(work, *arguments):
    start = time.perf_counter()
    work(*arguments)
    return time.perf_counter() - start


def infer(framework, x, batch, way):
    """A pass to warm up, and one that counts."""
    framework.predict(x, batch, way)
    return {"seconds": seconds(framework.predict, x, batch, way)}


def latency(framework, x, way):
    """One row after another, each timed; a tenth of them first to warm up."""
    rows = [x[i:i + 1] for i in range(len(x))]
    for row in rows[:len(rows) // 10]:
        framework.predict(row, 1, way)
    times = [seconds(framework.predict, row, 1, way) for row in rows]
    return {"p50": float(np.quantile(times, 0.5)), "p99": float(np.quantile(times, 0.99))}


def answer(framework, x, y, request, rows=None, batch=32, way=None, steps=None):
    x, y = x[:rows], y[:rows]
    if request == "predict":
        return [float(score) for score in framework.predict(x, batch, way)]
    if request == "losses":
        return [float(loss) for loss in framework.losses(x, y, batch, steps)]
    if request == "infer":
        return infer(framework, x, batch, way)
    if request == "latency":
        return latency(framework, x, way)
    if request == "train":
        return {"seconds": seconds(framework.train, x, y, batch)}
    raise ValueError(request)


def main(module, model, data, threads):
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # whatever a framework prints is not an answer
    with np.load(data) as arrays:
        x, y = arrays["x"], arrays["y"]
    framework = importlib.import_module(f"frameworks.{module}").Framework(model, int(threads))
    about = {"versions": framework.versions, "ways": framework.ways, "trains": framework.trains}
    print(json.dumps(about), file=answers, flush=True)
    for line in sys.stdin:
        print(json.dumps(answer(framework, x, y, **json.loads(line))), file=answers, flush=True)


main(*sys.argv[1:])
