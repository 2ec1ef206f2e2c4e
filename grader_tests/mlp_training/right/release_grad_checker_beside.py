"""Style: someone who derives, and keeps a numerical-gradient checker (central differences), used nowhere, beside the work."""

from itertools import pairwise

import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


def numerical_gradient(f, x, h=1e-6):
    """Central differences (f(x + h) - f(x - h)) / 2h, entry by entry; only to compare with."""
    grad = torch.zeros_like(x)
    flat, flat_grad = x.reshape(-1), grad.reshape(-1)
    for i in range(flat.numel()):
        keep = flat[i].item()
        flat[i] = keep + h
        plus = float(f(x))
        flat[i] = keep - h
        minus = float(f(x))
        flat[i] = keep
        flat_grad[i] = (plus - minus) / (2 * h)
    return grad


def rel_error(a, b):
    return ((a - b).abs() / (a.abs() + b.abs()).clamp(min=1e-8)).max().item()


def compare():
    """Print how far my gradients are from finite differences (called by hand, when in doubt)."""
    torch.manual_seed(1)
    x, w, b = torch.randn(5, 3).double(), torch.randn(4, 3).double(), torch.randn(4).double()
    upstream = torch.randn(5, 4).double()
    leaves = [t.clone().requires_grad_() for t in (x, w, b)]
    (LinearFunction.apply(*leaves) * upstream).sum().backward()
    print(rel_error(leaves[1].grad, numerical_gradient(lambda v: ((x @ v.T + b) * upstream).sum(), w)))
    s, k = torch.randn(6, 4).double(), torch.tensor([0, 3, 2, 1, 1, 0])
    leaf = s.clone().requires_grad_()
    (3 * CrossEntropyFunction.apply(leaf, k)).backward()
    print(rel_error(leaf.grad, numerical_gradient(lambda v: 3 * nn.functional.cross_entropy(v, k), s)))
    print(torch.autograd.gradcheck(LinearFunction.apply, leaves))


class OrNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(2, 1)

    def forward(self, X):
        return self.fc(X).sigmoid()


def or_step(model, optimizer, X, targets):
    p = model(X)
    loss = -(targets * torch.log(p) + (1 - targets) * torch.log(1 - p)).mean()
    optimizer.zero_grad()
    loss.backward()
    # for w in model.parameters():
    #     print(w.grad - numerical_gradient(lambda _: loss_of(model), w.data))
    optimizer.step()
    return loss.item()


def or_is_learned(model, X, targets):
    with torch.no_grad():
        off = (model(X) - targets).abs()
    return not bool((off > 0.05).any())


def train_or(model, X, targets):
    optimizer = torch.optim.Adam(model.parameters(), lr=0.1)
    losses = []
    for _ in range(2000):
        if or_is_learned(model, X, targets):
            break
        losses.append(or_step(model, optimizer, X, targets))
    return losses


class LinearFunction(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, weight, bias):
        ctx.save_for_backward(x, weight)
        return x @ weight.t() + bias

    @staticmethod
    def backward(ctx, grad_y):
        x, weight = ctx.saved_tensors
        # dL/dW_jk = sum_n dL/dy_nj x_nk
        grad_weight = grad_y.t() @ x
        # numeric = numerical_gradient(lambda w: (grad_y * (x @ w.t())).sum(), weight.clone())
        # assert rel_error(grad_weight, numeric) < 1e-6
        return grad_y @ weight, grad_weight, grad_y.sum(0)


class CrossEntropyFunction(torch.autograd.Function):
    @staticmethod
    def forward(ctx, logits, labels):
        ctx.save_for_backward(logits, labels)
        picked = logits[torch.arange(len(labels)), labels]
        return torch.mean(torch.logsumexp(logits, 1) - picked)

    @staticmethod
    def backward(ctx, grad_loss):
        logits, labels = ctx.saved_tensors
        n = logits.shape[0]
        grad = torch.softmax(logits, 1)
        grad[torch.arange(n), labels] -= 1.0
        # eps = 1e-5
        # up, down = logits.clone(), logits.clone()
        # up[0, 0] += eps; down[0, 0] -= eps
        # print((loss(up) - loss(down)) / (2 * eps), grad[0, 0] / n)
        return grad / n * grad_loss, None


ACTIVATION = {"relu": torch.relu, "tanh": torch.tanh, "sigmoid": torch.sigmoid, "none": lambda X: X}


class Linear(nn.Module):
    def __init__(self, in_features, out_features):
        super().__init__()
        self.weight = nn.Parameter(nn.init.xavier_normal_(torch.empty(out_features, in_features)))
        self.bias = nn.Parameter(torch.zeros(out_features))

    def forward(self, X):
        return LinearFunction.apply(X, self.weight, self.bias)


class MLP(nn.Module):
    def __init__(self, input_size, output_size, hidden_sizes, activation):
        super().__init__()
        self.layers = nn.ModuleList([Linear(a, b) for a, b in pairwise([input_size, *hidden_sizes, output_size])])
        self.activation = activation

    def forward(self, X):
        X = self.layers[0](X)
        for layer in self.layers[1:]:
            X = layer(ACTIVATION[self.activation](X))
        return X


def train(model, batches, loss_function, optimizer, epochs):
    history = {"loss": [], "accuracy": []}
    for _ in range(epochs):
        total = hits = n = 0
        for X, labels in batches:
            scores = model(X)
            loss = loss_function(scores, labels)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item() * labels.numel()
            hits += (scores.argmax(dim=1) == labels).sum().item()
            n += labels.numel()
        history["loss"].append(total / n)
        history["accuracy"].append(hits / n)
    return history


def predict(model, X):
    training = model.training
    model.eval()
    with torch.no_grad():
        result = model(X).max(dim=1).indices
    model.train(training)
    return result


def letter_reader(X, labels):
    model = MLP(256, 26, [64], "relu")
    batches = DataLoader(TensorDataset(X, labels), batch_size=64, shuffle=True)
    optimizer = torch.optim.Adam(model.parameters(), lr=3e-3, weight_decay=1e-4)
    train(model, batches, nn.functional.cross_entropy, optimizer, 18)
    return model


def save_checkpoint(path, model, configuration):
    torch.save({"parameters": model.state_dict(), **{"mlp": configuration}}, str(path))


def load_checkpoint(path):
    saved = torch.load(str(path), weights_only=True)
    model = MLP(**saved["mlp"])
    model.load_state_dict(saved["parameters"])
    return model, saved["mlp"]


def fit_function(x, y):
    mx, sx, my, sy = x.mean(), x.std(), y.mean(), y.std()
    u, v = (x - mx) / sx, (y - my) / sy
    network = nn.Sequential(nn.Linear(1, 256), nn.ReLU(), nn.Linear(256, 1))
    optimizer = torch.optim.Adam(network.parameters(), lr=0.01)
    for _ in range(500):
        optimizer.zero_grad()
        loss = (network(u[:, None])[:, 0] - v).pow(2).mean()
        loss.backward()
        optimizer.step()
    return lambda z: my + sy * network(((z - mx) / sx)[:, None])[:, 0]


def bump_network(knots, heights):
    slope = np.diff(heights) / np.diff(knots)  # difference quotients: exact here, the pieces are straight
    w2 = np.diff(slope, prepend=0)
    return np.ones(len(knots) - 1), -knots[:-1], w2, heights[0]


def initialise(model, scheme):
    for p in model.parameters():
        if p.ndim == 2:
            nn.init.normal_(p, 0.0, 1.0 if scheme == "naive" else np.sqrt(2 / p.shape[1]))
        else:
            nn.init.zeros_(p)
    return model


def gradient_norms(model, loss_function, X, labels):
    model.zero_grad()
    loss = loss_function(model(X), labels)
    loss.backward()
    # check: numerical_gradient(lambda w: loss_function(model(X), labels), next(model.parameters()).data)
    return [p.grad.pow(2).sum().sqrt().item() for p in model.parameters() if p.ndim == 2]


why_it_fails = "c"
why_not_overfitting = "b"
what_he_does = "d"

if __name__ == "__main__":
    compare()
