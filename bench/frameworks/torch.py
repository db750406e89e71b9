"""PyTorch: nn.LSTM, as it stands and traced; Adam in its fused form."""
import itertools
import math
import warnings

import numpy as np
import torch
from torch import nn

from layers import read_layers

ACTIVATIONS = {"linear": nn.Identity, "relu": nn.ReLU, "sigmoid": nn.Sigmoid, "tanh": nn.Tanh}


class Recurrent(nn.LSTM):
    """An LSTM that gives its output alone, of every step or of the last one. Its gates stand as Keras's: i, f, c, o."""

    def __init__(self, layer):
        kernel, recurrent, bias = layer.weights
        super().__init__(kernel.shape[0], recurrent.shape[0], batch_first=True)
        self.every_step = layer.every_step
        self.weight_ih_l0.data = torch.from_numpy(kernel.T.copy())
        self.weight_hh_l0.data = torch.from_numpy(recurrent.T.copy())
        self.bias_ih_l0.data = torch.from_numpy(bias)
        self.bias_hh_l0.data.zero_()
        self.bias_hh_l0.requires_grad = False  # Keras has one bias; two would learn at twice the rate

    def forward(self, x):
        every, (last, _) = super().forward(x)
        return every if self.every_step else last[0]


def embedding(layer):
    module = nn.Embedding(*layer.weights[0].shape)
    module.weight.data = torch.from_numpy(layer.weights[0])
    return module


def dense(layer):
    kernel, bias = layer.weights
    module = nn.Linear(*kernel.shape)
    module.weight.data, module.bias.data = torch.from_numpy(kernel.T.copy()), torch.from_numpy(bias)
    return module


def logits_of(layers):
    """Ids [B,T] to logits [B,1]: the last sigmoid is left out, as the loss has it."""
    modules = []
    for layer in layers:
        modules.append({"Embedding": embedding, "LSTM": Recurrent, "Dense": dense}[layer.kind](layer))
        if layer.kind == "Dense":
            modules.append(ACTIVATIONS[layer.activation]())
    return nn.Sequential(*modules[:-1])


class Model:
    def __init__(self, path, threads):
        self.path, self.threads, self.trained = path, threads, None
        self.model, self.traced = logits_of(read_layers(path)).eval(), None

    def _function(self, way, rows):
        if way == "eager":
            return self.model
        if not self.traced:
            with warnings.catch_warnings(action="ignore"):  # tracing is on its way out, but nothing is faster here
                self.traced = torch.jit.freeze(torch.jit.trace(self.model, rows))
        return self.traced

    def predict(self, x, batch, way):
        threads = 1 if way == "one thread" else self.threads
        if torch.get_num_threads() != threads:
            torch.set_num_threads(threads)
        with torch.inference_mode():
            rows = torch.from_numpy(x)
            function = self._function(way, rows[:batch])
            return np.concatenate([torch.sigmoid(function(rows[i:i + batch])).numpy()
                                   for i in range(0, len(x), batch)])[:, 0]

    def _fresh(self):
        torch.set_num_threads(self.threads)
        model = logits_of(read_layers(self.path)).train()
        learnt = [parameter for parameter in model.parameters() if parameter.requires_grad]
        return model, torch.optim.Adam(learnt, lr=1e-3, fused=True), itertools.count(1)

    @staticmethod
    def _step(model, optimizer, count, x, y):
        # Keras adds its epsilon before the bias is corrected, PyTorch afterwards.
        optimizer.param_groups[0]["eps"] = 1e-7 / math.sqrt(1 - 0.999 ** next(count))
        optimizer.zero_grad()
        loss = nn.functional.binary_cross_entropy_with_logits(model(x)[:, 0], y)
        loss.backward()
        optimizer.step()
        return loss

    def losses(self, x, y, batch, steps):
        fresh, losses = self._fresh(), []
        x, y = torch.from_numpy(x), torch.from_numpy(y)
        while len(losses) < steps:
            for i in range(0, len(x), batch):
                losses.append(self._step(*fresh, x[i:i + batch], y[i:i + batch]).item())
        return losses[:steps]

    def train(self, x, y, batch):
        self.trained = self.trained or self._fresh()
        x, y = torch.from_numpy(x), torch.from_numpy(y)
        order = torch.randperm(len(x))
        total = torch.zeros(())
        for i in range(0, len(x), batch):
            rows = order[i:i + batch]
            total += self._step(*self.trained, x[rows], y[rows]).detach() * len(rows)
        return total.item() / len(x)


class Framework:
    ways, single_ways, trains, reads_text = ["eager", "traced"], ["traced", "one thread"], True, False

    def __init__(self, threads):
        torch.set_flush_denormal(True)  # before its threads start, which inherit it
        torch.set_num_threads(threads)
        self.threads = threads
        self.versions = {"torch": torch.__version__}

    def open(self, path):
        return Model(path, self.threads)
