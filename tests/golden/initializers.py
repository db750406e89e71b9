"""Make initializers.json, which check_initializers.c compares with: Keras's initializers as Keras writes them into a
config, and the statistics of a large matrix of each.

    KERAS_BACKEND=jax python initializers.py

Committed: made by Keras 3.15.1 (jax 0.10.2, numpy 2.4.6); Python 3.11.
"""
import json

import keras
import numpy as np
from keras import initializers

ROWS, COLUMNS = 200, 300

INITIALIZERS = [
    initializers.Zeros(),
    initializers.Ones(),
    initializers.Constant(-0.75),
    initializers.RandomNormal(),
    initializers.RandomNormal(mean=2.0, stddev=0.3),
    initializers.RandomUniform(),
    initializers.RandomUniform(minval=-1.0, maxval=3.0),
    initializers.TruncatedNormal(),
    initializers.TruncatedNormal(mean=-1.0, stddev=0.5),
    initializers.VarianceScaling(),
    *[initializers.VarianceScaling(scale=2.5, mode=mode, distribution=distribution)
      for mode in ("fan_in", "fan_out", "fan_avg")
      for distribution in ("truncated_normal", "untruncated_normal", "uniform")],
    initializers.GlorotUniform(),
    initializers.GlorotNormal(),
    initializers.HeUniform(),
    initializers.HeNormal(),
    initializers.LecunUniform(),
    initializers.LecunNormal(),
    initializers.Orthogonal(),
    initializers.Orthogonal(gain=1.5),
    initializers.Identity(),
]


def main():
    keras.utils.set_random_seed(1)
    cases = []
    for initializer in INITIALIZERS:
        values = np.asarray(initializer((ROWS, COLUMNS)), dtype="float64")
        spread = values.std()
        cases.append({
            "config": initializers.serialize(initializer),
            "mean": values.mean(),
            "stddev": spread,
            "least": values.min(),
            "greatest": values.max(),
            "kurtosis": ((values - values.mean()) ** 4).mean() / spread ** 4 if spread > 0 else 0.0,
        })
    with open("initializers.json", "w") as file:
        json.dump({"keras": keras.__version__, "rows": ROWS, "columns": COLUMNS, "cases": cases}, file, indent=1)
        file.write("\n")


main()
