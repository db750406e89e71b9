"""Training steps from the same weights with the same batches in mood and in Keras: the loss of every step."""
import argparse
import json
import os
import sys
import tempfile
from pathlib import Path

os.environ.setdefault("KERAS_BACKEND", "jax")

import numpy as np

import article
from frameworks import Process
from program import Mood

SAME_LOSS = 1e-4


def arguments():
    parser = argparse.ArgumentParser(prog="bench/parity", description=__doc__, epilog="Exit status: 0 when every "
                                     "step's losses differ by less than 1e-4 of their value, else 1.")
    parser.add_argument("--build", help="the folder in which mood is built (build)")
    parser.add_argument("--venv", help="an environment of Python that has Keras, JAX and PyTorch; else one is made")
    parser.add_argument("--steps", type=int, default=100, help="(%(default)s)")
    parser.add_argument("--seed", type=int, default=1, help="of Keras's initial weights and the reviews' order (%(default)s)")
    parser.add_argument("--device", help="mood's, by index or a part of its name")
    parser.add_argument("--json", metavar="FILE", help="write all losses here")
    return parser.parse_args()


def make_files(folder, seed):
    """Keras's initial weights, and all reviews in a random order as ids."""
    import keras

    keras.utils.set_random_seed(seed)
    texts, labels = article.read_reviews()
    order = np.random.default_rng(seed).permutation(len(texts))
    texts, y = [texts[i] for i in order], labels[order].astype(np.float32)
    (x,) = article.keras_ids(texts, texts)
    article.keras_model().save(folder / "initial.keras")
    np.savez(folder / "data.npz", x=x, y=y)
    return x, y


def all_losses(options, folder):
    x, y = make_files(folder, options.seed)
    mood = Mood(options.build, device=options.device)
    losses = {"mood": mood.losses(folder / "initial.keras", x, y, article.BATCH, options.steps)}
    versions = {"mood": mood.version}
    for name in ("Keras (JAX)", "Keras (PyTorch)"):
        process = Process(name, os.cpu_count())
        losses[name] = process.ask("losses", folder / "initial.keras", folder / "data.npz",
                                   batch=article.BATCH, steps=options.steps)
        versions.update(process.versions)
        process.close()
    print(f"mood on {mood.device['name']} ({mood.device['driver']})\n" +
          ", ".join(f"{name} {version}" for name, version in versions.items()))
    print(f"{len(x):,} reviews in batches of {article.BATCH}, in the same order each time round; Adam 0.001\n")
    return losses


def difference(losses, name, other):
    """Relative differences of the losses of each step."""
    return np.abs(np.array(losses[name]) / np.array(losses[other]) - 1)


def tell(losses):
    """A table of steps, the largest differences; whether they are small enough."""
    kerases = [name for name in losses if name != "mood"]
    steps = len(losses["mood"])
    print(f"  step        mood" + "".join(f"{name:>20}  difference" for name in kerases))
    for step in sorted({1, 2, 3, 5, *range(10, steps, 10), steps}):
        print(f"{step:6}  {losses['mood'][step - 1]:10.7f}" + "".join(
            f"{losses[name][step - 1]:20.7f}  {difference(losses, 'mood', name)[step - 1]:10.1e}" for name in kerases))
    print()
    for name, other in [("mood", name) for name in kerases] + [(kerases[1], kerases[0])]:
        each = difference(losses, name, other)
        print(f"{name} and {other}: at most {each.max():.1e} of the loss apart, at step {each.argmax() + 1} of {steps}")
    good = all(difference(losses, "mood", name).max() < SAME_LOSS for name in kerases)
    print(f"{'met' if good else 'MISSED'}: less than {SAME_LOSS:g} at every step")
    return good


def main():
    options = arguments()
    with tempfile.TemporaryDirectory() as folder:
        losses = all_losses(options, Path(folder))
    if options.json:
        Path(options.json).write_text(json.dumps(losses, indent=1) + "\n", encoding="utf-8")
    return 0 if tell(losses) else 1


sys.exit(main())
