"""PyTorch: its layers, eager and traced; Adam in its fused form. Rows with masks are packed sequences."""
import itertools
import math
import warnings

import numpy as np
import torch
from torch import nn

from layers import read_layers
from two_inputs import Rows, has_two_inputs, read_weights

ACTIVATIONS = {"linear": nn.Identity, "relu": nn.ReLU, "sigmoid": nn.Sigmoid, "tanh": nn.Tanh}


class Recurrent(nn.LSTM):
    """An LSTM that returns its output only, of every step or of the last one. Its gates are in Keras's order: i, f, c, o."""

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


def set_bidirectional_weights(lstm, forward, backward):
    """Set the weights of a bidirectional LSTM."""
    for suffix, weights in (("", forward), ("_reverse", backward)):
        for name, array in zip(("weight_ih", "weight_hh", "bias_ih"), weights):
            getattr(lstm, f"{name}_l0{suffix}").data = torch.from_numpy(array.T.copy())
        getattr(lstm, f"bias_hh_l0{suffix}").data.zero_()
        getattr(lstm, f"bias_hh_l0{suffix}").requires_grad = False


class Bidirectional(nn.LSTM):
    """Two LSTMs, whose last outputs are concatenated."""

    def __init__(self, layer):
        kernel, recurrent, _ = layer.weights[:3]
        super().__init__(kernel.shape[0], recurrent.shape[0], batch_first=True, bidirectional=True)
        set_bidirectional_weights(self, layer.weights[:3], layer.weights[3:])

    def forward(self, x):
        last = super().forward(x)[1][0]
        return torch.cat([last[0], last[1]], 1)


class Gru(nn.GRU):
    """A GRU that returns its last output. Keras's gates are z, r, h; PyTorch's r, z, n."""

    def __init__(self, layer):
        kernel, recurrent, bias = layer.weights
        super().__init__(kernel.shape[0], recurrent.shape[0], batch_first=True)

        def gates(array):
            z, r, h = np.split(array, 3, axis=-1)
            return torch.from_numpy(np.concatenate([r, z, h], axis=-1).T.copy())
        self.weight_ih_l0.data, self.weight_hh_l0.data = gates(kernel), gates(recurrent)
        self.bias_ih_l0.data, self.bias_hh_l0.data = gates(bias[0]), gates(bias[1])

    def forward(self, x):
        return super().forward(x)[1][0]


class Convolution(nn.Conv1d):
    """From [B,T,C] to [B,F,T]: PyTorch's own order for the layers after it."""

    def __init__(self, layer):
        kernel, bias = layer.weights
        size, inputs, outputs = kernel.shape
        super().__init__(inputs, outputs, size)
        self.weight.data, self.bias.data = torch.from_numpy(kernel.transpose(2, 1, 0).copy()), torch.from_numpy(bias)

    def forward(self, x):
        return super().forward(x.transpose(1, 2))


class GlobalMaxPooling(nn.Module):
    """From [B,F,T] to [B,F]."""

    def __init__(self, _):
        super().__init__()

    def forward(self, x):
        return x.amax(2)


class MaskedEmbedding(nn.Embedding):
    """Ids that are padded at the end become a packed sequence."""

    def forward(self, x):
        lengths = (x != 0).sum(1).clamp(min=1)
        return nn.utils.rnn.pack_padded_sequence(super().forward(x), lengths, batch_first=True, enforce_sorted=False)


def embedding(layer):
    module = (MaskedEmbedding if layer.masks else nn.Embedding)(*layer.weights[0].shape)
    module.weight.data = torch.from_numpy(layer.weights[0])
    return module


def dense(layer):
    kernel, bias = layer.weights
    module = nn.Linear(*kernel.shape)
    module.weight.data, module.bias.data = torch.from_numpy(kernel.T.copy()), torch.from_numpy(bias)
    return module


def logits_of(layers):
    """Ids [B,T] to logits [B,1]: the last sigmoid is left out, as the loss has it."""
    makers = {"Embedding": embedding, "LSTM": Recurrent, "Bidirectional": Bidirectional, "GRU": Gru,
              "Conv1D": Convolution, "GlobalMaxPooling1D": GlobalMaxPooling, "Dense": dense}
    modules = []
    for layer in layers:
        modules.append(makers[layer.kind](layer))
        if layer.kind in ("Dense", "Conv1D"):
            modules.append(ACTIVATIONS[layer.activation]())
    return nn.Sequential(*modules[:-1])


class TwoInputs(nn.Module):
    """The model of two_inputs.py: ids [B,T], columns and values [B,G] to logits [B,1]. As in Keras, the outputs
    at the padding are 0 and take part in the maximum."""

    def __init__(self, weights):
        super().__init__()
        units, columns = weights.forward[1].shape[0], weights.bag.shape[0]
        self.words = nn.Embedding.from_pretrained(torch.from_numpy(weights.words))  # frozen
        self.states = nn.LSTM(weights.words.shape[1], units, batch_first=True, bidirectional=True)
        set_bidirectional_weights(self.states, weights.forward, weights.backward)
        self.bag = nn.EmbeddingBag(columns + 1, weights.bag.shape[1], mode="sum", padding_idx=columns)
        self.bag.weight.data[:columns] = torch.from_numpy(weights.bag)
        kernel, bias = weights.dense
        self.dense = nn.Linear(*kernel.shape)
        self.dense.weight.data, self.dense.bias.data = torch.from_numpy(kernel.T.copy()), torch.from_numpy(bias)
        self.spatial_dropout, self.dropout = nn.Dropout1d(0.2), nn.Dropout(0.5)

    def forward(self, ids, columns, values):
        lengths = (ids != 0).sum(1).clamp(min=1)
        words = self.words(ids)
        if self.training:
            words = self.spatial_dropout(words.transpose(1, 2)).transpose(1, 2)
        packed = nn.utils.rnn.pack_padded_sequence(words, lengths, batch_first=True, enforce_sorted=False)
        states, _ = nn.utils.rnn.pad_packed_sequence(self.states(packed)[0], batch_first=True,
                                                     total_length=ids.shape[1])
        parts = [states.amax(1), states.sum(1) / lengths[:, None], self.bag(columns, per_sample_weights=values)]
        return self.dense(self.dropout(torch.cat(parts, 1)))


def logits_of_file(path):
    return TwoInputs(read_weights(path)) if has_two_inputs(path) else logits_of(read_layers(path))


def tensors(x):
    """The inputs of a model: ids, or Rows."""
    return [torch.from_numpy(array) for array in (x.arrays if isinstance(x, Rows) else [x])]


class Model:
    def __init__(self, path, threads):
        self.path, self.threads, self.trained = path, threads, None
        self.model, self.traced = logits_of_file(path).eval(), None

    @staticmethod
    def prepare(rows):
        return rows

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
            inputs = tensors(x)
            function = self._function(way, tuple(rows[:batch] for rows in inputs))
            return np.concatenate([torch.sigmoid(function(*(rows[i:i + batch] for rows in inputs))).numpy()
                                   for i in range(0, len(x), batch)])[:, 0]

    def _fresh(self):
        torch.set_num_threads(self.threads)
        model = logits_of_file(self.path).train()
        learnt = [parameter for parameter in model.parameters() if parameter.requires_grad]
        return model, torch.optim.Adam(learnt, lr=1e-3, fused=True), itertools.count(1)

    @staticmethod
    def _step(model, optimizer, count, inputs, y):
        # Keras adds its epsilon before the bias is corrected, PyTorch afterwards.
        optimizer.param_groups[0]["eps"] = 1e-7 / math.sqrt(1 - 0.999 ** next(count))
        optimizer.zero_grad()
        loss = nn.functional.binary_cross_entropy_with_logits(model(*inputs)[:, 0], y)
        loss.backward()
        if isinstance(model, TwoInputs):  # global_clipnorm
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        return loss

    def losses(self, x, y, batch, steps):
        fresh, losses = self._fresh(), []
        inputs, y = tensors(x), torch.from_numpy(y)
        while len(losses) < steps:
            for i in range(0, len(x), batch):
                losses.append(self._step(*fresh, [rows[i:i + batch] for rows in inputs], y[i:i + batch]).item())
        return losses[:steps]

    def train(self, x, y, batch):
        self.trained = self.trained or self._fresh()
        inputs, y = tensors(x), torch.from_numpy(y)
        order = torch.randperm(len(x))
        total = torch.zeros(())
        for i in range(0, len(x), batch):
            rows = order[i:i + batch]
            total += self._step(*self.trained, [array[rows] for array in inputs], y[rows]).detach() * len(rows)
        return total.item() / len(x)


class Framework:
    ways, single_ways, trains, reads_text = ["eager", "traced"], ["traced", "one thread"], True, False
    masked_ways = two_input_ways = ["eager"]  # a traced function would keep the lengths of its first rows

    def __init__(self, threads):
        torch.set_flush_denormal(True)  # before its threads start, which inherit it
        torch.set_num_threads(threads)
        self.threads = threads
        self.versions = {"torch": torch.__version__}

    def open(self, path):
        return Model(path, self.threads)
