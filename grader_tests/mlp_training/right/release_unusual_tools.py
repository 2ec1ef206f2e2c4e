"""Other tools than the text's: NumPy inside, least squares, Box and Muller, classes of one's own."""

import ast
import collections
import copy
import functools
import json
import math
from itertools import pairwise
from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


class OrNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.w = nn.Parameter(torch.randn(3, 1))

    def forward(self, X):
        return nn.functional.pad(X, (0, 1), value=1.0).matmul(self.w).sigmoid()


def or_step(model, optimizer, X, targets):
    model.zero_grad()
    p = model(X)
    loss = nn.functional.binary_cross_entropy(p.flatten(), targets.flatten(), reduction="sum").div(4)
    before = loss.tolist()
    loss.backward(inputs=list(model.parameters()))
    optimizer.step()
    return before


def or_is_learned(model, X, targets):
    return (model(X) - targets).abs().max().item() <= 0.05


def train_or(model, X, targets):
    optimizer = torch.optim.Adam([{"params": [p]} for p in model.parameters()], lr=0.3, betas=(0.8, 0.9))
    losses = []

    def go(left):  # recursion by tens
        for _ in range(10):
            if not left or or_is_learned(model, X, targets):
                return losses
            losses.append(or_step(model, optimizer, X, targets))
            left -= 1
        return go(left)

    return go(2000)


def entry_of_dL_dz(p, t, n):
    return 0.25 * (p - t)[n]


class LinearFunction(torch.autograd.Function):
    @staticmethod
    def forward(ctx, *inputs):
        ctx.save_for_backward(*inputs[:2])
        x, W, b = inputs
        return torch.stack([x @ row + c for row, c in zip(W, b)], dim=1)

    @staticmethod
    def backward(ctx, *grads):
        (g,), (x, W) = grads, ctx.saved_tensors
        # sums of outer products, entry by entry broadcast
        return (g.unsqueeze(2) * W).sum(1), (g.unsqueeze(2) * x.unsqueeze(1)).sum(0), g.new_ones(len(g)) @ g


class CrossEntropyFunction(torch.autograd.Function):
    @staticmethod
    def forward(ctx, logits, labels):
        logp = logits.log_softmax(1)
        hot = nn.functional.one_hot(labels.long(), logits.shape[1]).to(logits.dtype)
        ctx.save_for_backward(logp, hot)
        return -(logp * hot).sum(dim=(0, 1), keepdim=True).view(1) / len(hot)  # shape (1,): "a tensor with one number"

    @staticmethod
    def backward(ctx, grad_loss):
        logp, hot = ctx.saved_tensors
        return grad_loss * (torch.exp(logp) - hot) / len(hot), None


class Linear(nn.Module):
    def __init__(self, in_features: int, out_features: int) -> None:
        super().__init__()
        n = in_features * out_features
        # small, all different, and the same in every run
        W = torch.sin(torch.arange(1, n + 1) ** 1.5 * 7.0).view(out_features, in_features) / in_features**0.5
        self.weight, self.bias = nn.Parameter(W), nn.Parameter(torch.full((out_features,), 0.01))

    forward = lambda self, X: LinearFunction.apply(X, self.weight, self.bias)


class MLP(nn.Module):
    def __init__(self, input_size, output_size, hidden_sizes, activation):
        super().__init__()
        functions = dict(
            relu=lambda z: torch.maximum(z, torch.zeros_like(z)),
            tanh=lambda z: z.tanh(),
            sigmoid=lambda z: torch.where(
                z > 0, 1 / (1 + torch.exp(-z.abs())), torch.exp(-z.abs()) / (1 + torch.exp(-z.abs()))
            ),
            none=None,
        )
        self.f = functions[activation]
        sizes = [input_size]
        sizes.extend(hidden_sizes)
        sizes.append(output_size)
        self.names = []
        for i in range(1, len(sizes)):
            self.names.append(f"layer{i}")
            self.add_module(self.names[-1], Linear(out_features=sizes[i], in_features=sizes[i - 1]))

    def forward(self, X):
        X = getattr(self, self.names[0])(X)
        for name in self.names[1:]:
            X = getattr(self, name)(self.f(X) if self.f else X)
        return X


def train(model, batches, loss_function, optimizer, epochs):
    history = collections.defaultdict(list, loss=[], accuracy=[])
    for _ in range(epochs):
        seen, loss_sum, hits = 0, torch.zeros((), dtype=torch.float64), torch.zeros((), dtype=torch.long)
        for batch in iter(batches):
            for group in optimizer.param_groups:
                for p in group["params"]:
                    p.grad = None
            out = model(batch[0])
            L = loss_function(out, batch[1])
            L.backward()
            optimizer.step()
            with torch.no_grad():
                new = seen + len(out)
                loss_sum = loss_sum + (L.double().squeeze() - loss_sum) * len(out) / new  # a running mean
                seen = new
                hits += torch.eq(out.argmax(-1), batch[1]).count_nonzero()
        history["loss"] += [np.float64(loss_sum)]
        history["accuracy"] += [hits.item() / seen]
    return history


def predict(model, X):
    flags = [(m, m.training) for m in model.modules()]
    with torch.inference_mode():
        model.eval()
        classes = model(X).topk(1, dim=1).indices.squeeze(1).to(torch.int32)
    for m, flag in flags:
        m.training = flag
    return classes


def letter_reader(X, labels):
    torch.manual_seed(3)
    model = MLP(256, 26, [], "none")  # one linear map
    model = MLP(256, 26, [80], "sigmoid")
    batches = [(X[i::24], labels[i::24]) for i in range(24)]  # a list is re-iterable
    train(model, batches, CrossEntropyFunction.apply, torch.optim.Adam(model.parameters(), 0.01), 16)
    return model


def save_checkpoint(path, model, configuration):
    with open(path, "wb") as file:
        torch.save(
            {"w": dict(model.state_dict()), "c": json.dumps(configuration)}, file, _use_new_zipfile_serialization=False
        )


def load_checkpoint(path):
    with open(path, "rb") as file:
        saved = torch.load(file, weights_only=True, map_location="cpu")
    configuration = json.loads(saved["c"])
    model = MLP(*(configuration[n] for n in ("input_size", "output_size", "hidden_sizes", "activation")))
    model.load_state_dict(saved["w"])
    return model.eval(), configuration


def fit_function(x, y):
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            for name, v in dict(mx=x.mean(), sx=x.std(), my=y.mean(), sy=y.std()).items():
                self.register_buffer(name, v.double())
            g = torch.Generator().manual_seed(5)
            H = 60
            self.W1 = nn.Parameter(torch.randn(H, 1, generator=g, dtype=torch.float64).sign())
            self.b1 = nn.Parameter(
                -self.W1.detach()[:, 0] * (torch.rand(H, generator=g, dtype=torch.float64) * 3.6 - 1.8)
            )
            self.W2 = nn.Parameter(torch.zeros(1, H, dtype=torch.float64))
            self.b2 = nn.Parameter(torch.zeros(1, dtype=torch.float64))

        def hidden(self, x):
            return nn.functional.linear(((x.double() - self.mx) / self.sx)[:, None], self.W1, self.b1).relu()

        def forward(self, x):
            return nn.functional.linear(self.hidden(x), self.W2, self.b2)[:, 0] * self.sy + self.my

    net = Net()
    with torch.no_grad():  # the output layer at the least mean squared error, at once
        A = torch.cat([net.hidden(x), torch.ones(len(x), 1)], 1)
        A2 = torch.cat([A, 1e-3 * torch.eye(A.shape[1])])
        t = torch.cat([(y.double() - net.my) / net.sy, torch.zeros(A.shape[1])])
        sol = torch.linalg.lstsq(A2, t[:, None]).solution[:, 0]
        net.W2[0], net.b2[0] = sol[:-1], sol[-1]
    return net  # a module is a function too; its result is float64 and has a graph


def bump_network(knots, heights):
    # y = a + b x + sum of c_i |x - k_i|, |u| = relu(u) + relu(-u), x - k0 = relu(x - k0) - relu(k0 - x)
    s = np.diff(heights) / np.diff(knots)
    inner, c = np.asarray(knots)[1:-1], np.diff(s) / 2
    b = (s[0] + s[-1]) / 2
    k = np.concatenate([knots[:1], inner])
    w1 = np.concatenate([np.ones(len(k)), -np.ones(len(k))])
    b1 = np.concatenate([-k, k])
    w2 = np.concatenate([[b], c, [-b], c])
    b2 = heights[0] - np.sum(c * np.abs(knots[0] - inner))
    return w1, b1, w2, np.array(b2)


def initialise(model, scheme):
    # Box and Muller
    for p in (p.data for p in model.parameters()):
        if p.ndim == 2:
            u, v = torch.rand(2, *p.shape, dtype=torch.float64)
            p[...] = (
                torch.sqrt(-2 * torch.log1p(-u))
                * torch.cos(2 * math.pi * v)
                * (1 if scheme == "naive" else math.sqrt(2 / p.shape[1]))
            )
        else:
            p -= p.clone()
    return model


def gradient_norms(model, loss_function, X, labels):
    caught = {}
    handles = [
        p.register_hook(functools.partial(caught.__setitem__, n)) for n, p in model.named_parameters() if p.ndim == 2
    ]
    model.zero_grad()
    loss_function(model(X), labels).backward()
    for h in handles:
        h.remove()
    return [np.sqrt(np.float64((caught[n] ** 2).sum())) for n, p in model.named_parameters() if p.ndim == 2]


why_it_fails, why_not_overfitting, what_he_does = "c", "b", "d"
