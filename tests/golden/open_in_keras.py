"""Open .keras files that mood wrote, in Python's Keras.

    python open_in_keras.py FILE.keras GOLDEN.json ...
FILE is mood's copy of the model of GOLDEN.json (see keras_files.py), trained on by mood or not. Keras has to
open it without a warning, predict the same to 1e-6 (when not trained on), and lose the same to 1e-4 in the
training steps that follow.
"""
import json
import os
import sys
import warnings

os.environ.setdefault("KERAS_BACKEND", "jax")

import keras
import numpy as np


def worst(mine, wanted, relative=False):
    mine, wanted = np.asarray(mine, dtype="float64"), np.asarray(wanted, dtype="float64")
    return float(np.max(np.abs(mine - wanted) / (np.abs(wanted) if relative else 1)))


class BatchLosses(keras.callbacks.Callback):
    """The loss of each batch; Keras reports the mean over the batches so far."""
    def __init__(self):
        super().__init__()
        self.means, self.losses = [], []

    def on_train_batch_end(self, batch, logs=None):
        self.losses.append(logs["loss"] * (batch + 1) - (self.means[-1] * batch if self.means else 0))
        self.means.append(logs["loss"])


def weights_of(golden, start, batch):
    """The arguments of train_on_batch for the rows from start on."""
    if "class_weight" in golden:
        return {"class_weight": dict(enumerate(golden["class_weight"]))}
    return {"sample_weight": np.array(golden["sample_weight"][start:start + batch])} if "sample_weight" in golden else {}


def steps(model, x, y, golden):
    """One epoch. Only fit ends with the moving average of the weights."""
    batch = golden["batch"]
    if model.optimizer.use_ema:
        seen = BatchLosses()
        model.fit(x, y, batch_size=batch, shuffle=False, verbose=0, callbacks=[seen])
        # They share memory with their averages now, which the JAX back end's next fit refuses.
        model.set_weights([weight.copy() for weight in model.get_weights()])
        return seen.losses
    losses = []
    for start in range(0, len(x), batch):
        model.reset_metrics()
        losses.append(float(model.train_on_batch(x[start:start + batch], y[start:start + batch],
                                                **weights_of(golden, start, batch))[0]))
    return losses


def main():
    failed = False
    for path, golden_path in zip(sys.argv[1::2], sys.argv[2::2]):
        with open(golden_path) as file:
            golden = json.load(file)
        x, y = np.array(golden["x"], dtype="int32"), np.array(golden["y"], dtype="float32")
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            # These are about the model, not about the file: a deprecated setting, and layers that take no mask.
            warnings.filterwarnings("ignore", "You passed `rms_scaling=True`")
            warnings.filterwarnings("ignore", ".* was passed an input with a mask attached to it")
            model = keras.models.load_model(path)
        done = int(model.optimizer.iterations.numpy()) - golden["iterations"]
        off = worst(model.predict(x, verbose=0), golden["predictions"]) if done == 0 else 0.0
        wanted = golden["losses"][done:]
        losses = []
        while len(losses) < len(wanted):
            losses += steps(model, x, y, golden)
        drift = worst(losses, wanted, relative=True) if wanted else 0.0
        good = off <= 1e-6 and drift <= 1e-4
        failed |= not good
        print(f"{'ok' if good else 'FAILED'} Keras {keras.__version__} {path}, {done} steps trained: "
              f"predictions {off:.2g}, losses {drift:.2g}")
    sys.exit(failed)


main()
