"""mood beside PyTorch, Keras, ONNX Runtime and OpenVINO: the same weights and ids, alternating in each round."""
import argparse
import os
import sys
import tempfile
from pathlib import Path

from frameworks import KINDS, Process, is_installed

SECTIONS = ("infer", "reviews", "length", "hidden", "latency", "text", "train", "train-reviews", "train-hidden",
            "layers", "masks", "train-layers", "default", "train-default", "start", "memory", "growth")
USUAL = ("infer", "reviews", "latency", "text", "train", "train-reviews", "start")
TRAIN_ROWS = 25000


def arguments():
    parser = argparse.ArgumentParser(prog="bench/peers", description=__doc__, epilog="Exit status: 0 done, 1 when "
                                     "not all agree, or mood is slower than it has to be.")
    parser.add_argument("--build", help="the folder in which mood is built (build)")
    parser.add_argument("--venv", help="an environment of Python that has the frameworks; else one is made")
    parser.add_argument("--only", help="these peers, separated by commas: " + ", ".join(KINDS))
    parser.add_argument("--sections", default=",".join(USUAL), help="what to measure, of " + ", ".join(SECTIONS) +
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
        if name not in SECTIONS:
            parser.error(f"there is no section '{name}', only " + ", ".join(SECTIONS))
    return options


def choose(only):
    """Peers whose packages are installed. Keras on PyTorch, which loops over steps in Python, only on request."""
    names = only.split(",") if only else [name for name in KINDS if name != "Keras (PyTorch)"]
    for name in names:
        if name not in KINDS:
            raise SystemExit(f"there is no peer '{name}', only " + ", ".join(KINDS))
    missing = [name for name in names if not is_installed(name)]
    if missing:
        print("not installed: " + ", ".join(missing))
    return [name for name in names if name not in missing]


def main():
    options = arguments()
    from comparison import compare, tell_end  # which want the frameworks' Python, and --help doesn't
    from program import Mood

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
