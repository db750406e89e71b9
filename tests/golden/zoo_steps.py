"""Continue the training of the models of zoo/ for 102 steps, from their files, and write the losses to zoo-steps/BACKEND.json.

    KERAS_BACKEND=jax python zoo_steps.py [NAME ...]
    KERAS_BACKEND=torch python zoo_steps.py [NAME ...]

check_keras.c trains the same models. Its limit for a step is a relative 1e-4 of the loss with JAX, or three times the
largest difference of the two back ends so far, if that is more: rounding errors grow with the steps. Models whose
training is random are left out. Committed: made by Keras 3.15.1 with jax 0.10.2 and torch 2.15.0.
"""
import json
import pathlib
import sys

import keras
import numpy as np

import zoo

EPOCHS = 34
FILE = pathlib.Path(__file__).parent / "zoo-steps" / f"{keras.backend.backend()}.json"


def opened(name):
    """The model as zoo.py has compiled it, because Keras does not save all arguments of losses, with the file's state."""
    model, saved = zoo.make(name), keras.models.load_model(zoo.FOLDER / f"{name}.keras")
    model.set_weights(saved.get_weights())
    model.optimizer.build(model.trainable_variables)
    for variable, value in zip(model.optimizer.variables, saved.optimizer.variables, strict=True):
        variable.assign(np.array(keras.ops.convert_to_numpy(value)))
    return model


def losses(name):
    keras.backend.clear_session()
    keras.utils.set_random_seed(7)
    golden = json.loads((zoo.FOLDER / f"{name}.json").read_text())
    model, weights = opened(name), zoo.WEIGHTS.get(name, {})
    x, y = zoo.inputs(name, np.array(golden["x"], "int32")), np.array(golden["y"], "float32")
    return [float(f"{loss:.9g}") for _ in range(EPOCHS) for loss in zoo.steps(model, x, y, weights)]


def main():
    results = json.loads(FILE.read_text()) if FILE.exists() else {}
    for name in sys.argv[1:] or zoo.MODELS:
        if not zoo.is_random(zoo.make(name)):
            results[name] = losses(name)
            print(f"{name}: {results[name][0]:.6f} to {results[name][-1]:.6f}", flush=True)
            FILE.parent.mkdir(exist_ok=True)
            FILE.write_text(json.dumps(results).replace("], ", "],\n") + "\n")


main()
