"""torch.autograd.grad and functional calls in place of .backward() where that is possible; statistics after."""

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
    loss = nn.functional.binary_cross_entropy(model(X), targets)
    parameters = list(model.parameters())
    for p, grad in zip(parameters, torch.autograd.grad(loss, parameters)):
        p.grad = grad
    optimizer.step()
    return round(loss.item(), 15)


def or_is_learned(model, X, targets):
    outputs = model(X).detach()
    return torch.allclose(outputs, targets, rtol=0, atol=0.05)


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
        return torch.einsum("ni,oi->no", x, weight) + bias

    @staticmethod
    def backward(ctx, grad_y):
        x, weight, bias = ctx.saved_tensors
        grad_x = torch.einsum("no,oi->ni", grad_y, weight) if ctx.needs_input_grad[0] else None
        return grad_x, torch.einsum("no,ni->oi", grad_y, x), torch.einsum("no->o", grad_y)


class CrossEntropyFunction(torch.autograd.Function):
    @staticmethod
    def forward(ctx, logits, labels):
        log_p = torch.log_softmax(logits, dim=1)
        onehot = nn.functional.one_hot(labels, logits.shape[1]).to(logits)
        ctx.save_for_backward(log_p, onehot)
        return -torch.einsum("nc,nc->n", log_p, onehot).mean()

    @staticmethod
    def backward(ctx, grad_loss):
        log_p, onehot = ctx.saved_tensors
        return torch.einsum(",nc->nc", grad_loss, log_p.exp() - onehot) / onehot.shape[0], None


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
        self.depth = 0
        for size in [*hidden_sizes, output_size]:
            setattr(self, f"linear_{self.depth}", Linear(input_size, size))
            input_size, self.depth = size, self.depth + 1

    def forward(self, X):
        for k in range(self.depth):
            X = getattr(self, f"linear_{k}")(X)
            if k < self.depth - 1 and self.activation != "none":
                X = {"relu": X.relu, "tanh": X.tanh, "sigmoid": X.sigmoid}[self.activation]()
        return X


def train(model, batches, loss_function, optimizer, epochs):
    history = {"loss": [], "accuracy": []}
    for epoch in range(epochs):
        losses, hits = [], []
        for X, labels in batches:
            scores = model(X)
            loss = loss_function(scores, labels)
            own = list(model.parameters())
            for p, grad in zip(own, torch.autograd.grad(loss, own)):
                p.grad = grad
            optimizer.step()
            losses += [loss.item()] * len(labels)
            hits += (scores.detach().max(dim=1).indices == labels).tolist()
        history["loss"].append(sum(losses) / len(losses))
        history["accuracy"].append(sum(hits) / len(hits))
    return history


def predict(model, X):
    modes = [(module, module.training) for module in model.modules()]
    with torch.no_grad():
        found = torch.cat([model.eval()(chunk).topk(1).indices[:, 0] for chunk in X.split(4)])
    for module, training in modes:
        module.training = training
    return found.to(torch.int32)


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
    return [torch.einsum("ij,ij->", g, g).sqrt().item() for g in grads]


why_it_fails, why_not_overfitting, what_he_does = "c", "b", "d"
