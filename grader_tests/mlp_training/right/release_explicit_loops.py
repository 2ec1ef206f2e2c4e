"""Style: explicit Python loops and lists, little vectorisation, counters by hand."""

import math
import random

import numpy as np
import torch
from torch import nn


class OrNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.w1 = nn.Parameter(torch.tensor(0.1))
        self.w2 = nn.Parameter(torch.tensor(-0.2))
        self.b = nn.Parameter(torch.tensor(0.0))

    def forward(self, X):
        rows = []
        for n in range(X.shape[0]):
            z = self.w1 * X[n, 0] + self.w2 * X[n, 1] + self.b
            rows.append(torch.sigmoid(z))
        return torch.stack(rows).reshape(-1, 1)


def or_step(model, optimizer, X, targets):
    optimizer.zero_grad()
    p = model(X)
    loss = 0
    for n in range(4):
        if targets[n, 0] == 1:
            loss = loss - torch.log(p[n, 0])
        else:
            loss = loss - torch.log(1 - p[n, 0])
    loss = loss / 4
    loss.backward()
    optimizer.step()
    return loss.item()


def or_is_learned(model, X, targets):
    with torch.no_grad():
        p = model(X)
    for n in range(4):
        if abs(p[n, 0] - targets[n, 0]) > 0.05:
            return False
    return True


def train_or(model, X, targets):
    optimizer = torch.optim.SGD(model.parameters(), lr=2.0)
    losses = []
    number = 0
    while number < 2000:
        if or_is_learned(model, X, targets):
            break
        loss = or_step(model, optimizer, X, targets)
        losses.append(loss)
        number = number + 1
    return losses


class LinearFunction(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, weight, bias):
        ctx.save_for_backward(x, weight)
        columns = []
        for j in range(weight.shape[0]):  # one column of y for each unit
            columns.append(x @ weight[j] + bias[j])
        return torch.stack(columns, dim=1)

    @staticmethod
    def backward(ctx, grad_y):
        x, weight = ctx.saved_tensors
        grad_x = torch.zeros_like(x)
        grad_weight = torch.zeros_like(weight)
        grad_bias = torch.zeros(weight.shape[0], dtype=weight.dtype)
        for j in range(weight.shape[0]):
            g = grad_y[:, j]
            grad_x += torch.outer(g, weight[j])
            grad_weight[j] = g @ x
            grad_bias[j] = g.sum()
        return grad_x, grad_weight, grad_bias


class CrossEntropyFunction(torch.autograd.Function):
    @staticmethod
    def forward(ctx, logits, labels):
        ctx.save_for_backward(logits, labels)
        N = logits.shape[0]
        total = torch.zeros((), dtype=logits.dtype)
        for n in range(N):
            row = logits[n]
            largest = row.max()
            total = total + largest + torch.log(torch.exp(row - largest).sum()) - row[labels[n]]
        return total / N

    @staticmethod
    def backward(ctx, grad_loss):
        logits, labels = ctx.saved_tensors
        N = logits.shape[0]
        grad_logits = torch.zeros_like(logits)
        for n in range(N):
            e = torch.exp(logits[n] - logits[n].max())
            p = e / e.sum()
            p[labels[n]] -= 1
            grad_logits[n] = grad_loss * p / N
        return grad_logits, None


class Linear(nn.Module):
    def __init__(self, in_features, out_features):
        super().__init__()
        bound = 1 / math.sqrt(in_features)
        rows = []
        for j in range(out_features):
            rows.append([random.uniform(-bound, bound) for k in range(in_features)])
        self.weight = nn.Parameter(torch.tensor(rows).reshape(out_features, in_features))
        self.bias = nn.Parameter(torch.tensor([0.0] * out_features))

    def forward(self, X):
        return LinearFunction.apply(X, self.weight, self.bias)


class MLP(nn.Module):
    def __init__(self, input_size, output_size, hidden_sizes, activation):
        super().__init__()
        self.activation = activation
        self.layers = nn.ModuleList()
        previous = input_size
        for size in hidden_sizes:
            self.layers.append(Linear(previous, size))
            previous = size
        self.layers.append(Linear(previous, output_size))

    def forward(self, X):
        last = len(self.layers) - 1
        for i in range(len(self.layers)):
            X = self.layers[i](X)
            if i != last:
                if self.activation == "relu":
                    X = torch.clamp(X, min=0)
                if self.activation == "tanh":
                    X = torch.tanh(X)
                if self.activation == "sigmoid":
                    X = torch.sigmoid(X)
        return X


def train(model, batches, loss_function, optimizer, epochs):
    history = {}
    history["loss"] = []
    history["accuracy"] = []
    for epoch in range(epochs):
        sum_of_losses = 0.0
        number_right = 0
        number = 0
        for X, labels in batches:
            optimizer.zero_grad()
            scores = model(X)
            loss = loss_function(scores, labels)
            loss.backward()
            optimizer.step()
            sum_of_losses = sum_of_losses + loss.item() * X.shape[0]
            for n in range(X.shape[0]):
                if int(torch.argmax(scores[n])) == int(labels[n]):
                    number_right = number_right + 1
                number = number + 1
        history["loss"].append(sum_of_losses / number)
        history["accuracy"].append(number_right / number)
    return history


def predict(model, X):
    before = model.training
    model.eval()
    with torch.no_grad():
        scores = model(X)
    if before:
        model.train()
    classes = []
    for n in range(scores.shape[0]):
        best = 0
        for c in range(1, scores.shape[1]):
            if scores[n, c] > scores[n, best]:
                best = c
        classes.append(best)
    return torch.tensor(classes, dtype=torch.long)


def letter_reader(X, labels):
    class Batches:
        """Shuffled batches of 60, without a DataLoader."""

        def __iter__(self):
            order = torch.randperm(len(X))
            for start in range(0, len(X), 60):
                chosen = order[start : start + 60]
                yield X[chosen], labels[chosen]

    model = MLP(256, 26, [48], "relu")
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    train(model, Batches(), nn.functional.cross_entropy, optimizer, 18)
    return model


def save_checkpoint(path, model, configuration):
    saved = {}
    for name, tensor in model.state_dict().items():
        saved["weights." + name] = tensor.clone()
    for key, value in configuration.items():
        saved["configuration." + key] = value
    torch.save(saved, path)


def load_checkpoint(path):
    saved = torch.load(path, weights_only=True)
    weights, configuration = {}, {}
    for key, value in saved.items():
        kind, name = key.split(".", 1)
        if kind == "weights":
            weights[name] = value
        else:
            configuration[name] = value
    model = MLP(**configuration)
    model.load_state_dict(weights)
    return model, configuration


def fit_function(x, y):
    N = len(x)
    x_mean = sum(x.tolist()) / N
    y_mean = sum(y.tolist()) / N
    x_dev = math.sqrt(sum((v - x_mean) ** 2 for v in x.tolist()) / N)
    y_dev = math.sqrt(sum((v - y_mean) ** 2 for v in y.tolist()) / N)
    inputs = (x.reshape(N, 1) - x_mean) / x_dev
    outputs = (y.reshape(N, 1) - y_mean) / y_dev
    layer1 = nn.Linear(1, 200)
    layer2 = nn.Linear(200, 1)
    optimizer = torch.optim.Adam(list(layer1.parameters()) + list(layer2.parameters()), lr=0.01)
    for i in range(600):
        optimizer.zero_grad()
        error = layer2(torch.relu(layer1(inputs))) - outputs
        loss = (error * error).sum() / N
        loss.backward()
        optimizer.step()

    def f(z):
        hidden = torch.relu(layer1((z.reshape(len(z), 1) - x_mean) / x_dev))
        return layer2(hidden).reshape(len(z)) * y_dev + y_mean

    return f


def bump_network(knots, heights):
    w1, b1, w2 = [], [], []
    slope_before = 0.0
    for i in range(len(knots) - 1):
        slope = (heights[i + 1] - heights[i]) / (knots[i + 1] - knots[i])
        w1.append(1.0)
        b1.append(-knots[i])
        w2.append(slope - slope_before)
        slope_before = slope
    return np.array(w1), np.array(b1), np.array(w2), heights[0]


def initialise(model, scheme):
    with torch.no_grad():
        for p in model.parameters():
            if p.ndim == 1:
                for i in range(len(p)):
                    p[i] = 0.0
            else:
                for j in range(p.shape[0]):
                    row = torch.randn(p.shape[1])
                    if scheme == "he":
                        row = row * math.sqrt(2 / p.shape[1])
                    p[j] = row
    return model


def gradient_norms(model, loss_function, X, labels):
    for p in model.parameters():
        p.grad = None
    loss = loss_function(model(X), labels)
    loss.backward()
    norms = []
    for p in model.parameters():
        if p.ndim == 2:
            total = 0.0
            for row in p.grad.tolist():
                for g in row:
                    total += g * g
            norms.append(math.sqrt(total))
    return norms


why_it_fails = "c"
why_not_overfitting = "b"
what_he_does = "d"
