"""Style: everything as einsum or tensordot, with the index letters of the formulas."""

from collections import OrderedDict

import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


class OrNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.w = nn.Parameter(torch.randn(2) * 0.5)
        self.b = nn.Parameter(torch.zeros(1))

    def forward(self, X):
        return torch.sigmoid(torch.einsum("nk,k->n", X, self.w) + self.b)[:, None]


def or_step(model, optimizer, X, targets):
    p = model(X)
    chosen = torch.where(targets == 1, p, 1 - p)
    loss = -torch.einsum("nj->", chosen.log()) / chosen.numel()
    optimizer.zero_grad(set_to_none=True)
    loss.backward()
    optimizer.step()
    return loss.item()


def or_is_learned(model, X, targets):
    with torch.no_grad():
        return torch.le(torch.abs(model(X) - targets), 0.05).all().item()


def train_or(model, X, targets):
    optimizer = torch.optim.Adam(model.parameters(), lr=0.3)
    losses = []
    for _ in range(2000):
        if or_is_learned(model, X, targets):
            break
        losses.append(or_step(model, optimizer, X, targets))
    return losses


class LinearFunction(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, weight, bias):
        ctx.save_for_backward(x, weight)
        return torch.einsum("nk,jk->nj", x, weight) + bias[None, :]

    @staticmethod
    def backward(ctx, grad_y):
        x, weight = ctx.saved_tensors
        grad_x = torch.einsum("nj,jk->nk", grad_y, weight)
        grad_weight = torch.tensordot(grad_y, x, dims=([0], [0]))
        grad_bias = torch.einsum("nj->j", grad_y)
        return grad_x, grad_weight, grad_bias


class CrossEntropyFunction(torch.autograd.Function):
    @staticmethod
    def forward(ctx, logits, labels):
        N, C = logits.shape
        onehot = torch.eye(C, dtype=logits.dtype)[labels]
        ctx.save_for_backward(logits, onehot)
        return (torch.logsumexp(logits, dim=1).sum() - torch.einsum("nc,nc->", logits, onehot)) / N

    @staticmethod
    def backward(ctx, grad_loss):
        s, onehot = ctx.saved_tensors
        p = torch.exp(s - torch.logsumexp(s, dim=1, keepdim=True))
        return torch.einsum(",nc->nc", grad_loss, p - onehot) / s.shape[0], None


class Linear(nn.Module):
    def __init__(self, in_features, out_features):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(out_features, in_features) * (1.0 / in_features) ** 0.5)
        self.bias = nn.Parameter(torch.zeros(out_features))

    def forward(self, X):
        return LinearFunction.apply(X, self.weight, self.bias)


class MLP(nn.Module):
    def __init__(self, input_size, output_size, hidden_sizes, activation):
        super().__init__()
        ins = (input_size, *hidden_sizes)
        outs = (*hidden_sizes, output_size)
        self.stack = nn.Sequential(
            OrderedDict((f"linear{i}", Linear(a, b)) for i, (a, b) in enumerate(zip(ins, outs, strict=True)))
        )
        self.f = {
            "relu": nn.functional.relu,
            "tanh": torch.tanh,
            "sigmoid": torch.sigmoid,
            "none": nn.Identity(),
        }[activation]

    def forward(self, X):
        *hidden, last = self.stack
        for layer in hidden:
            X = self.f(layer(X))
        return last(X)


def train(model, batches, loss_function, optimizer, epochs):
    history = {"loss": [], "accuracy": []}
    for _ in range(epochs):
        losses, sizes, rights = [], [], []
        for X, labels in batches:
            optimizer.zero_grad()
            scores = model(X)
            loss = loss_function(scores, labels)
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
            sizes.append(len(X))
            rights.append((scores.detach().argmax(1) == labels).sum().item())
        history["loss"].append(float(np.einsum("b,b->", losses, sizes) / np.sum(sizes)))
        history["accuracy"].append(float(np.sum(rights) / np.sum(sizes)))
    return history


@torch.no_grad()
def predict(model, X):
    before = model.training
    try:
        return model.eval()(X).argmax(dim=1)
    finally:
        model.train(before)


def letter_reader(X, labels):
    model = MLP(256, 26, [96], "tanh")
    optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)
    batches = DataLoader(TensorDataset(X, labels), batch_size=64, shuffle=True)
    train(model, batches, CrossEntropyFunction.apply, optimizer, 24)
    return model


def save_checkpoint(path, model, configuration):
    torch.save({**configuration, "state": model.state_dict()}, path)


def load_checkpoint(path):
    configuration = torch.load(path, weights_only=True)
    state = configuration.pop("state")
    model = MLP(**configuration)
    model.load_state_dict(state)
    return model, configuration


def fit_function(x, y):
    (xs, xm), (ys, ym) = torch.std_mean(x), torch.std_mean(y)
    u, v = (x - xm) / xs, (y - ym) / ys
    w1 = nn.Parameter(torch.randn(256))
    b1 = nn.Parameter(torch.randn(256))
    w2 = nn.Parameter(torch.randn(256) * 0.05)
    b2 = nn.Parameter(torch.zeros(()))

    def network(u):
        return torch.einsum("nh,h->n", torch.relu(torch.einsum("n,h->nh", u, w1) + b1), w2) + b2

    optimizer = torch.optim.Adam([w1, b1, w2, b2], lr=0.01)
    for _ in range(500):
        optimizer.zero_grad()
        ((network(u) - v) ** 2).mean().backward()
        optimizer.step()
    return lambda z: (network((z - xm) / xs) * ys + ym).detach()


def bump_network(knots, heights):
    """A matrix S of second differences takes the heights to the changes of slope."""
    K = len(knots)
    D = (np.eye(K)[1:] - np.eye(K)[:-1]) / np.diff(knots)[:, None]  # (K-1, K), slopes
    S = np.concatenate([D[:1], D[1:] - D[:-1]])  # (K-1, K), changes
    return np.ones(K - 1), -np.asarray(knots[:-1]), np.einsum("ij,j->i", S, heights), heights[0]


def initialise(model, scheme):
    with torch.no_grad():
        for p in model.parameters():
            p.zero_() if p.ndim == 1 else p.normal_(0, {"naive": 1, "he": (2 / p.size(1)) ** 0.5}[scheme])
    return model


def gradient_norms(model, loss_function, X, labels):
    model.zero_grad()
    loss_function(model(X), labels).backward()
    return [float(torch.einsum("jk,jk->", p.grad, p.grad).sqrt()) for p in model.parameters() if p.ndim == 2]


why_it_fails = "c"
why_not_overfitting = "b"
what_he_does = "d"
