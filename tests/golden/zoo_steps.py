"""Continue the training of the models of zoo/ for 102 steps, from their files, and write the losses to zoo-steps/.

    KERAS_BACKEND=jax python zoo_steps.py [NAME ...]                                       zoo-steps/jax.json
    KERAS_BACKEND=torch python zoo_steps.py [NAME ...]                                     zoo-steps/torch.json
    KERAS_BACKEND=jax JAX_ENABLE_X64=1 python zoo_steps.py --float64 [NAME ...]            zoo-steps/float64.json

check_keras_steps.c trains the same models and compares the losses. Models whose training is random are left out.
Committed: made by Keras 3.15.1 with jax 0.10.2 and torch 2.15.0.
"""
import json
import pathlib
import sys

import keras
import numpy as np

import zoo

EPOCHS = 34
FLOAT64 = "--float64" in sys.argv
FILE = pathlib.Path(__file__).parent / "zoo-steps" / f"{'float64' if FLOAT64 else keras.backend.backend()}.json"


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
    x, y = zoo.inputs(name, np.array(golden["x"], "int32")), np.array(golden["y"], keras.config.floatx())
    return [float(f"{loss:.7g}") for _ in range(EPOCHS) for loss in zoo.steps(model, x, y, weights)]


def main():
    if FLOAT64:
        keras.config.set_floatx("float64")
    results = json.loads(FILE.read_text()) if FILE.exists() else {}
    for name in [argument for argument in sys.argv[1:] if argument != "--float64"] or zoo.MODELS:
        if zoo.is_random(zoo.make(name)):
            continue
        try:
            results[name] = losses(name)
        except (RuntimeError, TypeError):
            if not FLOAT64:
                raise
            print(f"{name}: Keras cannot train it in 64-bit floats")  # SimpleRNN, on JAX
            continue
        print(f"{name}: {results[name][0]:.6f} to {results[name][-1]:.6f}", flush=True)
        FILE.parent.mkdir(exist_ok=True)
        FILE.write_text(json.dumps(results).replace("], ", "],\n") + "\n")


main()
