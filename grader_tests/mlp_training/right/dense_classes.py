"""Every layer in a ModuleDict, named parameters, properties, closures handed to the optimizer."""

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn


class OrNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.theta = nn.Parameter(torch.randn(3) / 10)

    def forward(self, X):
        w1, w2, b = self.theta
        return torch.sigmoid(w1 * X[:, 0] + w2 * X[:, 1] + b).unsqueeze(1)


def or_step(model, optimizer, X, targets):
    def closure():
        optimizer.zero_grad()
        loss = F.binary_cross_entropy(model(X), targets)
        loss.backward()
        return loss

    return optimizer.step(closure).item()


def or_is_learned(model, X, targets):
    with torch.inference_mode():
        return all(abs(o - t) <= 0.05 for o, t in zip(model(X).flatten().tolist(), targets.flatten().tolist()))


def train_or(model, X, targets):
    optimizer = torch.optim.SGD(model.parameters(), lr=5.0)
    losses = []
    while len(losses) < 2000 and not or_is_learned(model, X, targets):
        losses.append(or_step(model, optimizer, X, targets))
    return losses


class LinearFunction(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, weight, bias):
        ctx.save_for_backward(x, weight)
        return F.linear(x, weight, bias)

    @staticmethod
    def backward(ctx, grad_y):
        x, weight = ctx.saved_tensors
        return grad_y.mm(weight), grad_y.t().mm(x), grad_y.sum(0)


class CrossEntropyFunction(torch.autograd.Function):
    @staticmethod
    def forward(ctx, logits, labels):
        p = F.softmax(logits, dim=-1)
        ctx.save_for_backward(p, labels)
        return F.nll_loss(F.log_softmax(logits, dim=-1), labels)

    @staticmethod
    def backward(ctx, grad_loss):
        p, labels = ctx.saved_tensors
        grad = p.clone()
        grad[torch.arange(len(labels)), labels] -= 1.0
        return grad.mul(grad_loss).div(len(labels)), None


class Linear(nn.Module):
    def __init__(self, in_features, out_features):
        super().__init__()
        self.weight = nn.Parameter(torch.empty(out_features, in_features))
        self.bias = nn.Parameter(torch.zeros(out_features))
        nn.init.kaiming_normal_(self.weight)

    def forward(self, X):
        return LinearFunction.apply(X, self.weight, self.bias)


class MLP(nn.Module):
    def __init__(self, input_size, output_size, hidden_sizes, activation):
        super().__init__()
        act = {"relu": nn.ReLU, "tanh": nn.Tanh, "sigmoid": nn.Sigmoid, "none": nn.Identity}[activation]
        self.net = nn.Sequential()
        width = input_size
        for k, size in enumerate(hidden_sizes, start=1):
            self.net.add_module(f"layer{k}", Linear(width, size))
            self.net.add_module(f"activation{k}", act())
            width = size
        self.net.add_module("scores", Linear(width, output_size))

    def forward(self, X):
        return self.net(X)


def train(model, batches, loss_function, optimizer, epochs):
    losses, accuracies = [], []
    for _ in range(epochs):
        model.train()
        seen, loss_sum, right = 0, 0.0, 0
        for X, labels in batches:
            n = labels.size(0)
            kept = []

            def closure():
                optimizer.zero_grad()
                kept.append(model(X))
                loss = loss_function(kept[0], labels)
                loss.backward()
                return loss

            loss = optimizer.step(closure).detach()
            out = kept.pop().detach()
            with torch.no_grad():
                seen += n
                loss_sum += float(loss) * n
                right += int((out.argmax(1) == labels).sum())
        losses.append(loss_sum / seen)
        accuracies.append(right / seen)
    return dict(loss=losses, accuracy=accuracies)


def predict(model, X):
    training = model.training
    try:
        model.eval()
        with torch.no_grad():
            return F.softmax(model(X), dim=1).argmax(1)
    finally:
        model.train(training)


def letter_reader(X, labels):
    """All images in one batch, many steps."""
    model = MLP(256, 26, [64], "relu")
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    train(model, [(X, labels)], F.cross_entropy, optimizer, epochs=120)
    return model


class Checkpoint:
    def __init__(self, configuration, state):
        self.configuration, self.state = configuration, state

    def write(self, path):
        torch.save({**self.configuration, **{f"weights.{k}": v for k, v in self.state.items()}}, path)

    @classmethod
    def read(cls, path):
        saved = torch.load(path, weights_only=True)
        state = {k.removeprefix("weights."): saved.pop(k) for k in list(saved) if k.startswith("weights.")}
        return cls(saved, state)


def save_checkpoint(path, model, configuration):
    Checkpoint(configuration, model.state_dict()).write(path)


def load_checkpoint(path):
    checkpoint = Checkpoint.read(path)
    model = MLP(**checkpoint.configuration)
    model.load_state_dict(checkpoint.state)
    return model, checkpoint.configuration


class Fitted:
    """Units that switch on at evenly spread places; the second layer by least squares."""

    def __init__(self, x, y, units=60):
        # in float64, as neighbouring units are nearly alike
        self.kinks = torch.linspace(-10, 10, units, dtype=torch.float64)[1:-1]
        self.size = y.abs().max().double()
        self.weights = torch.linalg.lstsq(self.hidden(x), (y.double() / self.size)[:, None]).solution

    def hidden(self, x):
        x = x.double()
        return torch.cat([F.relu(x[:, None] - self.kinks), torch.ones(len(x), 1), x[:, None]], dim=1)

    def __call__(self, x):
        return ((self.hidden(x) @ self.weights)[:, 0] * self.size).float()


def fit_function(x, y):
    return Fitted(x, y)


def bump_network(knots, heights):
    """Units that look to the left: each is on before its knot, and the curve starts from the last point."""
    slopes = np.diff(heights) / np.diff(knots)
    changes = -slopes + np.append(slopes[1:], 0.0)
    return -np.ones(len(slopes)), knots[1:].copy(), changes, heights[-1]


def initialise(model, scheme):
    for module in model.modules():
        if hasattr(module, "weight"):
            if scheme == "he":
                nn.init.kaiming_normal_(module.weight, nonlinearity="relu")
            else:
                nn.init.normal_(module.weight)
            nn.init.zeros_(module.bias)
    return model


def gradient_norms(model, loss_function, X, labels):
    for p in model.parameters():
        p.grad = None
    loss_function(model(X), labels).backward()
    return [float(torch.linalg.matrix_norm(p.grad)) for name, p in model.named_parameters() if "weight" in name]


why_it_fails = "C"
why_not_overfitting = "B"
what_he_does = "D"
