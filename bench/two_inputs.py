"""The model that mood fit makes without options: a Bidirectional LSTM on ids, beside a Dense on bags of n-grams. For
frameworks that cannot read its .keras file."""
import io
import json
import zipfile
from dataclasses import dataclass

import numpy as np


class Rows:
    """Arrays with the same rows: ids [n,T], and the columns [n,G] of the n-grams with their values [n,G] in the
    bag of unit length. Rows with fewer n-grams end with the column V, whose values are 0."""

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
        raise SystemExit(f"{path}: bags are {ngrams['mode']} instead of tf_idf")
    columns = {tuple(ngram): column for column, ngram in enumerate(ngrams["ngrams"])}
    return columns, np.log(1 + ngrams["rows"] / (1 + np.array(ngrams["rows_with"])))


def bag_of(ids, columns, idf, longest):
    """The columns of one row's n-grams with their values, which have a length of 1."""
    words, counts = [int(id) for id in ids if id], {}
    for length in range(1, longest + 1):
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
    longest = max(map(len, columns))
    bags = [bag_of(row, columns, idf, longest) for row in x]
    most = max(len(found) for found, _ in bags)
    grams, values = np.full((len(x), most), len(idf), np.int32), np.zeros((len(x), most), np.float32)
    for row, (found, of_found) in enumerate(bags):
        grams[row, :len(found)], values[row, :len(found)] = found, of_found
    return Rows(x, grams, values)


def dense_bags(rows, columns):
    """[n,V], the input of the Keras model."""
    ids, grams, values = rows.arrays
    bags = np.zeros((len(ids), columns + 1), np.float32)
    np.put_along_axis(bags, grams, values, axis=1)
    return Rows(ids, bags[:, :columns])


# ---- weights ---------------------------------------------------------------------------------------------------


@dataclass
class Weights:
    words: np.ndarray  # [words,E]
    forward: list  # kernel [E,4H], recurrent kernel [H,4H], bias [4H], with the gates i, f, c, o
    backward: list
    bag: np.ndarray  # [V,B]
    dense: list  # kernel [4H+B,1], bias [1]; of largest and mean states of both directions, then the bag


def read_weights(path):
    import h5py

    with zipfile.ZipFile(path) as archive, h5py.File(io.BytesIO(archive.read("model.weights.h5"))) as file:
        def arrays(place):
            variables = file["layers"][place]["vars"]
            return [np.array(variables[str(i)]) for i in range(len(variables))]
        return Weights(arrays("embedding")[0], arrays("bidirectional/forward_layer/cell"),
                       arrays("bidirectional/backward_layer/cell"), arrays("dense")[0], arrays("dense_1"))
