"""mood fit as it comes, and with --vectors none, beside TF-IDF with logistic regression and fastText, on the same
splits."""
import argparse
import csv
import gzip
import json
import tempfile
import time
from pathlib import Path

import numpy as np

from program import Mood

csv.field_size_limit(1 << 30)

# file of training rows; file of test rows, the part that is split off at random, or N: every Nth row, which the shipped
# models have not seen either; metric, character n-grams for the baselines, and the values wanted of mood with and without
# vectors
SETS = {
    "uci-reviews": ("uci-reviews", 0.2, "accuracy", False, 0.87, 0.82),
    "sst2": ("sst2-train", "sst2-dev", "accuracy", False, 0.85, 0.82),
    "imdb": ("imdb-train", 10, "accuracy", False, 0.91, 0.90),
    "waimai": ("waimai-train", 0.2, "accuracy", True, 0.915, 0.905),
    "emotion": ("emotion-train", "emotion-val", "macro-F1", False, 0.69, 0.60),
}


def arguments():
    parser = argparse.ArgumentParser(prog="bench/quality", description=__doc__)
    parser.add_argument("--data", required=True, type=Path, help="the folder of the data sets, NAME.csv.gz")
    parser.add_argument("--build", help="the folder in which mood is built (build)")
    parser.add_argument("--venv", help="an environment of Python with scikit-learn and fasttext")
    parser.add_argument("--sets", default=",".join(SETS), help="(%(default)s)")
    parser.add_argument("--seeds", type=int, default=5, help="of splits and weights (%(default)s)")
    parser.add_argument("--baselines", default="tfidf,fasttext", help="those to run, or none (%(default)s)")
    parser.add_argument("--json", metavar="FILE", help="write all figures here")
    return parser.parse_args()


def read(path):
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return [row["text"] for row in rows], [row["label"] for row in rows]


def write(path, texts, labels):
    with open(path, "w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["text", "label"])
        writer.writerows(zip(texts, labels))


def split(folder, name, seed):
    """Texts and labels for training, and for the test."""
    source, other = SETS[name][:2]
    texts, labels = read(folder / f"{source}.csv.gz")
    if isinstance(other, str):
        return (texts, labels), read(folder / f"{other}.csv.gz")
    rows = np.arange(len(texts))
    if isinstance(other, int):
        held, learnt = rows[other - 1 :: other], rows[rows % other != other - 1]
    else:
        held, learnt = np.split(np.random.default_rng(seed).permutation(rows), [int(len(texts) * other)])
    return tuple(([texts[i] for i in part], [labels[i] for i in part]) for part in (learnt, held))


def score(metric, truth, predicted):
    from sklearn.metrics import accuracy_score, f1_score

    return f1_score(truth, predicted, average="macro") if metric == "macro-F1" else accuracy_score(truth, predicted)


def run_mood(mood, name, seed, learnt, held, folder, *options):
    data, test, model = folder / "learnt.csv", folder / "held.csv", folder / "model.keras"
    write(data, *learnt)
    write(test, *held)
    began = time.monotonic()
    mood.fit(data, model, "--seed", seed, *options)
    seconds = time.monotonic() - began
    result = mood.evaluate(model, test)
    return (result["macro_f1"] if SETS[name][2] == "macro-F1" else result["accuracy"]), seconds


def run_tfidf(name, learnt, held):
    import warnings

    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import GridSearchCV
    from sklearn.pipeline import make_pipeline

    metric, characters = SETS[name][2:4]
    options = {"analyzer": "char"} if characters else {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = GridSearchCV(
            make_pipeline(TfidfVectorizer(ngram_range=(1, 2), **options), LogisticRegression(max_iter=1000)),
            {"logisticregression__C": [0.3, 1, 3, 10, 30, 100]}, cv=5,
            scoring="f1_macro" if metric == "macro-F1" else "accuracy")
        model.fit(*learnt)
    return score(metric, held[1], model.predict(held[0]))


def run_fasttext(name, learnt, held, seconds, folder):
    """Autotuned on a tenth of the training rows for as long as mood trained."""
    import fasttext

    def line(text):
        words = list(text) if SETS[name][3] else text.lower().split()
        return " ".join(word for word in words if word.strip())

    rows = [f"__label__{label} {line(text)}\n" for text, label in zip(*learnt)]
    np.random.default_rng(0).shuffle(rows)
    cut = len(rows) // 10
    (folder / "validation.txt").write_text("".join(rows[:cut]), encoding="utf-8")
    (folder / "train.txt").write_text("".join(rows[cut:]), encoding="utf-8")
    model = fasttext.train_supervised(str(folder / "train.txt"), autotuneDuration=max(int(seconds), 5), verbose=0,
                                      autotuneValidationFile=str(folder / "validation.txt"))
    predicted = [model.f.predict(line(text) + "\n", 1, 0.0, "strict")[0][1].removeprefix("__label__")
                 for text in held[0]]
    return score(SETS[name][2], held[1], predicted)


def measure(mood, options, name):
    figures = {"mood": [], "mood, no vectors": [], "seconds": [], "TF-IDF + LR": [], "fastText": []}
    for seed in range(1, options.seeds + 1):
        learnt, held = split(options.data, name, seed)
        with tempfile.TemporaryDirectory() as temporary:
            folder = Path(temporary)
            value, seconds = run_mood(mood, name, seed, learnt, held, folder)
            figures["mood"].append(value)
            figures["seconds"].append(seconds)
            figures["mood, no vectors"].append(
                run_mood(mood, name, seed, learnt, held, folder, "--vectors", "none")[0])
            if "tfidf" in options.baselines and (seed == 1 or isinstance(SETS[name][1], float)):
                figures["TF-IDF + LR"].append(run_tfidf(name, learnt, held))
            if "fasttext" in options.baselines:
                figures["fastText"].append(run_fasttext(name, learnt, held, seconds, folder))
    return figures


def mean(values):
    return f"{np.mean(values):.4f}" if values else "–"


def main():
    options = arguments()
    mood = Mood(options.build)
    print(f"mood {mood.version} on {mood.device['name']}; means of {options.seeds} seeds\n\n"
          "| data | metric | mood fit | wanted | --vectors none | wanted | TF-IDF + LR | fastText | seconds |\n"
          "|---|---|---|---|---|---|---|---|---|", flush=True)
    results = {}
    for name in options.sets.split(","):
        figures = results[name] = measure(mood, options, name)
        metric, _, wanted, wanted_without = SETS[name][2:]
        print(f"| {name} | {metric} | {mean(figures['mood'])} | {wanted} | {mean(figures['mood, no vectors'])} | "
              f"{wanted_without} | {mean(figures['TF-IDF + LR'])} | {mean(figures['fastText'])} | "
              f"{np.mean(figures['seconds']):.0f} |", flush=True)
    if options.json:
        Path(options.json).write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")


main()
