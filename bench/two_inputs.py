"""The default model of mood fit: a Bidirectional LSTM on ids, concatenated with a Dense layer on bags of n-grams. For
frameworks that cannot read its .keras file."""
import io
import json
import zipfile
from dataclasses import dataclass

import numpy as np


class Rows:
    """Arrays with one row per text: ids [n,T]; the columns [n,G] of its n-grams; their values [n,G], TF-IDF with an L2
    norm of 1. Rows with fewer than G n-grams are padded with the column V and the value 0."""

    def __init__(self, *arrays):
        self.arrays = arrays

    def __len__(self):
        return len(self.arrays[0])

    def __getitem__(self, which):
        return Rows(*(array[which] for array in self.arrays))


def has_two_inputs(path):
    with zipfile.ZipFile(path) as archive:
        return "ngrams.json" in archive.namelist()


# ---- n-grams ---------------------------------------------------------------------------------------------------


def read_ngrams(path):
    """The column of each n-gram, and the idf of each column, as TextVectorization computes it."""
    with zipfile.ZipFile(path) as archive:
        ngrams = json.loads(archive.read("ngrams.json"))
    if ngrams["mode"] != "tf_idf":
        raise SystemExit(f"{path}: mode of ngrams.json: {ngrams['mode']}; only tf_idf is supported")
    columns = {tuple(ngram): column for column, ngram in enumerate(ngrams["ngrams"])}
    return columns, np.log(1 + ngrams["rows"] / (1 + np.array(ngrams["rows_with"])))


def bag_of(ids, columns, idf, max_length):
    """The columns of one row's n-grams, and their values, TF-IDF with an L2 norm of 1."""
    words, counts = [int(id) for id in ids if id], {}
    for length in range(1, max_length + 1):
        for first in range(len(words) - length + 1):
            column = columns.get(tuple(words[first:first + length]))
            if column is not None:
                counts[column] = counts.get(column, 0) + 1
    found = np.array(list(counts), np.int32)
    values = np.array(list(counts.values()), np.float64) * idf[found]
    return found, values / max(float(np.sqrt((values ** 2).sum())), 1e-12)


def add_bags(path, x):
    """Ids x [n,T] and their bags."""
    columns, idf = read_ngrams(path)
    max_length = max(map(len, columns))
    bags = [bag_of(row, columns, idf, max_length) for row in x]
    shape = len(x), max(len(row_columns) for row_columns, _ in bags)
    padded_columns, padded_values = np.full(shape, len(idf), np.int32), np.zeros(shape, np.float32)
    for row, (row_columns, row_values) in enumerate(bags):
        padded_columns[row, :len(row_columns)], padded_values[row, :len(row_values)] = row_columns, row_values
    return Rows(x, padded_columns, padded_values)


def dense_bags(rows, size):
    """The inputs of the Keras model: ids [n,T] and dense bags [n,V]; size: V."""
    ids, columns, values = rows.arrays
    bags = np.zeros((len(ids), size + 1), np.float32)
    np.put_along_axis(bags, columns, values, axis=1)
    return Rows(ids, bags[:, :size])


# ---- weights ---------------------------------------------------------------------------------------------------


@dataclass
class Weights:
    words: np.ndarray  # [words,E]
    forward: list  # kernel [E,4H], recurrent kernel [H,4H], bias [4H], with the gates i, f, c, o
    backward: list
    bag: np.ndarray  # [V,B]
    dense: list  # kernel [4H+B,1], bias [1]; inputs: maximum, mean, bag


def read_weights(path):
    import h5py

    with zipfile.ZipFile(path) as archive, h5py.File(io.BytesIO(archive.read("model.weights.h5"))) as file:
        def arrays(layer):
            variables = file["layers"][layer]["vars"]
            return [np.array(variables[str(i)]) for i in range(len(variables))]
        return Weights(arrays("embedding")[0], arrays("bidirectional/forward_layer/cell"),
                       arrays("bidirectional/backward_layer/cell"), arrays("dense")[0], arrays("dense_1"))
