"""Python loops over examples and units in the hand-written derivatives; arrays built item by item."""

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
    return [or_step(model, optimizer, X, targets) for _ in range(1500)]


class LinearFunction(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, weight, bias):
        ctx.save_for_backward(x, weight)
        y = x.new_zeros(len(x), len(weight))
        for n in range(len(x)):
            for j in range(len(weight)):
                y[n, j] = (x[n] * weight[j]).sum() + bias[j]
        return y

    @staticmethod
    def backward(ctx, grad_y):
        x, weight = ctx.saved_tensors
        grad_x, grad_weight = torch.zeros_like(x), torch.zeros_like(weight)
        grad_bias = weight.new_zeros(len(weight))
        for n in range(len(x)):
            for j in range(len(weight)):
                grad_x[n] += grad_y[n, j] * weight[j]
                grad_weight[j] += grad_y[n, j] * x[n]
                grad_bias[j] += grad_y[n, j]
        return grad_x, grad_weight, grad_bias


class CrossEntropyFunction(torch.autograd.Function):
    @staticmethod
    def forward(ctx, logits, labels):
        ctx.save_for_backward(logits, labels)
        total = 0.0
        for row, label in zip(logits, labels):
            total = total + torch.log(torch.exp(row - row.max()).sum()) - (row[label] - row.max())
        return total / len(labels)

    @staticmethod
    def backward(ctx, grad_loss):
        logits, labels = ctx.saved_tensors
        rows = []
        for row, label in zip(logits, labels):
            e = torch.exp(row - row.max())
            e = e / e.sum()
            e[label] = e[label] - 1
            rows.append(e / len(labels) * grad_loss)
        return torch.stack(rows), None


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


def letter_reader(X, labels):
    model = nn.Sequential(nn.Linear(256, 64), nn.ReLU(), nn.Linear(64, 26))
    optimizer = torch.optim.Adam(model.parameters(), lr=2e-3)
    loader = torch.utils.data.DataLoader(list(zip(X, labels)), batch_size=32, shuffle=True)
    train(model, loader, F.cross_entropy, optimizer, epochs=8)
    return model


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
    sx, sy = x.abs().max(), y.abs().max()
    net = nn.Sequential(nn.Linear(1, 100), nn.ReLU(), nn.Linear(100, 1))
    with torch.no_grad():
        net[0].weight.fill_(1.0)
        net[0].bias.uniform_(-1, 1)
    features = torch.cat([F.relu(net[0](x[:, None] / sx)), torch.ones(len(x), 1)], dim=1).detach().double()
    # the second layer by least squares: the first is left as it was drawn
    solved = torch.linalg.lstsq(features, (y / sy).double()[:, None], driver="gelsd").solution[:, 0].float()
    return lambda z: (F.relu(net[0](z[:, None] / sx)) @ solved[:-1] + solved[-1]) * sy


def bump_network(knots, heights):
    K = len(knots)
    w2 = np.zeros(K - 1)
    for k in range(K - 1):
        slope = (heights[k + 1] - heights[k]) / (knots[k + 1] - knots[k])
        w2[k] = slope - w2[:k].sum()
    return np.ones(K - 1), np.array([-knot for knot in knots[:-1]]), w2, float(heights[0])


def initialise(model, scheme):
    for module in model.modules():
        if hasattr(module, "weight"):
            if scheme == "he":
                nn.init.kaiming_normal_(module.weight, nonlinearity="relu")
            else:
                nn.init.normal_(module.weight)
            nn.init.zeros_(module.bias)


def gradient_norms(model, loss_function, X, labels):
    model.zero_grad()
    loss_function(model(X), labels).backward()
    norms = []
    for p in model.parameters():
        if len(p.shape) == 2:
            total = 0.0
            for row in p.grad.tolist():
                for value in row:
                    total += value * value
            norms.append(total**0.5)
    return norms


why_it_fails = "C"
why_not_overfitting = "B"
what_he_does = "D"
