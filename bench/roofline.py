"""How near each kernel comes to what the device can do: its time, its floating-point operations, and the most that the
device does in the same run. Tables are of one round; kernels' time is the device's own clock's."""
import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections import namedtuple
from pathlib import Path

from costs import Costs, parse_layers
from machine import machine
from program import Mood

Case = namedtuple("Case", "key title work batch layers options")
ARTICLE = ("embedding:32 lstm:64 lstm:32 dense:16:relu dense:1:sigmoid", ("--length", 50))


def hidden(units):
    return f"embedding:128 lstm:{units} dense:1:sigmoid", ("--length", 200, "--rows", 128)


CASES = [
    Case("article-infer", "The article's model, inference", "infer", 1024, *ARTICLE),
    Case("article-train-32", "The article's model, training", "train", 32, *ARTICLE),
    Case("article-train-256", "The article's model, training", "train", 256, *ARTICLE),
    *(Case(f"{units}-{work}", f"An LSTM of {units}, rows of 200, {name}", work, 64, *hidden(units))
      for units in (256, 512) for work, name in (("infer", "inference"), ("train", "training"))),
]


def arguments():
    parser = argparse.ArgumentParser(prog="bench/roofline", description=__doc__, epilog="GFLOP/s count matrix products "
                                     "alone. 'asked' is what the model's equations ask for, 'done' what a kernel does: "
                                     "at inference a folded LSTM looks x·W up in a table that was made once.")
    parser.add_argument("--build", help="the folder in which mood is built (build)")
    parser.add_argument("--only", help="these, separated by commas: " + ", ".join(case.key for case in CASES))
    parser.add_argument("--rounds", type=int, default=5, help="at least 2 (%(default)s)")
    parser.add_argument("--threads", type=int, default=os.cpu_count(), help="(%(default)s)")
    parser.add_argument("--device", help="by index or a part of its name")
    parser.add_argument("--json", metavar="FILE", help="write all figures here")
    options = parser.parse_args()
    if options.rounds < 2:
        parser.error("--rounds has to be at least 2, since one round is told from several by the rest")
    return options


def run(command, environment):
    done = subprocess.run([*map(str, command)], stdout=subprocess.PIPE, encoding="utf-8", env=environment, check=False)
    if done.returncode:
        raise SystemExit(f"{' '.join(map(str, command))}: exit status {done.returncode}")
    return json.loads(done.stdout)


# ---- measuring --------------------------------------------------------------------------------------------------


class Line:
    """All launches of a kernel in one role."""

    def __init__(self):
        self.launches = self.seconds = self.asked = self.done = self.bytes = 0

    def add(self, seconds, cost):
        self.launches += 1
        self.seconds += seconds
        if cost:
            self.asked += cost.asked
            self.done += cost.done
            self.bytes += cost.bytes


class Roofline:
    def __init__(self, mood, folder):
        self.mood, self.log = mood, folder / "launches"
        self.costs = Costs(Path(__file__).resolve().parent.parent / "kernels")
        self.limits = run([mood.build / "bench/limits"], mood.environment)

    def launches(self, case, rounds):
        """What mood bench tells of so many rounds, and each launch: kernel, seconds, arguments."""
        environment = dict(self.mood.environment, LD_PRELOAD=str(self.mood.build / "bench/.libs/profile.so"),
                           MOOD_PROFILE=str(self.log), MOOD_PROFILE_ARGUMENTS=self.costs.wanted)
        told = run([self.mood.build / "mood", "bench", case.work, "--json", "--batch", case.batch, "--rounds", rounds,
                    "--layers", case.layers, *case.options], environment)
        with open(self.log, encoding="ascii") as file:
            words = [line.split() for line in file]
        return told, [(kernel, float(seconds), [*map(int, rest)]) for kernel, seconds, *rest in words]

    def measure(self, case, rounds):
        """What a round takes, by kernel and role. What another run of one round has less tells which launches are a
        round's: those before are the model's making and the round that warms up."""
        _, fewer = self.launches(case, 1)
        told, launches = self.launches(case, rounds)
        each, rest = divmod(len(launches) - len(fewer), rounds - 1)
        if rest or each == 0:
            raise SystemExit(f"{case.key}: one round is not like the other")
        folded = any(kernel.startswith("recurrent_tile_table") for kernel, _, _ in fewer)
        lines = {}
        for kernel, seconds, numbers in launches[-each * rounds:]:
            name, cost = self.costs.of_launch(kernel, numbers, parse_layers(case.layers), folded)
            label = f"{name} {cost.role}".strip() if cost else name
            lines.setdefault(label, Line()).add(seconds, cost)
        return self.report(case, told, rounds, lines)

    def report(self, case, told, rounds, lines):
        wall, peak = told["seconds_mean"], self.limits["gflops"]
        kernels = []
        for label, line in sorted(lines.items(), key=lambda pair: -pair[1].seconds):
            seconds = line.seconds / rounds
            figures = {"kernel": label, "launches": line.launches / rounds, "seconds": seconds,
                       "share": seconds / wall}
            if line.done:
                figures.update(gflops_asked=line.asked / line.seconds / 1e9, gflops=line.done / line.seconds / 1e9,
                               of_peak=line.done / line.seconds / 1e9 / peak,
                               operations_per_byte=line.done / line.bytes)
            kernels.append(figures)
        busy = sum(line.seconds for line in lines.values()) / rounds
        asked = told["gflops"] * told["seconds_median"] / wall
        done = sum(line.done for line in lines.values()) / rounds / wall / 1e9
        if told["kernels"] == "gemm":  # the products are CLBlast's, and none is saved
            done = asked
        return {"work": case.work, "batch": case.batch, "length": told["length"], "rows": told["rows"],
                "rounds": rounds, "seconds": wall, "no_kernel_seconds": wall - busy, "gflops": done,
                "of_peak": done / peak, "gflops_asked": asked, "kernels": kernels}


# ---- telling ----------------------------------------------------------------------------------------------------


def tell_limits(limits):
    caches = ", ".join(f"{cache['gigabytes_per_second']:.0f} from {cache['kilobytes']:,} KB a core"
                       for cache in limits["caches"])
    print(f"{limits['device']}, {limits['compute_units']} compute units, vectors of {limits['vector_width']} floats\n"
          f"multiply-adds in registers: {limits['gflops']:.0f} GFLOP/s; memory (triad): "
          f"{limits['memory_gigabytes_per_second']:.1f} GB/s; caches (reading), GB/s: {caches}\n"
          f"below {limits['gflops'] / limits['memory_gigabytes_per_second']:.1f} FLOP a byte memory is the limit, for "
          "what no cache holds", flush=True)


def tell(case, report):
    print(f"\n{case.title}, batch {case.batch:,}: {report['rows']:,} rows, {report['seconds']:.4f} s\n"
          f"  {'':48} {'launches':>8} {'seconds':>9} {'share':>6}   {'GFLOP/s: asked':>14} {'done':>6} {'of peak':>8} "
          f"{'FLOP/byte':>10}")
    for line in report["kernels"]:
        head = f"  {line['kernel']:48} {line['launches']:8.0f} {line['seconds']:9.5f} {line['share']:6.1%}"
        print(head + (f"   {line['gflops_asked']:14.1f} {line['gflops']:6.1f} {line['of_peak']:8.1%} "
                      f"{line['operations_per_byte']:10.1f}" if "gflops" in line else ""))
    rest = report["no_kernel_seconds"]
    print(f"  {'no kernel: the host, launches, copies':48} {'':8} {rest:9.5f} {rest / report['seconds']:6.1%}\n"
          f"  {'all':48} {sum(line['launches'] for line in report['kernels']):8.0f} {report['seconds']:9.5f} {1:6.1%}   "
          f"{report['gflops_asked']:14.1f} {report['gflops']:6.1f} {report['of_peak']:8.1%}", flush=True)


def main():
    options = arguments()
    wanted = options.only.split(",") if options.only else [case.key for case in CASES]
    unknown = set(wanted) - {case.key for case in CASES}
    if unknown:
        raise SystemExit(f"there is no {', '.join(sorted(unknown))}, only " + ", ".join(case.key for case in CASES))
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:options.threads])
    mood = Mood(options.build, options.threads, options.device)
    with tempfile.TemporaryDirectory() as folder:
        roofline = Roofline(mood, Path(folder))
        tell_limits(roofline.limits)
        reports = {}
        for case in CASES:
            if case.key in wanted:
                reports[case.key] = roofline.measure(case, options.rounds)
                tell(case, reports[case.key])
    if options.json:
        report = {"machine": machine(), "version": mood.version, "device": mood.device, "limits": roofline.limits,
                  "cases": reports}
        Path(options.json).write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    return 0


sys.exit(main())
