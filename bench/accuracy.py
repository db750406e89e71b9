"""Accuracy of mood and Keras on held-out reviews, trained on the same split with the same settings."""
import argparse
import json
import os
import sys
import tempfile
from pathlib import Path

os.environ.setdefault("KERAS_BACKEND", "jax")

import numpy as np

import article
from program import Mood

TEST_PART, VALIDATION_PART = 0.2, 0.2
WANTED = 0.78


def arguments():
    parser = argparse.ArgumentParser(prog="bench/accuracy", description=__doc__, epilog=f"Exit status: 0 when mood's "
                                     f"mean is at least {WANTED}, else 1.")
    parser.add_argument("--build", help="the folder in which mood is built (build)")
    parser.add_argument("--venv", help="an environment of Python that has Keras and JAX; else one is made")
    parser.add_argument("--seeds", type=int, default=5, help="of splits, weights and orders (%(default)s)")
    parser.add_argument("--epochs", type=int, default=article.EPOCHS, help="(%(default)s)")
    parser.add_argument("--validation-split", type=float, default=VALIDATION_PART,
                        help="part of the training reviews that is not trained on (%(default)s)")
    parser.add_argument("--device", help="mood's, by index or a part of its name")
    parser.add_argument("--json", metavar="FILE", help="write all figures here")
    return parser.parse_args()


def split(seed):
    """Training texts and labels, and the held-out ones."""
    texts, labels = article.read_reviews()
    order = np.random.default_rng(seed).permutation(len(texts))
    held = order[:int(len(texts) * TEST_PART)]
    learnt = order[len(held):]
    return ([texts[i] for i in learnt], labels[learnt]), ([texts[i] for i in held], labels[held])


def run_mood(mood, seed, options, learnt, held, folder):
    model, data, test = folder / "model.keras", folder / "learnt.csv", folder / "held.csv"
    article.write_reviews(data, *learnt)
    article.write_reviews(test, *held)
    mood.fit(data, model, "--preset", "article", "--seed", seed, "--epochs", options.epochs,
             "--validation-split", options.validation_split,
             "--validation-split-mode", "last")
    return mood.evaluate(model, test)["accuracy"]


def run_keras(seed, options, learnt, held):
    """As in mood: only words of the training reviews."""
    import keras

    keras.utils.set_random_seed(seed)
    texts, labels = learnt
    rows = int(np.floor(len(texts) * (1 - options.validation_split)))
    x, x_held = article.keras_ids(texts[:rows], texts, held[0])
    model = article.keras_model()
    model.fit(x, labels[:, None].astype(np.float32), epochs=options.epochs, batch_size=article.BATCH,
              validation_split=options.validation_split, verbose=0)
    return model.evaluate(x_held, held[1][:, None].astype(np.float32), verbose=0)[1]


def main():
    options = arguments()
    mood = Mood(options.build, device=options.device)
    import jax
    import keras

    versions = {"mood": mood.version, "keras": keras.__version__, "jax": jax.__version__}
    print(f"mood on {mood.device['name']} ({mood.device['driver']})\n" +
          ", ".join(f"{name} {version}" for name, version in versions.items()))
    figures = {"mood": [], "Keras": []}
    for seed in range(1, options.seeds + 1):
        learnt, held = split(seed)
        if seed == 1:
            print(f"{len(learnt[0])} reviews to learn, of which {options.validation_split:.0%} are for validation; "
                  f"{len(held[0])} held back; {options.epochs} epochs, batch {article.BATCH}\n\n  seed    mood   Keras")
        with tempfile.TemporaryDirectory() as folder:
            figures["mood"].append(run_mood(mood, seed, options, learnt, held, Path(folder)))
        figures["Keras"].append(float(run_keras(seed, options, learnt, held)))
        print(f"{seed:6}  {figures['mood'][-1]:.4f}  {figures['Keras'][-1]:.4f}", flush=True)
    means = {name: float(np.mean(each)) for name, each in figures.items()}
    deviations = {name: float(np.std(each, ddof=1)) if len(each) > 1 else 0.0 for name, each in figures.items()}
    print(f"  mean  {means['mood']:.4f}  {means['Keras']:.4f}\n"
          f"   dev  {deviations['mood']:.4f}  {deviations['Keras']:.4f}\n")
    good = means["mood"] >= WANTED
    print(f"{'met' if good else 'MISSED'}: mood's mean {means['mood']:.4f}, at least {WANTED} wanted")
    if options.json:
        Path(options.json).write_text(json.dumps({"versions": versions, "machine": article.machine(), "means": means,
                                                  "accuracy": figures}, indent=1) + "\n", encoding="utf-8")
    return 0 if good else 1


sys.exit(main())
