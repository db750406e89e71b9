"""Measures sections one after the other, prints the results and saves them."""
import json
import os
from pathlib import Path

from frameworks import keras_backend

os.environ.setdefault("KERAS_BACKEND", keras_backend())  # Keras's Tokenizer needs one, whichever it is
os.environ.setdefault("JAX_PLATFORMS", "cpu")

from agreement import Agreement, Disagreement
from contestants import Contestants
from machine import machine
from quiet import Quiet
from sections import MOST_ROUNDS, Sections
from targets import targets
from terminal import tell_measurement, tell_target
from world import Worlds


def describe(options, mood, processes):
    """Prints and returns the machine and the versions."""
    versions = {key: value for process in processes for key, value in process.versions.items()}
    about = {"machine": machine(), "threads": options.threads, "rounds": options.rounds,
             "versions": {"mood": mood.version, **versions}, "device": mood.device}
    here = about["machine"]
    print(f"{here['processor']}, {here['cores']} cores, {here['system']}; load {here['load']}\n"
          f"mood on {mood.device['name']} ({mood.device['driver']}); {options.threads} threads each\n" +
          ", ".join(f"{name} {version}" for name, version in about["versions"].items()), flush=True)
    return about


def measure(section, rounds, quiet):
    """Each round measures all sizes of a section, so that disturbances affect all of them."""
    for number in range(rounds):
        for measurement in section:
            measurement.run_round(number, quiet)
    for measurement in section:
        tell_measurement(measurement)
    return section


def compare(options, folder, mood, processes):
    """Measures all sections, and saves the results after each."""
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
