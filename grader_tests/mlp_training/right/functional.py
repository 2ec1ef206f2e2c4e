"""torch.nn.functional where it has a name for the thing; generators and comprehensions."""

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn


class OrNet(nn.Sequential):
    def __init__(self):
        super().__init__(nn.Linear(2, 1), nn.Sigmoid())


def or_step(model, optimizer, X, targets):
    optimizer.zero_grad(set_to_none=False)
    p = model(X)
    loss = -(targets * p.log() + (1 - targets) * (1 - p).log()).mean()
    loss.backward()
    optimizer.step()
    return loss.detach().numpy().item()


def or_is_learned(model, X, targets):
    with torch.inference_mode():
        return all(abs(o - t) <= 0.05 for o, t in zip(model(X).flatten().tolist(), targets.flatten().tolist()))


def train_or(model, X, targets):
    optimizer = torch.optim.SGD(model.parameters(), lr=5.0)
    losses = []
    while len(losses) < 2000 and not or_is_learned(model, X, targets):
        losses += [or_step(model, optimizer, X, targets) for _ in range(50)]
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
        layers = []
        for a, b in zip([input_size] + list(hidden_sizes), list(hidden_sizes) + [output_size]):
            layers += [Linear(a, b), act()]
        self.net = nn.Sequential(*layers[:-1])

    def forward(self, X):
        return self.net(X)


def train(model, batches, loss_function, optimizer, epochs):
    losses, accuracies = [], []
    for _ in range(epochs):
        model.train()
        seen, loss_sum, right = 0, 0.0, 0
        for X, labels in batches:
            n = labels.size(0)
            out = model(X)
            loss = loss_function(out, labels)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
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


class Reader(nn.Module):
    def __init__(self, weights):
        super().__init__()
        self.weights = nn.ParameterList(weights)

    def forward(self, X):
        return scores_of(self.weights, X)


def scores_of(weights, X):
    w1, b1, w2, b2 = weights
    return F.linear(F.relu(F.linear(X, w1, b1)), w2, b2)


def letter_reader(X, labels):
    weights = [torch.randn(64, 256) / 16, torch.zeros(64), torch.randn(26, 64) / 8, torch.zeros(26)]
    slopes = torch.func.grad(lambda w, rows: F.cross_entropy(scores_of(w, X[rows]), labels[rows]))
    for rows in (rows for _ in range(25) for rows in torch.randperm(len(X)).split(32)):
        weights = [w - 0.15 * g for w, g in zip(weights, slopes(weights, rows))]
    return Reader(weights)


def save_checkpoint(path, model, configuration):
    with open(path, "wb") as file:
        torch.save((configuration, model.state_dict()), file)


def load_checkpoint(path):
    configuration, state = torch.load(path)
    model = MLP(
        configuration["input_size"],
        configuration["output_size"],
        configuration["hidden_sizes"],
        configuration["activation"],
    )
    model.load_state_dict(state)
    return model, configuration


def fit_function(x, y):
    low, high = y.min(), y.max()
    wanted = (y - low) / (high - low) * 4 - 2
    net = nn.Sequential(nn.Unflatten(0, (-1, 1)), nn.Linear(1, 100), nn.ReLU(), nn.Linear(100, 1), nn.Flatten(0))
    optimizer = torch.optim.Adam(net.parameters(), lr=0.02)
    slower = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, 800)
    for _ in range(800):
        optimizer.zero_grad()
        F.mse_loss(net(x / 5), wanted).backward()
        optimizer.step()
        slower.step()
    return lambda z: (net(z / 5) + 2) / 4 * (high - low) + low


def bump_network(knots, heights):
    def slope(k):
        return (heights[k + 1] - heights[k]) / (knots[k + 1] - knots[k])

    changes = [slope(0), *(slope(k) - slope(k - 1) for k in range(1, len(knots) - 1))]
    return [1] * len(changes), [-k for k in knots[:-1]], changes, heights[0]


def initialise(model, scheme):
    def draw(module):
        if hasattr(module, "weight"):
            wide = 2 / module.weight.shape[1] if scheme == "he" else 1
            module.weight.data = torch.randn_like(module.weight) * wide**0.5
            module.bias.data = torch.zeros_like(module.bias)

    return model.apply(draw)


def gradient_norms(model, loss_function, X, labels):
    for p in model.parameters():
        p.grad = None
    loss_function(model(X), labels).backward()
    return [float(torch.linalg.matrix_norm(p.grad)) for name, p in model.named_parameters() if "weight" in name]


why_it_fails = "C"
why_not_overfitting = "B"
what_he_does = "D"
