"""Models and texts, in the formats that mood and the frameworks read."""
import json
import zipfile
from pathlib import Path

import numpy as np

import article
from two_inputs import add_bags, has_two_inputs

ARTICLE = "article"


LAYERS = {
    "bidirectional": "embedding:128 bidirectional:lstm:64 dense:1:sigmoid",
    "gru": "embedding:128 gru:64 dense:1:sigmoid",
    "conv1d": "embedding:128 conv1d:128:5:relu globalmaxpooling1d dense:1:sigmoid",
}
MASKED = "embedding:32:mask_zero=True lstm:64 lstm:32 dense:16:relu dense:1:sigmoid"


def hidden(size):
    """The name of a model of one LSTM layer."""
    return f"lstm-{size}"


def layers_of(name):
    """The layers of a model of that name, in the notation of mood fit."""
    if name == ARTICLE:
        return "embedding:32 lstm:64 lstm:32 dense:16:relu dense:1:sigmoid"
    if name in LAYERS:
        return LAYERS[name]
    return f"embedding:128 lstm:{name.removeprefix('lstm-')} dense:1:sigmoid"


def word_index(model):
    """The number of each word in the tokenizer of a .keras file."""
    with zipfile.ZipFile(model) as archive:
        tokenizer = json.loads(archive.read("tokenizer.json"))
    while isinstance(tokenizer, str):
        tokenizer = json.loads(tokenizer)
    return json.loads(tokenizer["config"]["word_index"])


def random_rows(rows, length, words, seed=1):
    """Ids of rows without padding, and labels: positive are those with more of the first half's words."""
    ids = np.random.default_rng(seed).integers(1, words, (rows, length), np.int32)
    return ids, ((ids < words / 2).mean(axis=1) > 0.5).astype(np.float32)


def as_texts(rows):
    """Ids as words."""
    return [" ".join(f"w{id}" for id in row) for row in rows]


def all_words(words):
    """Texts from which a tokenizer learns w1 as 1, w2 as 2, …: all occur once, and first come first."""
    return as_texts(range(first, min(first + 50, words)) for first in range(1, words, 50))


class World:
    """A model, texts and their labels in a CSV file, and the same as ids x [n,T] and labels y [n]."""

    def __init__(self, name, model, data, texts, x, y, ways="ways"):
        self.name, self.model, self.data, self.texts, self.x, self.y = name, model, data, texts, x, y
        self.ways = ways  # the framework's attribute that lists its ways to predict with this model
        self.arrays = data.with_suffix(".npz")
        article.write_reviews(data, texts, y)
        bags = dict(zip(("columns", "values"), add_bags(model, x).arrays[1:])) if has_two_inputs(model) else {}
        np.savez(self.arrays, x=x, y=y, **bags)

    @property
    def length(self):
        return self.x.shape[1]

    def steps_saved(self):
        """The number of time steps of full rows divided by that of these rows without padding."""
        return self.x.size / np.count_nonzero(self.x)

    def mean_length(self):
        return float(np.count_nonzero(self.x, axis=1).mean())


class Worlds:
    """Creates them in a directory, each model and data set once."""

    def __init__(self, folder, mood):
        self.folder, self.mood, self.made = folder, mood, {}

    def _once(self, name, make):
        if name not in self.made:
            self.made[name] = make()
        return self.made[name]

    def model(self, name, length, words=article.WORDS):
        """A .keras file, trained a little so that scores differ."""
        def make():
            path, data = self.folder / f"{name}-{length}-{words}.keras", self.folder / f"words-{words}.csv"
            texts = all_words(words)
            article.write_reviews(data, texts, [i % 2 for i in range(len(texts))])
            self.mood.fit(data, path, "--layers", layers_of(name), "--maxlen", length, "--num-words", words,
                          "--epochs", 3, "--learning-rate", 0.01, "--validation-split", 0)
            if word_index(path).get(f"w{words - 1}") != words - 1:
                raise SystemExit(f"{path}: the words have other numbers than they should")
            return path
        return self._once((name, length, words), make)

    def full(self, name, length, rows):
        """Random rows without padding."""
        model = self.model(name, length)

        def make():
            x, y = random_rows(rows, length, article.WORDS)
            return World(f"{name}, full rows of {length}", model, self.folder / f"{model.stem}-{rows}.csv",
                         as_texts(x.tolist()), x, y)
        return self._once((model, rows), make)

    def reviews(self, path, length=article.LENGTH, most=None, masked=False):
        """The reviews of a CSV file, or the first of them, and the article's model trained on them once. Masked: its
        Embedding masks the padding, which is at the end."""
        name = Path(path).name.split(".")[0]
        options = ["--layers", MASKED, "--padding", "post"] if masked else ["--preset", "article"]

        def make():
            texts, y = (part[:most] for part in article.read_reviews(path))
            texts = [text.replace("\r", " ").replace("\n", " ") for text in texts]  # a line is a text for mood predict
            data = self.folder / f"{name}-{length}-{len(texts)}{'-masked' if masked else ''}.csv"
            model = data.with_suffix(".keras")
            article.write_reviews(data, texts, y)
            self.mood.fit(data, model, "--maxlen", length, "--epochs", 1, "--validation-split", 0, *options)
            tokenizer = article.keras_tokenizer(texts)
            if word_index(model) != tokenizer.word_index:
                raise SystemExit(f"{path}: mood and Keras learn other words from it")
            x = article.keras_rows(tokenizer, texts, length, "post" if masked else "pre")
            return World(name, model, data, texts, x, y.astype(np.float32),
                         "masked_ways" if masked else "ways")
        return self._once((path, length, most, masked), make)

    def default(self, path):
        """The reviews of a CSV file, with the default model of mood fit."""
        name = Path(path).name.split(".")[0]

        def make():
            texts, y = article.read_reviews(path)
            texts = [text.replace("\r", " ").replace("\n", " ") for text in texts]
            data = self.folder / f"{name}-default.csv"
            model = data.with_suffix(".keras")
            article.write_reviews(data, texts, y)
            self.mood.fit(data, model, "--epochs", 2)
            return World(name, model, data, texts, np.array(self.mood.tokenize(model, texts), np.int32),
                         y.astype(np.float32), "two_input_ways")
        return self._once(("default", path), make)
