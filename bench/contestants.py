"""The contestants of a measurement, as pairs of a name and a function that measures; mood is the first."""
import json
import math
import subprocess
import sys
import tempfile
from functools import partial
from pathlib import Path

import frameworks

SHORT = 0.5  # seconds, as in frameworks/__main__.py
SPENT = Path(__file__).resolve().parent / "spent.py"


def spend(command, environment, text):
    """Seconds and megabytes of a whole process."""
    done = subprocess.run([sys.executable, "-I", "-S", SPENT, *command], env=environment, input=text,
                          encoding="utf-8", stdout=subprocess.PIPE)
    if done.returncode:
        raise SystemExit(f"{' '.join(command)}: failed")
    return json.loads(done.stdout)


def spend_cold(command, environment, text):
    """With empty caches."""
    with tempfile.TemporaryDirectory() as folder:
        return spend(command, dict(environment, XDG_CACHE_HOME=folder, POCL_CACHE_DIR=f"{folder}/pocl"), text)


class Contestants:
    def __init__(self, mood, processes):
        self.mood, self.processes = mood, processes

    def _trainers(self):
        return [process for process in self.processes if process.trains]

    def _ask(self, kind, world, ways, **details):
        """All variants of all peers."""
        return [(f"{process.name}, {way}", partial(process.ask, kind, world.model, world.arrays, way=way, **details))
                for process in self.processes for way in getattr(process, ways)]

    # ---- the same rows for all ------------------------------------------------------------------------------

    def mood_bench(self, work, rounds=1, **options):
        """Measures again, for as long as the peers, if the first measurement was short."""
        seconds = self.mood.bench(work, rounds=rounds, **options)["seconds_median"]
        if seconds * rounds < SHORT:
            seconds = self.mood.bench(work, rounds=math.ceil(SHORT / seconds), **options)["seconds_median"]
        return {"seconds": seconds}

    def infer(self, world, batch, rows=None):
        rows = rows or len(world.x)
        ours = partial(self.mood_bench, "infer", model=world.model, data=world.data, batch=batch, rows=rows, rounds=3)
        return [("mood", ours), *self._ask("infer", world, world.ways, batch=batch, rows=rows)]

    def train(self, world, batch, rows=None):
        rows = rows or len(world.x)
        ours = partial(self.mood_bench, "train", model=world.model, data=world.data, batch=batch, rows=rows)
        return [("mood", ours), *((process.name, partial(process.ask, "train", world.model, world.arrays, batch=batch,
                                                         rows=rows)) for process in self._trainers())]

    def full_rows(self, work, world, batch):
        """mood on as many rows without padding, by the same model."""
        return "mood, full rows", partial(self.mood_bench, work, model=world.model, batch=batch, rows=len(world.x),
                                          rounds=3)

    def latency(self, world, calls):
        return [("mood", partial(self._mood_latency, world, calls)),
                *self._ask("latency", world, "single_ways", rows=calls)]

    def _mood_latency(self, world, calls):
        """From a text to its label; the peers convert ids to scores."""
        told = self.mood.bench("latency", model=world.model, data=world.data, rows=calls)
        return {"seconds": told["p50_ms"] / 1e3, "p99": told["p99_ms"] / 1e3, "p999": told["p999_ms"] / 1e3}

    def texts(self, world, batch):
        """From texts to scores; mood chooses its batches itself."""
        ours = partial(self.mood_bench, "text", model=world.model, data=world.data)
        return [("mood", ours), *((f"{process.name}, Tokenizer and {way}", partial(
            process.ask, "texts", world.model, world.data, batch=batch, way=way))
            for process in self.processes if process.reads_text for way in process.ways)]

    # ---- whole processes ------------------------------------------------------------------------------------

    def _process(self, process, *request, **details):
        """A separate process of a framework that answers one request."""
        return partial(spend, frameworks.command(process.name, process.threads),
                       frameworks.environment(process.name, process.threads),
                       frameworks.request(*request, **details) + "\n")

    def start(self, world):
        ours = self.mood.command("predict", world.model, "-"), self.mood.environment, world.texts[0] + "\n"
        return [("mood", partial(spend, *ours)), ("mood, empty caches", partial(spend_cold, *ours)),
                *((f"{process.name}, {way}", self._process(process, "predict", world.model, world.arrays, rows=1,
                                                           batch=1, way=way))
                  for process in self.processes for way in process.ways)]

    def memory(self, work, world, batch):
        arguments = self.mood.bench_arguments(work, model=world.model, data=world.data, batch=batch)
        processes = self._trainers() if work == "train" else self.processes
        return [("mood", partial(spend, self.mood.command(*arguments), self.mood.environment, "")),
                *((process.name, self._process(process, work, world.model, world.arrays, batch=batch,
                                               way=process.ways[0])) for process in processes)]

    # ---- mood alone -----------------------------------------------------------------------------------------

    def growth(self, sizes):
        """Pairs of a size and the options of mood bench that go with it."""
        return [(f"{size:,}", partial(self.mood_bench, **{"work": "infer", "batch": 1024, "rows": 8192, "rounds": 3,
                                                          **options})) for size, options in sizes]
