"""Keras, on the back end that KERAS_BACKEND names: predict(), a compiled function, fit()."""
import importlib.metadata

import keras
import numpy as np


def compiled_function(model):
    """The model as one function of a batch, as the back end compiles it."""
    backend = keras.backend.backend()
    if backend == "jax":
        import jax

        # copies, since predict() gives its own arrays away
        weights = [[jax.numpy.array(variable.value) for variable in variables]
                   for variables in (model.trainable_variables, model.non_trainable_variables)]
        run = jax.jit(lambda weights, x: model.stateless_call(*weights, x, training=False)[0])
        return lambda x: np.asarray(run(weights, x))
    if backend == "tensorflow":
        import tensorflow as tf

        run = tf.function(lambda x: model(x, training=False), input_signature=[
            tf.TensorSpec([None, model.input_shape[1]], tf.int32)])
        return lambda x: run(tf.constant(x)).numpy()
    return None


class Framework:
    trains = True

    def __init__(self, path, threads):
        self.path = path
        backend = keras.backend.backend()
        if backend == "tensorflow":
            import tensorflow as tf

            tf.config.threading.set_intra_op_parallelism_threads(threads)
            tf.config.threading.set_inter_op_parallelism_threads(1)
        elif backend == "torch":
            import torch

            torch.set_num_threads(threads)
        self.versions = {"keras": keras.__version__, backend: importlib.metadata.version(backend)}
        self.model = self._fresh()
        self.function = compiled_function(self.model)
        self.ways = ["predict", "compiled"] if self.function else ["predict"]
        self.trained = None

    def _fresh(self):
        model = keras.models.load_model(self.path, compile=False)
        model.compile(optimizer="adam", loss="binary_crossentropy", metrics=["accuracy"])
        return model

    def predict(self, x, batch, way):
        if way == "compiled":
            return np.concatenate([self.function(x[i:i + batch]) for i in range(0, len(x), batch)])[:, 0]
        return self.model.predict(x, batch_size=batch, verbose=0)[:, 0]

    def losses(self, x, y, batch, steps):
        model, losses = self._fresh(), []
        while len(losses) < steps:
            for i in range(0, len(x), batch):
                model.reset_metrics()  # else the loss is the mean of all steps so far
                losses.append(model.train_on_batch(x[i:i + batch], y[i:i + batch, None])[0])
        return losses[:steps]

    def train(self, x, y, batch):
        self.trained = self.trained or self._fresh()  # compiled once
        self.trained.fit(x, y[:, None], batch_size=batch, epochs=1, verbose=0)
