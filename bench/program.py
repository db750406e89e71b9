"""mood, called through its program and through the helper `losses`."""
import json
import os
import subprocess
from pathlib import Path


class Mood:
    name, version = "mood", None

    def __init__(self, build, threads=None, device=None):
        self.build = Path(build)
        self.environment = dict(os.environ)
        if device:
            self.environment["MOOD_DEVICE"] = device
        if threads:  # PoCL's, by its old name and by its new one
            self.environment["POCL_MAX_PTHREAD_COUNT"] = self.environment["POCL_CPU_MAX_CU_COUNT"] = str(threads)
        self.version = self._run("mood", "--version").split()[1]
        devices = json.loads(self._run("mood", "devices", "--json"))["devices"]
        self.device = next(device for device in devices if device["chosen"])

    def command(self, *arguments, program="mood"):
        return [str(self.build / program), *map(str, arguments)]

    def _run(self, program, *arguments, text=None):
        done = subprocess.run(self.command(*arguments, program=program), input=text, stdout=subprocess.PIPE,
                              encoding="utf-8", env=self.environment)
        if done.returncode:
            raise SystemExit(f"{program} {' '.join(map(str, arguments))}: exit status {done.returncode}")
        return done.stdout

    def fit(self, data, model, *options):
        self._run("mood", "fit", data, "-o", model, "-q", *options)

    def evaluate(self, model, data):
        return json.loads(self._run("mood", "evaluate", "--json", model, data))

    def scores(self, model, texts):
        lines = self._run("mood", "predict", "--json", model, "-", text="".join(text + "\n" for text in texts))
        return [json.loads(line)["score"] for line in lines.split("\n") if line]  # texts may have other ends of lines

    def losses(self, model, x, y, batch, steps):
        """The loss of every step, the rows in their order, from the model's weights and a fresh optimizer."""
        rows = "".join(f"{int(label)} {' '.join(map(str, ids))}\n" for label, ids in zip(y, x.tolist()))
        return [float(line) for line in self._run("bench/losses", model, batch, steps, text=rows).split()]

    def tokenize(self, model, texts):
        """Texts as ids [n,T], cleaned, split and padded as the model's file defines."""
        text = "".join(text + "\n" for text in texts)
        return [[int(id) for id in line.split()] for line in self._run("bench/tokenize", model, text=text).splitlines()]

    @staticmethod
    def bench_arguments(work, rounds=1, **options):
        """Options as mood bench calls them. Without data rows are random and full. A round that does not count comes
        first."""
        given = [word for name, value in {"rounds": rounds, **options}.items()
                 for word in ("--" + name.replace("_", "-"), value)]
        return ["bench", work, "--json", *given]

    def bench(self, work, **options):
        return json.loads(self._run("mood", *self.bench_arguments(work, **options)))
