"""PyTorch: nn.LSTM, and Adam in its fused form."""
import itertools
import math

import numpy as np
import torch
from torch import nn

from article import read_weights

NAMES = ("embedding", "lstm", "lstm_1", "dense", "dense_1")


class Article(nn.Module):
    """Ids [B,T] to logits [B]. Its gates stand as Keras's do: i, f, c, o."""

    def __init__(self, weights):
        super().__init__()
        (embeddings,) = weights["embedding"]
        self.embedding = nn.Embedding(*embeddings.shape)
        self.embedding.weight.data = torch.from_numpy(embeddings)
        self.lstm, self.lstm_1 = self._lstm(*weights["lstm"]), self._lstm(*weights["lstm_1"])
        self.dense, self.dense_1 = self._dense(*weights["dense"]), self._dense(*weights["dense_1"])

    @staticmethod
    def _lstm(kernel, recurrent, bias):
        lstm = nn.LSTM(kernel.shape[0], recurrent.shape[0], batch_first=True)
        lstm.weight_ih_l0.data = torch.from_numpy(kernel.T.copy())
        lstm.weight_hh_l0.data = torch.from_numpy(recurrent.T.copy())
        lstm.bias_ih_l0.data = torch.from_numpy(bias)
        lstm.bias_hh_l0.data.zero_()
        lstm.bias_hh_l0.requires_grad = False  # Keras has one bias; two would learn at twice the rate
        return lstm

    @staticmethod
    def _dense(kernel, bias):
        dense = nn.Linear(*kernel.shape)
        dense.weight.data, dense.bias.data = torch.from_numpy(kernel.T.copy()), torch.from_numpy(bias)
        return dense

    def forward(self, x):
        h, _ = self.lstm(self.embedding(x))
        _, (h, _) = self.lstm_1(h)
        return self.dense_1(torch.relu(self.dense(h[0])))[:, 0]


class Framework:
    ways, trains = ["eager"], True

    def __init__(self, path, threads):
        torch.set_flush_denormal(True)  # before its threads start, which inherit it
        torch.set_num_threads(threads)
        self.path = path
        self.versions = {"torch": torch.__version__}
        self.model = Article(read_weights(path)).eval()
        self.trained = None

    def predict(self, x, batch, way):
        with torch.inference_mode():
            rows = torch.from_numpy(x)
            return np.concatenate([torch.sigmoid(self.model(rows[i:i + batch])).numpy()
                                   for i in range(0, len(x), batch)])

    def _fresh(self):
        model = Article(read_weights(self.path)).train()
        learnt = [parameter for parameter in model.parameters() if parameter.requires_grad]
        return model, torch.optim.Adam(learnt, lr=1e-3, fused=True), itertools.count(1)

    @staticmethod
    def _step(model, optimizer, count, x, y):
        # Keras adds its epsilon before the bias is corrected, PyTorch afterwards.
        optimizer.param_groups[0]["eps"] = 1e-7 / math.sqrt(1 - 0.999 ** next(count))
        optimizer.zero_grad()
        loss = nn.functional.binary_cross_entropy_with_logits(model(x), y)
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
