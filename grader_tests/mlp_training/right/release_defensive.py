"""Style: defensive, with asserts, copies and conversions (np.asarray(..., dtype=float), .clone(), .to(...)) everywhere."""

import copy
from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


class OrNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.unit = nn.Linear(in_features=2, out_features=1, bias=True)

    def forward(self, X):
        assert X.ndim == 2 and X.shape[1] == 2, "X must be (N, 2)"
        p = torch.sigmoid(self.unit(X))
        assert p.shape == (X.shape[0], 1)
        return p


def or_step(model, optimizer, X, targets):
    assert X.shape == (4, 2)
    assert targets.shape == (4, 1)
    model.zero_grad()
    optimizer.zero_grad()
    p = model(X.clone())
    assert p.shape == targets.shape
    loss = nn.functional.binary_cross_entropy(p, targets.to(p.dtype), reduction="mean")
    value = float(loss.detach())
    loss.backward()
    optimizer.step()
    return value


def or_is_learned(model, X, targets):
    with torch.no_grad():
        p = model(X)
    assert p.shape == targets.shape, "shapes (4, 1), or broadcasting compares every p with every t"
    return bool((torch.abs(p - targets) <= 0.05).all().item())


def train_or(model, X, targets):
    X, targets = X.clone(), targets.clone()
    optimizer = torch.optim.Adam(model.parameters(), lr=0.1)
    losses = []
    for _ in range(2000):
        if or_is_learned(model, X, targets):
            break
        loss = or_step(model, optimizer, X, targets)
        assert isinstance(loss, float)
        losses.append(loss)
    assert len(losses) <= 2000
    return list(losses)


class LinearFunction(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, weight, bias):
        assert x.ndim == 2 and weight.ndim == 2 and bias.ndim == 1
        assert x.shape[1] == weight.shape[1], (x.shape, weight.shape)
        assert bias.shape[0] == weight.shape[0], (bias.shape, weight.shape)
        ctx.save_for_backward(x, weight, bias)
        y = torch.matmul(x, weight.transpose(0, 1)) + bias.unsqueeze(0)
        assert y.shape == (x.shape[0], weight.shape[0])
        return y

    @staticmethod
    def backward(ctx, grad_y):
        x, weight, bias = ctx.saved_tensors
        g = grad_y.clone()
        grad_x = torch.matmul(g, weight)
        grad_weight = torch.matmul(g.transpose(0, 1).contiguous(), x)
        grad_bias = g.sum(dim=0)
        assert grad_x.shape == x.shape
        assert grad_weight.shape == weight.shape
        assert grad_bias.shape == bias.shape
        return grad_x, grad_weight, grad_bias


class CrossEntropyFunction(torch.autograd.Function):
    @staticmethod
    def forward(ctx, logits, labels):
        assert logits.ndim == 2 and labels.shape == (logits.shape[0],)
        k = labels.to(torch.int64)
        assert int(k.min()) >= 0 and int(k.max()) < logits.shape[1]
        ctx.save_for_backward(logits.clone(), k.clone())
        largest = logits.max(dim=1, keepdim=True).values
        log_sum = torch.log(torch.exp(logits - largest).sum(dim=1)) + largest.squeeze(1)
        rows = torch.arange(logits.shape[0])
        loss = (log_sum - logits[rows, k]).mean()
        assert loss.ndim == 0
        return loss

    @staticmethod
    def backward(ctx, grad_loss):
        logits, k = ctx.saved_tensors
        N, C = logits.shape
        p = torch.softmax(logits, dim=1)
        onehot = nn.functional.one_hot(k, num_classes=C).to(p.dtype)
        grad_logits = (p - onehot) / N
        assert grad_logits.shape == logits.shape
        return grad_loss.clone() * grad_logits, None


class Linear(nn.Module):
    def __init__(self, in_features, out_features):
        super().__init__()
        weight = torch.empty(int(out_features), int(in_features), dtype=torch.float32)
        nn.init.xavier_normal_(weight)
        self.weight = nn.Parameter(weight)
        self.bias = nn.Parameter(torch.zeros(int(out_features), dtype=torch.float32))

    def forward(self, X):
        return LinearFunction.apply(X, self.weight, self.bias)


class MLP(nn.Module):
    def __init__(self, input_size, output_size, hidden_sizes, activation):
        super().__init__()
        if activation not in ("relu", "tanh", "sigmoid", "none"):
            raise ValueError(f"activation is {activation!r}")
        self.activation = activation
        self.hidden_sizes = list(hidden_sizes)  # a copy: the caller may change theirs
        sizes = [input_size] + self.hidden_sizes + [output_size]
        assert all(size > 0 for size in sizes)
        self.layers = nn.ModuleList([Linear(sizes[i - 1], sizes[i]) for i in range(1, len(sizes))])

    def activate(self, X):
        if self.activation == "relu":
            return torch.relu(X)
        elif self.activation == "tanh":
            return torch.tanh(X)
        elif self.activation == "sigmoid":
            return torch.sigmoid(X)
        return X

    def forward(self, X):
        for number, layer in enumerate(self.layers, start=1):
            X = layer(X)
            if number < len(self.layers):
                X = self.activate(X)
        return X


def train(model, batches, loss_function, optimizer, epochs):
    losses, accuracies = [], []
    for _ in range(int(epochs)):
        sums, hits, count = [], 0, 0
        for X, labels in batches:
            assert len(X) == len(labels)
            optimizer.zero_grad()
            scores = model(X)
            loss = loss_function(scores, labels)
            assert loss.numel() == 1
            loss.backward()
            optimizer.step()
            sums.append(float(loss.detach()) * len(labels))
            hits += int((scores.detach().argmax(dim=1) == labels).sum())
            count += len(labels)
        assert count > 0, "no examples"
        losses.append(float(np.sum(np.asarray(sums, dtype=float)) / count))
        accuracies.append(float(hits / count))
    return {"loss": losses, "accuracy": accuracies}


def predict(model, X):
    before = bool(model.training)
    try:
        model.eval()
        with torch.no_grad():
            scores = model(X.clone())
            assert scores.ndim == 2 and scores.shape[0] == X.shape[0]
            return scores.argmax(dim=1).to(torch.int64)
    finally:
        model.train(before)
        assert model.training == before


def letter_reader(X, labels):
    X, labels = X.clone().float(), labels.clone().long()
    assert X.shape[1] == 256
    model = MLP(256, 26, [64], "relu")
    batches = DataLoader(TensorDataset(X, labels), batch_size=64, shuffle=True)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    train(model, batches, nn.functional.cross_entropy, optimizer, epochs=16)
    model.eval()
    return model


def save_checkpoint(path, model, configuration):
    assert set(configuration) == {"input_size", "output_size", "hidden_sizes", "activation"}
    state = {name: tensor.detach().clone() for name, tensor in model.state_dict().items()}
    torch.save({"state": state, "configuration": copy.deepcopy(configuration)}, Path(path))


def load_checkpoint(path):
    saved = torch.load(Path(path), map_location="cpu", weights_only=True)
    assert set(saved) == {"state", "configuration"}
    configuration = copy.deepcopy(saved["configuration"])
    model = MLP(**configuration)
    model.load_state_dict(saved["state"], strict=True)
    return model, configuration


def fit_function(x, y):
    x, y = x.detach().clone().float(), y.detach().clone().float()
    assert x.ndim == y.ndim == 1 and len(x) == len(y)
    x_mean, x_std = float(x.mean()), max(float(x.std()), 1e-12)
    y_mean, y_std = float(y.mean()), max(float(y.std()), 1e-12)
    inputs = ((x - x_mean) / x_std).unsqueeze(1)
    outputs = ((y - y_mean) / y_std).unsqueeze(1)
    network = nn.Sequential(nn.Linear(1, 256), nn.ReLU(), nn.Linear(256, 1))
    optimizer = torch.optim.Adam(network.parameters(), lr=0.01)
    for _ in range(500):
        optimizer.zero_grad()
        prediction = network(inputs)
        assert prediction.shape == outputs.shape
        nn.functional.mse_loss(prediction, outputs).backward()
        optimizer.step()
    network.eval()

    def fitted(z):
        with torch.no_grad():
            z = torch.as_tensor(z, dtype=torch.float32)
            assert z.ndim == 1
            return network(((z - x_mean) / x_std).unsqueeze(1)).squeeze(1) * y_std + y_mean

    return fitted


def bump_network(knots, heights):
    knots = np.asarray(knots, dtype=float).copy()
    heights = np.asarray(heights, dtype=float).copy()
    assert knots.ndim == heights.ndim == 1 and knots.shape == heights.shape
    assert np.all(np.diff(knots) > 0), "knots must increase"
    if len(knots) == 1:
        return np.zeros(1), np.zeros(1), np.zeros(1), float(heights[0])
    slopes = np.diff(heights) / np.diff(knots)
    w2 = np.diff(slopes, prepend=0.0)
    w1 = np.ones(len(w2))
    b1 = -knots[:-1]
    assert w1.shape == b1.shape == w2.shape
    return w1, b1, w2, float(heights[0])


def initialise(model, scheme):
    if scheme not in ("naive", "he"):
        raise ValueError(scheme)
    with torch.no_grad():
        for p in model.parameters():
            if p.ndim == 2:
                out_features, in_features = p.shape
                variance = 1.0 if scheme == "naive" else 2.0 / in_features
                p.normal_(mean=0.0, std=float(np.sqrt(variance)))
            else:
                assert p.ndim == 1
                p.fill_(0.0)
    return model


def gradient_norms(model, loss_function, X, labels):
    # on a copy, so that the caller's gradients stay as they are
    twin = copy.deepcopy(model)
    twin.zero_grad(set_to_none=True)
    loss = loss_function(twin(X), labels)
    loss.backward()
    norms = []
    for p in twin.parameters():
        if p.ndim == 2:
            assert p.grad is not None
            norms.append(float(p.grad.detach().norm(p=2)))
    return norms


why_it_fails = str("c")
why_not_overfitting = str("b")
what_he_does = str("d")
assert {why_it_fails, why_not_overfitting, what_he_does} <= set("abcd")
