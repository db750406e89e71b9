"""Make what the tests of TextVectorization's bags of words compare with: vectorization/bags….

    KERAS_BACKEND=tensorflow python vectorization_bags.py

vectorization/bags.json: what the layer makes of the texts of vectorization/text.json, for several settings: its config, its
vocabulary and idf_weights after adapt(), and for each text the columns that are not 0, with their numbers.
vectorization/bags-NAME.keras are models that begin with the layer, trained on real reviews, and vectorization/bags-NAME.csv
has other reviews with what predict() returns for them. vectorization/folder is bags-tf_idf.keras as a folder (zipped=False).

Committed: made by Keras 3.15.1 with TensorFlow 2.21.
"""
import csv
import gzip
import json

import keras
import numpy as np
import tensorflow as tf
from keras import layers

from vectorization import FITTED, FOLDER, TEXTS, compiled, reset, save

REVIEWS = FOLDER.parent.parent / "data" / "uci-reviews.csv.gz"
SETTINGS = [
    {}, {"max_tokens": 7}, {"max_tokens": 2}, {"max_tokens": 120, "pad_to_max_tokens": True},
    {"ngrams": 2, "max_tokens": 30}, {"ngrams": (2,), "pad_to_max_tokens": True, "max_tokens": 25},
    {"split": "character", "standardize": "lower"}, {"split": None}, {"standardize": None},
    {"vocabulary": ["the", "cat", "[UNK]", "dogs"], "standardize": None},
    {"vocabulary": ["[UNK]", "the", "cat and", "cat"], "ngrams": 2},
    {"vocabulary": ["the", "cat", "and"], "max_tokens": 9, "pad_to_max_tokens": True},
]


def weights_of(layer):
    return [float(weight) for weight in layer._lookup_layer.idf_weights_const.numpy()]


def make_cases():
    cases = []
    for mode in ["multi_hot", "count", "tf_idf"]:
        for setting in SETTINGS:
            given = "vocabulary" in setting
            weighs = given and mode == "tf_idf"
            idf = {"idf_weights": [1.5 / (1 + i) for i in range(len(setting["vocabulary"]))]} if weighs else {}
            layer = layers.TextVectorization(output_mode=mode, **setting, **idf)
            if not given:
                layer.adapt(FITTED)
            rows = []
            for text in TEXTS:
                bag = np.array(layer([[text]]))[0].astype(float)
                rows.append([[int(column), float(f"{bag[column]:.9g}")] for column in np.nonzero(bag)[0]])
            case = {"config": layer.get_config(), "given": given, "width": len(bag), "rows": rows,
                    "vocabulary": [str(word) for word in layer.get_vocabulary()]}
            if mode == "tf_idf":
                case["idf"] = weights_of(layer)
            cases.append(case)
    (FOLDER / "bags.json").write_text(json.dumps({"fitted": FITTED, "texts": TEXTS, "cases": cases}))


def read_reviews():
    """Reviews that a line of the CSV files below can have, with their labels."""
    with gzip.open(REVIEWS, "rt", encoding="utf-8", newline="") as file:
        rows = [(row["text"], float(row["label"])) for row in csv.DictReader(file)]
    return [(text, label) for text, label in rows if '"' not in text and "\n" not in text and "\\" not in text][:1200]


def main():
    make_cases()
    reviews = read_reviews()
    trained, others = reviews[:1000], reviews[1000:]
    texts = [text for text, _ in trained]

    reset()
    layer = layers.TextVectorization(output_mode="multi_hot", max_tokens=300, sparse=True)
    layer.adapt(texts)
    model = keras.Sequential([keras.Input(shape=(1,), dtype="string"), layer, layers.Dense(6, activation="relu"),
                              layers.Dense(1, activation="sigmoid")])
    save("bags-multi_hot", compiled(model, trained), others)

    reset()
    layer = layers.TextVectorization(output_mode="count", max_tokens=250, pad_to_max_tokens=True, split="character")
    layer.adapt(texts)
    inputs = keras.Input(shape=(1,), dtype="string")
    x = layers.Dense(6, activation="relu")(layer(inputs))
    left, right = layers.Dense(4, activation="tanh")(x), layers.Dense(4, activation="relu")(x)
    outputs = layers.Dense(1, activation="sigmoid")(layers.Concatenate()([left, right]))
    save("bags-count", compiled(keras.Model(inputs, outputs), trained), others)

    reset()
    layer = layers.TextVectorization(output_mode="tf_idf", max_tokens=400, ngrams=2)
    layer.adapt(texts)
    model = keras.Sequential([keras.Input(shape=(1,), dtype="string"), layer, layers.Dropout(0.2),
                              layers.Dense(1, activation="sigmoid")])
    save("bags-tf_idf", compiled(model, trained), others)
    keras.saving.save_model(model, str(FOLDER / "folder"), zipped=False)
    words, weights = [str(word) for word in layer.get_vocabulary()], weights_of(layer)

    reset()
    given = layers.TextVectorization(output_mode="tf_idf", ngrams=2, vocabulary=words[1:], idf_weights=weights[1:])
    model = keras.Sequential([keras.Input(shape=(1,), dtype="string"), given, layers.Dense(5, activation="relu"),
                              layers.Dense(1, activation="sigmoid")])
    save("bags-given", compiled(model, trained), others)
    document = keras.saving.serialize_keras_object(given)
    (FOLDER / "bags-layer.json").write_text(json.dumps(document))


if __name__ == "__main__":
    main()
