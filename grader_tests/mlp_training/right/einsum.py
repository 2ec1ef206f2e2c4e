"""einsum for every product; helpers hold what has no one right answer."""

import numpy as np
import torch
from torch import nn


class OrNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.w = nn.Parameter(torch.randn(3))

    def forward(self, X):
        with_one = torch.cat([X, torch.ones(len(X), 1, dtype=X.dtype)], dim=1)
        return torch.einsum("ni,i->n", with_one, self.w)[:, None].sigmoid()


def or_step(model, optimizer, X, targets):
    loss = nn.BCELoss()(model(X), targets)
    model.zero_grad()
    loss.backward()
    optimizer.step()
    return float(loss.detach())


def or_is_learned(model, X, targets):
    outputs = model(X).detach()
    return torch.allclose(outputs, targets, rtol=0, atol=0.05)


def train_or(model, X, targets):
    optimizer = torch.optim.SGD(model.parameters(), lr=4.0, momentum=0.5)
    losses = []
    while len(losses) < 2000 and not or_is_learned(model, X, targets):
        losses.append(or_step(model, optimizer, X, targets))
    return losses


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
    return torch.argmax(scores, dim=-1)


def letter_reader(X, labels):
    model = MLP(256, 26, [96], "tanh")
    optimizer = torch.optim.AdamW(model.parameters(), lr=3e-3, weight_decay=1e-2)
    epochs, batches = 12, [(X[k::24], labels[k::24]) for k in range(24)]
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 6e-3, total_steps=epochs)
    for _ in range(epochs):
        train(model, batches, CrossEntropyFunction.apply, optimizer, 1)
        schedule.step()
    return model


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


class Curve(nn.Module):
    def __init__(self, x, y, units=200):
        super().__init__()
        self.inside = (x.mean(), x.abs().max() - x.mean())
        self.outside = (y.mean(), y.std())
        self.w1 = nn.Parameter(torch.randn(units).sign())
        self.b1 = nn.Parameter(2 * torch.rand(units) - 1)
        self.w2 = nn.Parameter(torch.randn(units) / 16)

    def forward(self, x):
        hidden = torch.relu(torch.einsum("n,h->nh", (x - self.inside[0]) / self.inside[1], self.w1) + self.b1)
        return torch.einsum("nh,h->n", hidden, self.w2) * self.outside[1] + self.outside[0]


def fit_function(x, y):
    curve = Curve(x, y)
    optimizer = torch.optim.AdamW(curve.parameters(), lr=0.01)
    for _ in range(600):
        optimizer.zero_grad()
        ((curve(x) - y) / y.std()).square().mean().backward()
        optimizer.step()
    return curve.eval()


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
    return model


def gradient_norms(model, loss_function, X, labels):
    weights = [p for p in model.parameters() if p.dim() > 1]
    grads = torch.autograd.grad(loss_function(model(X), labels), weights)
    return [torch.einsum("ij,ij->", g, g).sqrt().item() for g in grads]


why_it_fails, why_not_overfitting, what_he_does = "c", "b", "d"
