"""Style: CS231n habits, with dout, dx, dw, db, scores, probs[np.arange(N), y] -= 1 and everything else in one place."""

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.utils.data import DataLoader, TensorDataset


class OrNet(nn.Module):
    def __init__(self):
        super(OrNet, self).__init__()
        self.W = nn.Parameter(0.01 * torch.randn(2, 1))
        self.b = nn.Parameter(torch.zeros(1))

    def forward(self, X):
        scores = X.mm(self.W) + self.b
        return 1.0 / (1.0 + torch.exp(-scores))


def or_step(model, optimizer, X, targets):
    probs = model(X)
    loss = F.binary_cross_entropy(probs, targets)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return float(loss)


def or_is_learned(model, X, targets):
    with torch.no_grad():
        probs = model(X)
    return torch.max(torch.abs(probs - targets)).item() <= 0.05


def train_or(model, X, targets):
    loss_history = []
    optimizer = torch.optim.SGD(model.parameters(), lr=5.0)
    num_iters = 2000
    for it in range(num_iters):
        if or_is_learned(model, X, targets):
            break
        loss_history.append(or_step(model, optimizer, X, targets))
    return loss_history


class LinearFunction(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, w, b):
        out = x.mm(w.t()) + b
        ctx.save_for_backward(x, w, b)
        return out

    @staticmethod
    def backward(ctx, dout):
        x, w, b = ctx.saved_tensors
        dx = dout.mm(w)
        dw = dout.t().mm(x)
        db = dout.sum(0)
        return dx, dw, db


class CrossEntropyFunction(torch.autograd.Function):
    @staticmethod
    def forward(ctx, scores, y):
        N = scores.shape[0]
        shifted = scores - scores.max(dim=1, keepdim=True)[0]
        Z = shifted.exp().sum(dim=1, keepdim=True)
        log_probs = shifted - torch.log(Z)
        probs = log_probs.exp()
        loss = -log_probs[torch.arange(N), y].sum() / N
        ctx.save_for_backward(probs, y)
        return loss

    @staticmethod
    def backward(ctx, dloss):
        probs, y = ctx.saved_tensors
        N = probs.shape[0]
        dscores = probs.clone()
        dscores[torch.arange(N), y] -= 1
        dscores /= N
        return dscores * dloss, None


class Linear(nn.Module):
    def __init__(self, in_features, out_features):
        super().__init__()
        weight_scale = np.sqrt(2.0 / in_features)
        self.weight = nn.Parameter(weight_scale * torch.randn(out_features, in_features))
        self.bias = nn.Parameter(torch.zeros(out_features))

    def forward(self, X):
        return LinearFunction.apply(X, self.weight, self.bias)


class MLP(nn.Module):
    def __init__(self, input_size, output_size, hidden_sizes, activation):
        super().__init__()
        self.num_layers = 1 + len(hidden_sizes)
        self.activation = activation
        dims = [input_size] + list(hidden_sizes) + [output_size]
        for i in range(self.num_layers):
            setattr(self, "fc%d" % (i + 1), Linear(dims[i], dims[i + 1]))

    def forward(self, X):
        out = X
        for i in range(1, self.num_layers + 1):
            out = getattr(self, "fc%d" % i)(out)
            if i < self.num_layers:
                if self.activation == "relu":
                    out = F.relu(out)
                elif self.activation == "tanh":
                    out = torch.tanh(out)
                elif self.activation == "sigmoid":
                    out = torch.sigmoid(out)
        return out


def train(model, batches, loss_function, optimizer, epochs):
    loss_history, acc_history = [], []
    for e in range(epochs):
        num_correct, num_samples, loss_sum = 0, 0, 0.0
        for x, y in batches:
            scores = model(x)
            loss = loss_function(scores, y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()

            _, preds = scores.max(1)
            num_correct += int((preds == y).sum())
            num_samples += preds.size(0)
            loss_sum += loss.item() * preds.size(0)
        loss_history.append(loss_sum / num_samples)
        acc_history.append(float(num_correct) / num_samples)
    return {"loss": loss_history, "accuracy": acc_history}


def predict(model, X):
    mode = model.training
    model.eval()
    with torch.no_grad():
        scores = model(X)
        _, y_pred = scores.max(1)
    model.train(mode)
    return y_pred


def letter_reader(X, labels):
    model = MLP(input_size=256, output_size=26, hidden_sizes=[100], activation="relu")
    loader_train = DataLoader(TensorDataset(X, labels), batch_size=50, shuffle=True)
    optimizer = torch.optim.Adam(model.parameters(), lr=2e-3)
    train(model, loader_train, CrossEntropyFunction.apply, optimizer, 22)
    return model


def save_checkpoint(path, model, configuration):
    checkpoint = {"state_dict": model.state_dict()}
    checkpoint.update({"config": dict(configuration)})
    torch.save(checkpoint, path)


def load_checkpoint(path):
    checkpoint = torch.load(path, weights_only=True)
    config = checkpoint["config"]
    model = MLP(
        config["input_size"],
        config["output_size"],
        config["hidden_sizes"],
        config["activation"],
    )
    model.load_state_dict(checkpoint["state_dict"])
    return model, config


def fit_function(x, y):
    # standardise the data
    mu_x, sigma_x = x.mean(), x.std()
    mu_y, sigma_y = y.mean(), y.std()
    X_train = ((x - mu_x) / sigma_x).reshape(-1, 1)
    y_train = ((y - mu_y) / sigma_y).reshape(-1, 1)

    hidden_dim = 256
    model = nn.Sequential(nn.Linear(1, hidden_dim), nn.ReLU(), nn.Linear(hidden_dim, 1))
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
    for it in range(600):
        loss = ((model(X_train) - y_train) ** 2).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()

    def f(x_new):
        with torch.no_grad():
            return model(((x_new - mu_x) / sigma_x).reshape(-1, 1)).reshape(-1) * sigma_y + mu_y

    return f


def bump_network(knots, heights):
    K = knots.shape[0]
    slopes = (heights[1:] - heights[:-1]) / (knots[1:] - knots[:-1])
    w1 = np.ones(K)
    b1 = -knots
    w2 = np.zeros(K)
    w2[:-1] += slopes
    w2[1:-1] -= slopes[:-1]
    w2[-1] = -slopes[-1] if K > 1 else 0.0  # flat to the right
    b2 = heights[0]
    return w1, b1, w2, b2


def initialise(model, scheme):
    with torch.no_grad():
        for param in model.parameters():
            if param.dim() == 2:
                fan_in = param.size(1)
                scale = 1.0 if scheme == "naive" else np.sqrt(2.0 / fan_in)
                param.copy_(scale * torch.randn_like(param))
            else:
                param.zero_()
    return model


def gradient_norms(model, loss_function, X, labels):
    for param in model.parameters():
        param.grad = None
    scores = model(X)
    loss = loss_function(scores, labels)
    loss.backward()
    norms = []
    for param in model.parameters():
        if param.dim() == 2:
            norms.append(float(torch.sqrt(torch.sum(param.grad**2))))
    return norms


why_it_fails, why_not_overfitting, what_he_does = "c", "b", "d"
