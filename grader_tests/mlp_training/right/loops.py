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
    losses = []
    for step in range(2000):
        if step % 20 == 0 and or_is_learned(model, X, targets):
            return losses
        losses.append(or_step(model, optimizer, X, targets))
    return losses


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
    speeds = [torch.zeros_like(p) for p in model.parameters()]
    for epoch in range(12):
        order = torch.randperm(len(X))
        for start in range(0, len(X), 60):
            batch = order[start : start + 60]
            for p in model.parameters():
                p.grad = None
            F.cross_entropy(model(X[batch]), labels[batch]).backward()
            with torch.no_grad():
                for p, speed in zip(model.parameters(), speeds):
                    speed *= 0.9
                    speed += p.grad
                    p -= 0.08 * speed
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
    big = max(abs(float(v)) for v in y)
    net = nn.Sequential(nn.Linear(1, 150), nn.Tanh(), nn.Linear(150, 1))
    net[1] = nn.ReLU()
    optimizer = torch.optim.Adam(net.parameters(), lr=0.01)
    inputs, wanted = (x / 6).reshape(-1, 1), (2 * y / big).reshape(-1, 1)
    for step in range(600):
        loss = ((net(inputs) - wanted) ** 2).sum() / len(x)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()

    def fitted(z):
        return net((z / 6).reshape(-1, 1)).reshape(-1) * big / 2

    return fitted


def bump_network(knots, heights):
    K = len(knots)
    w2 = np.zeros(K - 1)
    for k in range(K - 1):
        slope = (heights[k + 1] - heights[k]) / (knots[k + 1] - knots[k])
        w2[k] = slope - w2[:k].sum()
    return np.ones(K - 1), np.array([-knot for knot in knots[:-1]]), w2, float(heights[0])


def initialise(model, scheme):
    for name, p in model.named_parameters():
        if name.endswith("bias"):
            p.data.fill_(0)
            continue
        for row in p.data:
            row.normal_(0, 1 if scheme == "naive" else (2 / len(row)) ** 0.5)
    return model


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
