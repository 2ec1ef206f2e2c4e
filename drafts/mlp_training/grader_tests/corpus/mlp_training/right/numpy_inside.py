"""NumPy inside the Functions, and wherever it can be had."""

import numpy as np
import torch
from torch import nn


class OrNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.w = nn.Parameter(torch.randn(2))
        self.b = nn.Parameter(torch.randn(1))

    def forward(self, X):
        return torch.einsum("ni,i->n", X, self.w)[:, None].add(self.b).sigmoid()


def or_step(model, optimizer, X, targets):
    loss = nn.BCELoss()(model(X), targets)
    model.zero_grad()
    loss.backward()
    optimizer.step()
    return float(loss.detach())


def or_is_learned(model, X, targets):
    return not np.any(np.abs(model(X).detach().numpy() - targets.numpy()) > 0.05)


def _train_until_learned(model, X, targets):
    optimizer = torch.optim.SGD(model.parameters(), lr=4.0, momentum=0.5)
    losses = [or_step(model, optimizer, X, targets)]
    for _ in range(20_000):
        if or_is_learned(model, X, targets):
            break
        losses.append(or_step(model, optimizer, X, targets))
    return losses


def train_or(model, X, targets):
    return _train_until_learned(model, X, targets)


class LinearFunction(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, weight, bias):
        ctx.save_for_backward(x, weight, bias)
        return torch.from_numpy(x.detach().numpy() @ weight.detach().numpy().T + bias.detach().numpy())

    @staticmethod
    def backward(ctx, grad_y):
        x, weight, bias = ctx.saved_tensors
        g = grad_y.numpy()
        return tuple(map(torch.from_numpy, (g.dot(weight.detach().numpy()), g.T.dot(x.detach().numpy()), g.sum(0))))


class CrossEntropyFunction(torch.autograd.Function):
    @staticmethod
    def forward(ctx, logits, labels):
        s = logits.detach().numpy()
        s = s - s.max(axis=1, keepdims=True)
        log_p = s - np.log(np.exp(s).sum(axis=1, keepdims=True))
        onehot = np.eye(s.shape[1], dtype=s.dtype)[labels.numpy()]
        ctx.save_for_backward(torch.from_numpy(log_p), torch.from_numpy(onehot))
        return torch.tensor(-(log_p * onehot).sum(axis=1).mean())

    @staticmethod
    def backward(ctx, grad_loss):
        log_p, onehot = ctx.saved_tensors
        return (log_p.exp() - onehot) * (grad_loss.item() / len(onehot)), None


class Linear(nn.Module):
    def __init__(self, in_features, out_features):
        super().__init__()
        self.register_parameter("weight", nn.Parameter(_first_weights(out_features, in_features)))
        self.register_parameter("bias", nn.Parameter(_first_weights(out_features)))

    def forward(self, X):
        return LinearFunction.apply(X, self.weight, self.bias)


def _first_weights(*shape):
    return torch.rand(shape) * 0.4 - 0.2


class MLP(nn.Module):
    def __init__(self, input_size, output_size, hidden_sizes, activation):
        super().__init__()
        self.activation = activation
        self.hidden = nn.Sequential()
        for size in hidden_sizes:
            self.hidden.append(Linear(input_size, size))
            input_size = size
        self.last = Linear(input_size, output_size)

    def forward(self, X):
        for layer in self.hidden:
            X = layer(X)
            if self.activation != "none":
                X = getattr(torch, self.activation)(X)
        return self.last(X)


def train(model, batches, loss_function, optimizer, epochs):
    history = {"loss": [], "accuracy": []}
    for epoch in range(epochs):
        losses, hits = [], []
        for X, labels in batches:
            scores = model(X)
            loss = loss_function(scores, labels)
            for p in model.parameters():
                p.grad = None
            loss.backward()
            optimizer.step()
            losses += [loss.item()] * len(labels)
            hits += (scores.detach().max(dim=1).indices == labels).tolist()
        history["loss"].append(sum(losses) / len(losses))
        history["accuracy"].append(sum(hits) / len(hits))
    return history


@torch.inference_mode()
def predict(model, X):
    mode = model.training
    scores = model.eval()(X)
    model.train(mode)
    return torch.from_numpy(scores.numpy().argmax(-1))


def _shuffled(X, labels):
    class Batches:
        def __iter__(self):
            for batch in torch.randperm(len(X)).split(52):
                yield X[batch], labels[batch]

    return Batches()


def _trained(X, labels):
    model = MLP(256, 26, [96], "tanh")
    optimizer = torch.optim.Adam(model.parameters(), lr=3e-3, weight_decay=1e-4)
    train(model, _shuffled(X, labels), CrossEntropyFunction.apply, optimizer, 12)
    return model


def letter_reader(X, labels):
    return _trained(X, labels)


def save_checkpoint(path, model, configuration):
    content = dict(configuration)
    content["values"] = [p.detach() for p in model.parameters()]
    torch.save(content, path)


def load_checkpoint(path):
    configuration = torch.load(path, weights_only=True)
    values = configuration.pop("values")
    model = MLP(**configuration)
    for p, value in zip(model.parameters(), values):
        p.data = value
    return model, configuration


def _fit(x, y):
    low, high = y.min(), y.max()
    net = nn.Sequential(nn.Linear(1, 80), nn.ReLU(), nn.Linear(80, 1))
    optimizer = torch.optim.Adam(net.parameters(), lr=0.02)
    inputs, wanted = x[:, None] / 5, ((y - low) / (high - low) * 4 - 2)[:, None]
    for _ in range(800):
        loss = nn.functional.mse_loss(net(inputs), wanted)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return lambda z: (net(z[:, None] / 5)[:, 0] + 2) / 4 * (high - low) + low


def fit_function(x, y):
    return _fit(x, y)


def _tents(knots, heights):
    # one tent for each knot, of three units: at the neighbour to the left, at the knot, at the one to the right
    left = np.concatenate([[knots[0] - 1], knots[:-1]])
    right = np.concatenate([knots[1:], [knots[-1] + 1]])
    up, down = heights / (knots - left), heights / (right - knots)
    b1 = np.concatenate([-left, -knots, -right])
    return np.ones(len(b1)), b1, np.concatenate([up, -up - down, down]), 0.0


def bump_network(knots, heights):
    return _tents(knots, heights)


def initialise(model, scheme):
    with torch.no_grad():
        for p in model.parameters():
            p.zero_()
            if p.dim() > 1:
                p.add_(torch.randn(p.shape))
                if scheme == "he":
                    p.mul_(torch.tensor(2.0).div(p.size(-1)).sqrt())


def gradient_norms(model, loss_function, X, labels):
    weights = [p for p in model.parameters() if p.dim() > 1]
    grads = torch.autograd.grad(loss_function(model(X), labels), weights)
    return [np.linalg.norm(g.numpy()) for g in grads]


why_it_fails, why_not_overfitting, what_he_does = "c", "b", "d"
