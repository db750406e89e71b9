"""Keras, on the back end that KERAS_BACKEND names: predict(), a compiled function, fit(), and its Tokenizer."""
import importlib

import keras
import numpy as np
from keras.src.legacy.preprocessing.text import Tokenizer  # no longer exported under a public name
from keras.utils import pad_sequences

from two_inputs import Rows, dense_bags


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

        types = [tf.int32, tf.float32][:len(model.inputs)]  # ids, bags
        run = tf.function(lambda *x: model(x if len(x) > 1 else x[0], training=False), input_signature=[
            tf.TensorSpec([None, tensor.shape[1]], kind) for tensor, kind in zip(model.inputs, types)])
        return lambda x: run(*map(tf.constant, x if isinstance(x, list) else [x])).numpy()
    return None


def inputs(x):
    """The inputs of a model: ids, or a list of ids and dense bags."""
    return list(x.arrays) if isinstance(x, Rows) else x


class Model:
    def __init__(self, path):
        self.path, self.function, self.trained, self.tokenizer = path, None, None, None
        self.model = self._fresh()

    def _fresh(self):
        model = keras.models.load_model(self.path, compile=False)
        model.compile(optimizer="adam", loss="binary_crossentropy", metrics=["accuracy"])
        return model

    def prepare(self, rows):
        return dense_bags(rows, self.model.input_shape[1][1])

    def predict(self, x, batch, way):
        if way == "predict":
            return self.model.predict(inputs(x), batch_size=batch, verbose=0)[:, 0]
        self.function = self.function or compiled_function(self.model)
        return np.concatenate([self.function(inputs(x[i:i + batch])) for i in range(0, len(x), batch)])[:, 0]

    def learn_words(self, texts):
        """A tokenizer of as many words as the model knows, from these texts."""
        self.tokenizer = Tokenizer(num_words=self.model.layers[0].input_dim)
        self.tokenizer.fit_on_texts(texts)

    def predict_texts(self, texts, batch, way):
        rows = pad_sequences(self.tokenizer.texts_to_sequences(texts), maxlen=self.model.input_shape[1])
        return self.predict(rows, batch, way)

    def losses(self, x, y, batch, steps):
        model, losses = self._fresh(), []
        while len(losses) < steps:
            for i in range(0, len(x), batch):
                model.reset_metrics()  # else the loss is the mean of all steps so far
                losses.append(model.train_on_batch(x[i:i + batch], y[i:i + batch, None])[0])
        return losses[:steps]

    def train(self, x, y, batch):
        self.trained = self.trained or self._fresh()  # compiled once
        self.trained.fit(inputs(x), y[:, None], batch_size=batch, epochs=1, verbose=0)


class Framework:
    trains, reads_text = True, True

    def __init__(self, threads):
        backend = keras.backend.backend()
        if backend == "tensorflow":
            import tensorflow as tf

            tf.config.threading.set_intra_op_parallelism_threads(threads)
            tf.config.threading.set_inter_op_parallelism_threads(1)
        elif backend == "torch":
            import torch

            torch.set_num_threads(threads)
        self.versions = {"keras": keras.__version__, backend: importlib.import_module(backend).__version__}
        self.ways = ["predict"] if backend == "torch" else ["predict", "compiled"]
        self.masked_ways = self.two_input_ways = self.ways
        self.single_ways = self.ways[-1:]  # predict() takes tens of milliseconds to begin

    def open(self, path):
        return Model(path)
