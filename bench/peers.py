"""mood beside PyTorch, Keras, ONNX Runtime and OpenVINO: the same weights, the same ids, all in turn in each round."""
import argparse
import importlib.util
import json
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

import article
from frameworks import KINDS, Process
from program import Mood
from quiet import Quiet

SAME_SCORE, SAME_LOSS = 1e-5, 1e-4  # absolute; relative
CHECK_ROWS, CHECK_STEPS = 1024, 20
# TensorFlow's Adam squares the gradients of a word that occurs twice before it adds them, so the second step is
# another one by design; the first is the same.
CHECK_STEPS_OF = {"Keras (TensorFlow)": 1}
LATENCY_ROWS = 200
INFER_ROWS, INFER_BATCHES, TRAIN_ROWS = 8192, (32, 1024), 25000


def arguments():
    parser = argparse.ArgumentParser(prog="bench/peers", description=__doc__, epilog="Exit status: 0 done, 1 when "
                                     "not all agree, or mood is slower than it has to be.")
    parser.add_argument("--build", help="the folder in which mood is built (build)")
    parser.add_argument("--venv", help="an environment of Python that has the frameworks; else one is made")
    parser.add_argument("--only", help="these peers, separated by commas: " + ", ".join(KINDS))
    parser.add_argument("--sections", default="infer,latency,train", help="what to measure (%(default)s)")
    parser.add_argument("--rounds", type=int, default=5, help="(%(default)s)")
    parser.add_argument("--patience", type=int, default=20, metavar="N", help="measure again when other programs take "
                        "more than a twentieth of the processor, at most so often (%(default)s)")
    parser.add_argument("--threads", type=int, default=os.cpu_count(), help="for each; all are held to as many cores "
                        "(%(default)s)")
    parser.add_argument("--device", help="mood's, by index or a part of its name; the peers run on the CPU")
    parser.add_argument("--train-rows", type=int, default=TRAIN_ROWS, help="rows an epoch (%(default)s)")
    parser.add_argument("--json", metavar="FILE", help="write all figures here")
    return parser.parse_args()


# ---- the same weights, the same ids ---------------------------------------------------------------------------


def make_texts(rows, seed=1):
    """Rows of 50 random words of 4,999, without padding; positive are those with more of the first half's words."""
    ids = np.random.default_rng(seed).integers(1, article.WORDS, (rows, article.LENGTH))
    return [" ".join(f"w{id}" for id in row) for row in ids], (ids < article.WORDS / 2).mean(axis=1) > 0.5


def read_ids(model, texts):
    """The ids that the model's own tokenizer gives these words."""
    import zipfile

    with zipfile.ZipFile(model) as archive:
        tokenizer = json.loads(archive.read("tokenizer.json"))
    while isinstance(tokenizer, str):
        tokenizer = json.loads(tokenizer)
    index = json.loads(tokenizer["config"]["word_index"])
    return np.array([[index[word] for word in text.split()] for text in texts], np.int32)


class World:
    """One model and one data set, in the forms in which mood and the frameworks read them."""

    def __init__(self, folder, mood, rows):
        self.data, self.model, self.arrays = folder / "data.csv", folder / "model.keras", folder / "data.npz"
        self.texts, labels = make_texts(rows)
        article.write_reviews(self.data, self.texts, labels)
        mood.fit(self.data, self.model, "--epochs", 1, "--validation-split", 0)  # so that scores differ
        self.x, self.y = read_ids(self.model, self.texts), labels.astype(np.float32)
        np.savez(self.arrays, x=self.x, y=self.y)


# ---- do they agree? -------------------------------------------------------------------------------------------


def check_scores(world, mood, processes):
    """The largest difference of each way to mood's scores."""
    scores = np.array(mood.scores(world.model, world.texts[:CHECK_ROWS]))
    print(f"Scores of {CHECK_ROWS} rows, {scores.min():.3f} to {scores.max():.3f}: largest difference to mood's, "
          f"less than {SAME_SCORE:g} wanted")
    differences = {}
    for process in processes:
        for way in process.about["ways"]:
            for batch in INFER_BATCHES:
                theirs = process.ask("predict", rows=CHECK_ROWS, batch=batch, way=way)
                difference = float(np.abs(np.array(theirs) - scores).max())
                differences[f"{process.name}, {way}, batch {batch}"] = difference
                print(f"  {process.name + ', ' + way:32} batch {batch:5}  {difference:.1e}", flush=True)
    return differences


def check_losses(world, mood, processes):
    """The largest relative difference of each framework's losses to mood's over the first steps of training."""
    rows = CHECK_STEPS * article.BATCH
    losses = np.array(mood.losses(world.model, world.x[:rows], world.y[:rows], article.BATCH, CHECK_STEPS))
    print(f"Losses of the first {CHECK_STEPS} steps of training: largest relative difference to mood's, less than "
          f"{SAME_LOSS:g} wanted")
    differences = {}
    for process in processes:
        if process.about["trains"]:
            steps = CHECK_STEPS_OF.get(process.name, CHECK_STEPS)
            theirs = np.array(process.ask("losses", rows=rows, batch=article.BATCH, steps=steps))
            differences[process.name] = float((np.abs(theirs - losses[:steps]) / losses[:steps]).max())
            note = "" if steps == CHECK_STEPS else f"  of {steps} step: its Adam is another one after that"
            print(f"  {process.name:32}              {differences[process.name]:.1e}{note}", flush=True)
    return differences


# ---- how fast are they? ---------------------------------------------------------------------------------------


class Section:
    """One kind of work at one size: each contestant's figure in each round, in seconds."""

    def __init__(self, title, key, work, batch, rows):
        self.title, self.key, self.work, self.batch, self.rows = title, key, work, batch, rows
        self.figures = {}

    def contestants(self, processes):
        """Pairs of a process and a way of its; None is mood."""
        yield None, None
        for process in processes:
            if self.work != "train":
                yield from ((process, way) for way in process.about["ways"])
            elif process.about["trains"]:
                yield process, None

    def warm_up(self, processes):
        """Peers stay and compile once, and mood warms up by itself; the last rows make an epoch's last batch."""
        if self.work == "train":
            for process in processes:
                if process.about["trains"]:
                    process.ask("train", rows=self.rows % self.batch + 50 * self.batch, batch=self.batch)

    def measure(self, world, mood, process, way):
        if not process:
            told = mood.measure(world.model, world.data, self.work, self.batch, self.rows)
            return told["p50_ms"] / 1e3 if self.work == "latency" else told["seconds_median"]
        if self.work == "train":
            return process.ask("train", rows=self.rows, batch=self.batch)["seconds"]
        if self.work == "latency":
            return process.ask("latency", rows=self.rows, way=way)["p50"]
        return process.ask("infer", rows=self.rows, batch=self.batch, way=way)["seconds"]

    def run_round(self, number, world, mood, processes, quiet):
        contestants = list(self.contestants(processes))
        first = number % len(contestants)
        for process, way in contestants[first:] + contestants[:first]:
            name = "mood" if not process else f"{process.name}, {way}" if way else process.name
            self.figures.setdefault(name, []).append(
                quiet.measure(lambda: self.measure(world, mood, process, way)))
            time.sleep(0.2)  # until the threads that waited for more work are asleep

    def ratios(self, name):
        """Of the same round: how many times mood's time this one takes."""
        return [theirs / ours for theirs, ours in zip(self.figures[name], self.figures["mood"])]

    def tell(self):
        names = sorted(self.figures, key=lambda name: (name != "mood", statistics.median(self.figures[name])))
        unit = "ms" if self.work == "latency" else "s"
        print(f"\n{self.title}\n  {'':32} {unit:>9} {'rows/s':>9}   × mood's time of the same round: median, range")
        for name in names:
            median, ratios = statistics.median(self.figures[name]), self.ratios(name)
            figure = median * 1e3 if self.work == "latency" else median
            rows = 1 if self.work == "latency" else self.rows
            spread = "" if name == "mood" else f"   {min(ratios):.2f} … {max(ratios):.2f}"
            print(f"  {name:32} {figure:9.3f} {rows / median:9.0f}   {statistics.median(ratios):6.2f}{spread}")
        sys.stdout.flush()

    def report(self):
        return {"work": self.work, "batch": self.batch, "rows": self.rows, "length": article.LENGTH,
                "contestants": {name: {"seconds": figures, "median": statistics.median(figures),
                                       "ratio_median": statistics.median(self.ratios(name)),
                                       "ratios": self.ratios(name)} for name, figures in self.figures.items()}}


def make_sections(wanted, train_rows):
    sections = {
        "infer": [Section(f"Inference, batch {batch:,}: {INFER_ROWS:,} rows of {article.LENGTH} words",
                          f"infer-{batch}", "infer", batch, INFER_ROWS) for batch in INFER_BATCHES],
        "latency": [Section(f"Inference, one row at a time: median of {LATENCY_ROWS} rows", "latency", "latency", 1,
                            LATENCY_ROWS)],
        "train": [Section(f"Training, an epoch: {train_rows:,} rows of {article.LENGTH} words, batch {article.BATCH}",
                          "train", "train", article.BATCH, train_rows)],
    }
    return [section for name in wanted.split(",") for section in sections[name]]


TARGETS = (("infer-1024", "PyTorch, eager", 1.0), ("train", "Keras (JAX)", 2.0), ("train", "Keras (TensorFlow)", 2.0))


def tell_targets(sections):
    """What mood has to reach; whether it does."""
    by_key, report = {section.key: section for section in sections}, []
    for key, name, wanted in TARGETS:
        if key in by_key and name in by_key[key].figures:
            ratio = statistics.median(by_key[key].ratios(name))
            report.append({"section": key, "peer": name, "wanted": wanted, "ratio": ratio, "met": ratio >= wanted})
            print(f"{'met' if ratio >= wanted else 'MISSED'}: {key}: {name} takes {ratio:.2f} × mood's time, at least "
                  f"{wanted:.2f} wanted")
    return report


# ---- the whole --------------------------------------------------------------------------------------------------


def choose(only):
    """The peers whose packages are there. Keras on PyTorch loops over the steps in Python; it has to be asked for."""
    names = only.split(",") if only else [name for name in KINDS if name != "Keras (PyTorch)"]
    for name in names:
        if name not in KINDS:
            raise SystemExit(f"there is no peer '{name}', only " + ", ".join(KINDS))
    missing = [name for name in names if not importlib.util.find_spec(KINDS[name][2])]
    if missing:
        print("not installed: " + ", ".join(missing))
    return [name for name in names if name not in missing]


def compare(options, world, mood, processes):
    versions = {key: value for process in processes for key, value in process.about["versions"].items()}
    report = {"machine": article.machine(), "threads": options.threads, "rounds": options.rounds,
              "versions": {"mood": mood.version, **versions}, "device": mood.device}
    machine = report["machine"]
    print(f"{machine['processor']}, {machine['cores']} cores, {machine['system']}; load {machine['load']}\n"
          f"mood on {mood.device['name']} ({mood.device['driver']}); {options.threads} threads each\n" +
          ", ".join(f"{name} {version}" for name, version in report["versions"].items()) + "\n")
    report["scores"] = check_scores(world, mood, processes)
    report["losses"] = check_losses(world, mood, processes)
    if max(report["scores"].values(), default=0) >= SAME_SCORE or max(report["losses"].values(), default=0) >= SAME_LOSS:
        print("They don't agree, so there is nothing to compare.")
        return report, False
    sections = make_sections(options.sections, options.train_rows)
    quiet = Quiet([process.process.pid for process in processes], options.patience)
    for section in sections:
        section.warm_up(processes)
        for number in range(options.rounds):
            section.run_round(number, world, mood, processes, quiet)
        section.tell()
    report["sections"] = {section.key: section.report() for section in sections}
    print()
    report["targets"] = tell_targets(sections)
    report["machine"]["load_after"] = round(os.getloadavg()[0], 2)
    report["machine"].update(repeated=quiet.repeated, disturbed=quiet.disturbed)
    print(f"load before {machine['load']}, after {machine['load_after']}; {quiet.repeated} measurements were repeated "
          f"because of other programs, {quiet.disturbed} kept although disturbed")
    return report, all(target["met"] for target in report["targets"])


def main():
    options = arguments()
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:options.threads])
    names = choose(options.only)
    mood = Mood(options.build, options.threads, options.device)
    with tempfile.TemporaryDirectory() as folder:
        world = World(Path(folder), mood, max(options.train_rows, INFER_ROWS))
        processes = [Process(name, world.model, world.arrays, options.threads) for name in names]
        report, good = compare(options, world, mood, processes)
        for process in processes:
            process.close()
    if options.json:
        Path(options.json).write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    return 0 if good else 1


sys.exit(main())
