"""mood stream beside its parts: the same topic copied instead of scored, the same texts through mood predict; how long a
record takes from one topic into the other; and what more processes of one group bring.

A broker of its own (tests/kafka-broker) shares the cores with whatever is measured. In each round all take turns;
ratios are those of the same round, figures are medians.
"""
import argparse
import csv
import gzip
import json
import os
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

from quiet import Quiet

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
MODES = ("at-least-once", "exactly-once")
SECTIONS = ("rates", "latencies", "groups")
PARTITIONS = 4
LINGER = "5"  # librdkafka's own; the copying at its best
SIZE = 240  # bytes a text at most


class Broker:
    """One node of Apache Kafka, while it is in use."""

    def __init__(self, folder):
        self.script, self.folder = ROOT / "tests" / "kafka-broker", folder / "broker"

    def __enter__(self):
        started = subprocess.run([self.script, "start", self.folder], stdout=subprocess.PIPE, check=True, encoding="utf-8")
        self.address = started.stdout.strip().removeprefix("bootstrap=")
        self.pid = int((self.folder / "node-1" / "pid").read_text(encoding="utf-8"))
        return self

    def __exit__(self, *_):
        subprocess.run([self.script, "stop", self.folder], check=True)


class Bench:
    def __init__(self, arguments, folder, broker):
        self.arguments, self.folder, self.broker, self.topics = arguments, folder, broker, 0
        self.build = arguments.build.resolve()
        self.environment = dict(os.environ, MOOD_PLUGIN_DIR=str(self.build / "plugin"))
        self.texts = folder / "texts"
        self.texts.write_text("".join(text + "\n" for text in read_texts(arguments.data)), encoding="utf-8")

    def topic(self, *command, texts=False):
        with open(self.texts if texts else os.devnull, encoding="utf-8") as file:
            done = subprocess.run([self.build / "bench" / "topic", *map(str, command)], stdin=file, stderr=subprocess.PIPE,
                                  stdout=subprocess.PIPE, encoding="utf-8", check=False)
        if done.returncode:
            raise SystemExit(f"topic {' '.join(map(str, command))}: {done.stderr.strip()}")
        return done.stdout

    def new_topic(self, records=0):
        self.topics += 1
        name = f"topic-{self.topics}"
        self.topic("fill", self.broker.address, name, PARTITIONS, records, texts=True)
        return name

    def stream(self, mode, *more):
        """The command without its topics."""
        options = [] if self.arguments.options is None else self.arguments.options.split()
        return [self.build / "mood", "stream", "kafka", "-m", self.arguments.model, "-b", self.broker.address,
                "--guarantee", mode, "--json", "-q", *options, *more]

    # ---- as fast as can be

    def copy_seconds(self, mode, source):
        return float(self.topic("copy", self.broker.address, source, self.new_topic(), self.arguments.records, mode, LINGER))

    def stream_seconds(self, mode, source):
        output = self.new_topic()
        done = subprocess.run([*self.stream(mode, "-e"), "-i", source, "-o", output, "-G", output], check=True,
                              stdout=subprocess.PIPE, env=self.environment)
        summary = json.loads(done.stdout)
        if summary["scored"] != self.arguments.records or summary["delivered"] < self.arguments.records:
            raise SystemExit(f"mood stream: {summary}")
        return summary["seconds"] - summary["first_seconds"]

    def group_seconds(self, processes, source):
        """A number of processes in one group, from the first record to the last."""
        output, started = self.new_topic(), []
        for _ in range(processes):
            started.append((time.perf_counter(), subprocess.Popen(
                [*self.stream("at-least-once", "-e"), "-i", source, "-o", output, "-G", output], stdout=subprocess.PIPE,
                env=self.environment)))
        begins, ends, scored = [], [], 0
        for start, process in started:
            summary = json.loads(process.communicate()[0])
            scored += summary["scored"]
            ends.append(start + summary["seconds"])
            if summary["scored"]:
                begins.append(start + summary["first_seconds"])
        if scored < self.arguments.records:
            raise SystemExit(f"{processes} processes scored {scored} of {self.arguments.records}")
        return max(ends) - min(begins)

    def groups(self):
        source = self.new_topic(self.arguments.records)
        return self.take_turns({f"{n} process{'es' * (n > 1)}": lambda n=n: self.group_seconds(n, source) for n in (1, 2, 4)})

    def predict_seconds(self, lines):
        def run(text):
            start = time.perf_counter()
            subprocess.run([self.build / "mood", "predict", "-q", self.arguments.model, "-"], input=text, check=True,
                           stdout=subprocess.DEVNULL, env=self.environment)
            return time.perf_counter() - start
        return run(lines) - run(b"one\n")  # without its start

    def rates(self):
        """A list of rounds, each a dictionary of seconds."""
        source = self.new_topic(self.arguments.records)
        texts = self.texts.read_bytes().splitlines(keepends=True)
        lines = b"".join(texts[i % len(texts)] for i in range(self.arguments.records))
        works = {"predict": lambda: self.predict_seconds(lines)}
        for mode in MODES:
            works[f"copy {mode}"] = lambda mode=mode: self.copy_seconds(mode, source)
            works[f"stream {mode}"] = lambda mode=mode: self.stream_seconds(mode, source)
        return self.take_turns(works)

    def take_turns(self, works):
        quiet = Quiet([self.broker.pid], self.arguments.patience)
        for work in works.values():  # what a fresh broker and cold caches cost counts for nobody
            work()
        names, rounds = list(works), []
        for number in range(self.arguments.rounds):
            first = number % len(names)
            rounds.append({name: quiet.measure(works[name]) for name in names[first:] + names[:first]})
            note(f"round {number + 1}: " + ", ".join(f"{name} {rounds[-1][name]:.2f} s" for name in names))
        self.disturbed = quiet.disturbed
        return rounds

    # ---- at a pace

    def pace(self, start):
        """Percentiles in milliseconds for the process that start(input, output) starts."""
        source, output = self.new_topic(), self.new_topic()
        worker = start(source, output)
        time.sleep(3)  # it joins its group
        try:
            figures = self.topic("pace", self.broker.address, source, output, self.arguments.pace, self.arguments.seconds, 3,
                                 texts=True).split()
        finally:
            worker.terminate()
            worker.wait()
        return dict(zip(("p50", "p90", "p99", "p99.9", "max"), map(float, figures)))

    def latencies(self):
        def copy(mode):
            records = int(self.arguments.pace * (self.arguments.seconds + 3))
            return lambda source, output: subprocess.Popen(
                [self.build / "bench" / "topic", "copy", self.broker.address, source, output, str(records), mode, "0"],
                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

        def stream(mode):
            return lambda source, output: subprocess.Popen(
                [*self.stream(mode), "-i", source, "-o", output, "-G", output], stdout=subprocess.DEVNULL, env=self.environment)

        works = {}
        for mode in MODES:
            works[f"copy {mode}"], works[f"stream {mode}"] = copy(mode), stream(mode)
        rounds = []
        for number in range(self.arguments.rounds):
            rounds.append({name: self.pace(start) for name, start in works.items()})
            note(f"round {number + 1}: " + ", ".join(
                f"{name} p50 {of['p50']:.1f} p99 {of['p99']:.1f} ms" for name, of in rounds[-1].items()))
        return rounds


def note(text):
    print(text, flush=True)


def read_texts(path):
    csv.field_size_limit(1 << 30)
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        texts = [" ".join(row["text"].split()).encode()[:SIZE].decode(errors="ignore") for row in csv.DictReader(file)]
    return [text for text in texts if text]


def median(rounds, figure):
    return statistics.median(map(figure, rounds))


def tell_rates(rounds, records):
    note(f"\n{records} records, as fast as can be; seconds and records a second, medians of {len(rounds)} rounds\n")
    for name in rounds[0]:
        seconds = median(rounds, lambda of, name=name: of[name])
        note(f"  {name:22} {seconds:7.2f} s {records / seconds:9.0f} /s")
    note("")
    for mode in MODES:
        ratio = median(rounds, lambda of, mode=mode: of[f"stream {mode}"] / (of[f"copy {mode}"] + of["predict"]))
        note(f"  stream {mode} takes {ratio:.2f} times what copying and predicting take together")
    share = median(rounds, lambda of: of["stream at-least-once"] / of["stream exactly-once"])
    note(f"  exactly once has {share:.0%} of at least once's rate")


def tell_latencies(rounds, pace):
    note(f"\nmilliseconds from one topic into the other at {pace:g} records a second, medians of {len(rounds)} rounds\n")
    for name in rounds[0]:
        figures = {key: median(rounds, lambda of, key=key: of[name][key]) for key in rounds[0][name]}
        note(f"  {name:22} " + "  ".join(f"{key} {value:6.1f}" for key, value in figures.items()))


def tell_groups(rounds, records):
    note(f"\n{records} records in {PARTITIONS} partitions, processes of one group; medians of {len(rounds)} rounds\n")
    for name in rounds[0]:
        seconds = median(rounds, lambda of, name=name: of[name])
        note(f"  {name:22} {seconds:7.2f} s {records / seconds:9.0f} /s")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", type=Path, default=ROOT / "build", help="mood's build (build)")
    parser.add_argument("--model", default=str(ROOT / "tests" / "data" / "reviews.keras"))
    parser.add_argument("--data", type=Path, default=ROOT / "tests" / "data" / "uci-reviews.csv.gz", help="texts, CSV in gzip")
    parser.add_argument("--records", type=int, default=200000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--pace", type=float, default=1000, help="records a second")
    parser.add_argument("--seconds", type=float, default=10, help="of pace")
    parser.add_argument("--patience", type=int, default=3, help="measure so often again when others disturb")
    parser.add_argument("--only", choices=SECTIONS)
    parser.add_argument("--options", help="more of mood stream's options, in one word")
    parser.add_argument("--json", type=Path, help="keep all figures")
    arguments = parser.parse_args()
    if not (arguments.build / "mood").exists():
        subprocess.run([ROOT / "script" / "build", arguments.build.resolve()], check=True)
    subprocess.run(["make", "--no-print-directory", "-s", "-C", arguments.build, "mood", "bench/topic"], check=True)
    figures = {}
    with tempfile.TemporaryDirectory() as folder, Broker(Path(folder)) as broker:
        bench = Bench(arguments, Path(folder), broker)
        for section in SECTIONS:
            if arguments.only in (None, section):
                figures[section] = getattr(bench, section)()
        if "rates" in figures:
            tell_rates(figures["rates"], arguments.records)
            if bench.disturbed:
                note(f"  {bench.disturbed} measurements were disturbed by other programs")
        if "latencies" in figures:
            tell_latencies(figures["latencies"], arguments.pace)
        if "groups" in figures:
            tell_groups(figures["groups"], arguments.records)
    if arguments.json:
        arguments.json.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
