"""MODULE THREADS: answer requests on standard input about one framework; see __init__.py."""
import csv
import importlib
import json
import os
import sys
import time
from functools import lru_cache

import numpy as np

from two_inputs import Rows

SHORT = 0.5  # seconds; so much at least is measured
PATIENCE = 5.0  # seconds for single rows, which may take ten milliseconds each


def seconds(work, *arguments):
    start = time.perf_counter()
    work(*arguments)
    return time.perf_counter() - start


def warm_up_rows(n, batch, least):
    """So many rows to warm up with that batches have the sizes that those of n rows have: whole ones, the last one."""
    whole, odd = divmod(n, batch)
    return min(whole, max(least, whole // 4)) * batch + odd


def timed(work, x, batch):
    """The median of some passes, or of one where that takes long."""
    work(x[:warm_up_rows(len(x), batch, 1)])
    times = [seconds(work, x)]
    while sum(times) < SHORT:
        times.append(seconds(work, x))
    return {"seconds": float(np.median(times))}


def latency(model, x, way):
    """One row after another, each timed; a tenth of them first to warm up."""
    rows, times, start = [x[i:i + 1] for i in range(len(x))], [], time.perf_counter()
    for row in rows[:len(rows) // 10]:
        model.predict(row, 1, way)
        if time.perf_counter() - start > PATIENCE / 10:
            break
    start = time.perf_counter()
    for row in rows:
        times.append(seconds(model.predict, row, 1, way))
        if time.perf_counter() - start > PATIENCE:
            break
    p50, p99, p999 = (float(np.quantile(times, part)) for part in (0.5, 0.99, 0.999))
    return {"seconds": p50, "p99": p99, "p999": p999, "calls": len(times)}


def train(model, x, y, batch):
    """Peers stay and compile once; the first steps, and one of the last one's size, warm up."""
    rows = warm_up_rows(len(x), batch, 20) if len(x) > 80 * batch else len(x)
    model.train(x[:rows], y[:rows], batch)
    return {"seconds": seconds(model.train, x, y, batch)}


@lru_cache
def arrays(path):
    with np.load(path) as file:
        x = Rows(file["x"], file["columns"], file["values"]) if "columns" in file else file["x"]
        return x, file["y"]


@lru_cache
def texts_of(path):
    with open(path, encoding="utf-8", newline="") as file:
        return [row["text"] for row in csv.DictReader(file)]


def texts(model, path, batch, way):
    if not model.tokenizer:
        model.learn_words(texts_of(path))
    return timed(lambda some: model.predict_texts(some, batch, way), texts_of(path), batch)


def answer(model, request, data, rows=None, batch=32, way=None, steps=None):
    if request == "texts":
        return texts(model, data, batch, way)
    x, y = (array[:rows] for array in arrays(data))
    if isinstance(x, Rows):
        x = model.prepare(x)
    if request == "predict":
        return [float(score) for score in model.predict(x, batch, way)]
    if request == "losses":
        return [float(loss) for loss in model.losses(x, y, batch, steps)]
    if request == "infer":
        return timed(lambda some: model.predict(some, batch, way), x, batch)
    if request == "latency":
        return latency(model, x, way)
    if request == "train":
        return train(model, x, y, batch)
    raise ValueError(request)


def main(module, threads):
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # whatever a framework prints is not an answer
    framework = importlib.import_module(f"frameworks.{module}").Framework(int(threads))
    about = {name: getattr(framework, name) for name in (
        "versions", "ways", "single_ways", "masked_ways", "two_input_ways", "trains", "reads_text")}
    print(json.dumps(about), file=answers, flush=True)
    opened = lru_cache(framework.open)
    for line in sys.stdin:
        request = json.loads(line)
        print(json.dumps(answer(opened(request.pop("model")), **request)), file=answers, flush=True)


main(*sys.argv[1:])
