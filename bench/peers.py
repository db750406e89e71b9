"""mood beside PyTorch, Keras, ONNX Runtime and OpenVINO: the same weights, the same ids, all in turn in each round."""
import argparse
import importlib.util
import json
import os
import sys
import tempfile
from pathlib import Path

os.environ.setdefault("KERAS_BACKEND", "jax")  # for Keras's Tokenizer here, which needs any
os.environ.setdefault("JAX_PLATFORMS", "cpu")

from agreement import Agreement, Disagreement
from contestants import Contestants
from frameworks import KINDS, Process
from machine import machine
from program import Mood
from quiet import Quiet
from sections import MOST_ROUNDS, NAMES, USUAL, Sections
from targets import targets
from terminal import tell_measurement, tell_target
from world import Worlds

TRAIN_ROWS = 25000


def arguments():
    parser = argparse.ArgumentParser(prog="bench/peers", description=__doc__, epilog="Exit status: 0 done, 1 when "
                                     "not all agree, or mood is slower than it has to be.")
    parser.add_argument("--build", help="the folder in which mood is built (build)")
    parser.add_argument("--venv", help="an environment of Python that has the frameworks; else one is made")
    parser.add_argument("--only", help="these peers, separated by commas: " + ", ".join(KINDS))
    parser.add_argument("--sections", default=",".join(USUAL), help="what to measure, of " + ", ".join(NAMES) +
                        " (%(default)s)")
    parser.add_argument("--rounds", type=int, default=5, help="(%(default)s)")
    parser.add_argument("--patience", type=int, default=20, metavar="N", help="measure again when other programs take "
                        "more than a twentieth of the processor, at most so often (%(default)s)")
    parser.add_argument("--threads", type=int, default=os.cpu_count(), help="for each; all are held to as many cores "
                        "(%(default)s)")
    parser.add_argument("--device", help="mood's, by index or a part of its name; the peers run on the CPU")
    parser.add_argument("--reviews", action="append", default=[], metavar="FILE.csv", help="measure on these texts "
                        "too, in columns text and label; may be .gz, and may be given again")
    parser.add_argument("--train-rows", type=int, default=TRAIN_ROWS, help="rows an epoch (%(default)s)")
    parser.add_argument("--json", metavar="FILE", help="write all figures here, for bench/tables")
    options = parser.parse_args()
    options.sections = options.sections.split(",")
    for name in options.sections:
        if name not in NAMES:
            parser.error(f"there is no section '{name}', only " + ", ".join(NAMES))
    return options


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


def describe(options, mood, processes):
    """The machine and the versions, told and given."""
    versions = {key: value for process in processes for key, value in process.versions.items()}
    about = {"machine": machine(), "threads": options.threads, "rounds": options.rounds,
             "versions": {"mood": mood.version, **versions}, "device": mood.device}
    here = about["machine"]
    print(f"{here['processor']}, {here['cores']} cores, {here['system']}; load {here['load']}\n"
          f"mood on {mood.device['name']} ({mood.device['driver']}); {options.threads} threads each\n" +
          ", ".join(f"{name} {version}" for name, version in about["versions"].items()), flush=True)
    return about


def measure(section, rounds, quiet):
    """A round goes over all of a section, so that all sizes meet the same moments."""
    for number in range(rounds):
        for measurement in section:
            measurement.run_round(number, quiet)
    for measurement in section:
        tell_measurement(measurement)
    return section


def compare(options, folder, mood, processes):
    """All sections, one after the other; what there is so far is kept after each."""
    report = describe(options, mood, processes)
    agreement = Agreement(mood, processes)
    quiet = Quiet([process.process.pid for process in processes], options.patience)
    sections, measured = Sections(Contestants(mood, processes), Worlds(folder, mood), agreement, options), []
    report["agreement"], report["disagreements"] = agreement.found, []
    for name in options.sections:
        print(f"\n---- {name} ----", flush=True)
        try:
            measured += measure(sections.make(name), min(options.rounds, MOST_ROUNDS.get(name, options.rounds)), quiet)
        except Disagreement as disagreement:
            print(f"{name}: {disagreement}")
            report["disagreements"].append(name)
        report["measurements"] = [measurement.report() for measurement in measured]
        report["targets"] = targets(measured)
        report["machine"].update(load_after=round(os.getloadavg()[0], 2), repeated=quiet.repeated,
                                 disturbed=quiet.disturbed)
        if options.json:
            Path(options.json).write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    return report


def tell_end(report):
    print()
    for target in report["targets"]:
        tell_target(target)
    here = report["machine"]
    print(f"load before {here['load']}, after {here['load_after']}; {here['repeated']} measurements were repeated "
          f"because of other programs, {here['disturbed']} kept although disturbed")


def main():
    options = arguments()
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:options.threads])
    mood = Mood(options.build, options.threads, options.device)
    with tempfile.TemporaryDirectory() as folder:
        processes = [Process(name, options.threads) for name in choose(options.only)]
        report = compare(options, Path(folder), mood, processes)
        for process in processes:
            process.close()
    tell_end(report)
    return 0 if all(target["met"] for target in report["targets"]) and not report["disagreements"] else 1


sys.exit(main())
