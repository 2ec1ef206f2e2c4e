"""Style: object-oriented, with classes that keep caches of what they need, and meters, callables and contexts."""

from dataclasses import dataclass, field

import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


class OrNet(nn.Sequential):
    """A Sequential is a Module, too."""

    def __init__(self):
        super().__init__(nn.Linear(2, 1), nn.Sigmoid())


class Stepper:
    def __init__(self, model, optimizer):
        self.model, self.optimizer, self.criterion = model, optimizer, nn.BCELoss()

    def __call__(self, X, targets):
        self.optimizer.zero_grad()
        loss = self.criterion(self.model(X), targets)
        loss.backward()
        self.optimizer.step()
        return loss.item()


def or_step(model, optimizer, X, targets):
    return Stepper(model, optimizer)(X, targets)


def or_is_learned(model, X, targets):
    with torch.inference_mode():
        return bool(((model(X) - targets).abs().max() <= 0.05).item())


class OrTrainer:
    limit = 2000

    def __init__(self, model):
        self.model = model
        self.optimizer = torch.optim.SGD(model.parameters(), lr=1.0, momentum=0.9)
        self.losses = []

    def run(self, X, targets):
        while not or_is_learned(self.model, X, targets):
            if len(self.losses) >= self.limit:
                break
            self.losses.append(or_step(self.model, self.optimizer, X, targets))
        return self.losses


def train_or(model, X, targets):
    return OrTrainer(model).run(X, targets)


class AffineRule:
    """The formulas of an affine map: one object for each call, with what it was called on."""

    def __init__(self, x, weight):
        self.x, self.weight = x, weight

    def to_input(self, grad_y):
        return torch.matmul(grad_y, self.weight)

    def to_weight(self, grad_y):
        return torch.matmul(self.x.t(), grad_y).t()

    def to_bias(self, grad_y):
        return torch.sum(grad_y, dim=0)


class LinearFunction(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, weight, bias):
        ctx.save_for_backward(x, weight, bias)
        return torch.addmm(bias, x, weight.t())

    @staticmethod
    def backward(ctx, grad_y):
        x, weight, _ = ctx.saved_tensors
        rule = AffineRule(x, weight)
        grad_x = grad_weight = grad_bias = None
        if ctx.needs_input_grad[0]:
            grad_x = rule.to_input(grad_y)
        if ctx.needs_input_grad[1]:
            grad_weight = rule.to_weight(grad_y)
        if ctx.needs_input_grad[2]:
            grad_bias = rule.to_bias(grad_y)
        return grad_x, grad_weight, grad_bias


class CrossEntropyFunction(torch.autograd.Function):
    @staticmethod
    def forward(ctx, logits, labels):
        log_probabilities = torch.log_softmax(logits, dim=1)
        ctx.save_for_backward(log_probabilities, labels)
        ctx.count = logits.shape[0]
        return -log_probabilities.gather(1, labels.unsqueeze(1)).mean()

    @staticmethod
    def backward(ctx, grad_loss):
        log_probabilities, labels = ctx.saved_tensors
        grad = log_probabilities.exp()
        grad.scatter_add_(1, labels.unsqueeze(1), -torch.ones_like(grad[:, :1]))
        return grad.mul_(grad_loss / ctx.count), None


class Linear(nn.Module):
    def __init__(self, in_features, out_features):
        super().__init__()
        self.in_features, self.out_features = in_features, out_features
        self.weight = nn.Parameter(torch.empty(out_features, in_features))
        self.bias = nn.Parameter(torch.empty(out_features))
        self.reset_parameters()

    def reset_parameters(self):
        nn.init.kaiming_uniform_(self.weight, a=5**0.5)
        bound = 1 / self.in_features**0.5
        nn.init.uniform_(self.bias, -bound, bound)

    def extra_repr(self):
        return f"{self.in_features}, {self.out_features}"

    def forward(self, X):
        return LinearFunction.apply(X, self.weight, self.bias)


class Activation(nn.Module):
    KINDS = {"relu": nn.functional.relu, "tanh": torch.tanh, "sigmoid": torch.sigmoid}

    def __init__(self, kind):
        super().__init__()
        if kind not in self.KINDS and kind != "none":
            raise ValueError(f"unknown activation {kind!r}")
        self.kind = kind

    def forward(self, X):
        return X if self.kind == "none" else self.KINDS[self.kind](X)


class Block(nn.Module):
    def __init__(self, a, b, kind):
        super().__init__()
        self.linear, self.activation = Linear(a, b), Activation(kind)

    def forward(self, X):
        return self.activation(self.linear(X))


class MLP(nn.Module):
    def __init__(self, input_size, output_size, hidden_sizes, activation):
        super().__init__()
        sizes = [input_size, *hidden_sizes]
        self.blocks = nn.ModuleList([Block(a, b, activation) for a, b in zip(sizes[:-1], sizes[1:], strict=True)])
        self.head = Linear(sizes[-1], output_size)

    def forward(self, X):
        for block in self.blocks:
            X = block(X)
        return self.head(X)


@dataclass
class Meter:
    total: float = 0.0
    weight: int = 0

    def add(self, value, weight):
        self.total += value * weight
        self.weight += weight

    @property
    def mean(self):
        return self.total / self.weight


@dataclass
class History:
    loss: list = field(default_factory=list)
    accuracy: list = field(default_factory=list)


def train(model, batches, loss_function, optimizer, epochs):
    history = History()
    for _ in range(epochs):
        loss_meter, accuracy_meter = Meter(), Meter()
        for X, labels in batches:
            optimizer.zero_grad()
            scores = model(X)
            loss = loss_function(scores, labels)
            loss.backward()
            optimizer.step()
            with torch.no_grad():
                loss_meter.add(loss.item(), len(labels))
                accuracy_meter.add((scores.argmax(dim=1) == labels).double().mean().item(), len(labels))
        history.loss.append(loss_meter.mean)
        history.accuracy.append(accuracy_meter.mean)
    return {"loss": history.loss, "accuracy": history.accuracy}


class EvalMode:
    """Every module of the model in eval mode; afterwards each in its own mode from before."""

    def __init__(self, model):
        self.modes = {module: module.training for module in model.modules()}
        self.model = model

    def __enter__(self):
        self.model.eval()
        return self.model

    def __exit__(self, *_):
        for module, mode in self.modes.items():
            module.training = mode


def predict(model, X):
    with EvalMode(model), torch.no_grad():
        return torch.argmax(model(X), dim=1)


class LetterReader:
    settings = {"hidden_sizes": [64], "activation": "relu"}

    def __init__(self, X, labels):
        self.batches = DataLoader(TensorDataset(X, labels), batch_size=64, shuffle=True)

    def fit(self):
        model = MLP(256, 26, **self.settings)
        optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9, weight_decay=1e-4)
        train(model, self.batches, nn.CrossEntropyLoss(), optimizer, 17)
        return model


def letter_reader(X, labels):
    return LetterReader(X, labels).fit()


class Checkpoint:
    def __init__(self, model, configuration):
        self.model, self.configuration = model, configuration

    def write(self, path):
        with open(path, "wb") as file:
            torch.save({"model": self.model.state_dict(), "arguments": self.configuration}, file)

    @classmethod
    def read(cls, path):
        with open(path, "rb") as file:
            content = torch.load(file, weights_only=True)
        model = MLP(**content["arguments"])
        model.load_state_dict(content["model"])
        return cls(model, content["arguments"])


def save_checkpoint(path, model, configuration):
    Checkpoint(model, configuration).write(path)


def load_checkpoint(path):
    checkpoint = Checkpoint.read(path)
    return checkpoint.model, checkpoint.configuration


class Scaler:
    def __init__(self, values):
        self.mean, self.deviation = values.mean(), values.std(correction=0)

    def there(self, values):
        return (values - self.mean) / self.deviation

    def back(self, values):
        return values * self.deviation + self.mean


class Curve(nn.Module):
    def __init__(self, x, y):
        super().__init__()
        self.x_scaler, self.y_scaler = Scaler(x), Scaler(y)
        self.network = nn.Sequential(nn.Linear(1, 300), nn.ReLU(), nn.Linear(300, 1))

    def raw(self, u):
        return self.network(u.unsqueeze(1)).squeeze(1)

    def fit(self, x, y, steps=500):
        u, v = self.x_scaler.there(x), self.y_scaler.there(y)
        optimizer = torch.optim.Adam(self.network.parameters(), lr=0.01)
        for _ in range(steps):
            optimizer.zero_grad()
            nn.functional.mse_loss(self.raw(u), v).backward()
            optimizer.step()
        return self

    def forward(self, z):
        return self.y_scaler.back(self.raw(self.x_scaler.there(z)))


def fit_function(x, y):
    return Curve(x, y).fit(x, y)


class Polyline:
    def __init__(self, knots, heights):
        self.knots = np.array(knots, dtype=float)
        self.heights = np.array(heights, dtype=float)

    @property
    def slopes(self):
        return np.diff(self.heights) / np.diff(self.knots)

    def network(self):
        slopes = self.slopes
        w2 = np.append(slopes, 0.0) - np.insert(slopes, 0, 0.0)
        return np.ones(w2.shape), -self.knots, w2, self.heights[0]


def bump_network(knots, heights):
    return Polyline(knots, heights).network()


class Initialiser:
    def __init__(self, scheme):
        self.scheme = scheme

    def __call__(self, p):
        if p.ndim == 2:
            if self.scheme == "he":
                nn.init.kaiming_normal_(p, mode="fan_in", nonlinearity="relu")
            else:
                nn.init.normal_(p)
        else:
            nn.init.zeros_(p)


def initialise(model, scheme):
    initialiser = Initialiser(scheme)
    for p in model.parameters():
        initialiser(p)
    return model


def gradient_norms(model, loss_function, X, labels):
    model.zero_grad(set_to_none=True)
    loss_function(model(X), labels).backward()
    return [torch.linalg.norm(p.grad).item() for p in model.parameters() if p.dim() == 2]


why_it_fails = "c"
why_not_overfitting = "b"
what_he_does = "d"
