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


def train_or(model, X, targets):
    optimizer = torch.optim.RMSprop(model.parameters(), lr=0.05)
    losses = np.full(2000, np.nan)
    for k in range(len(losses)):
        losses[k] = or_step(model, optimizer, X, targets)
        if k % 10 == 9 and or_is_learned(model, X, targets):
            break
    return losses[np.isfinite(losses)]


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


def letter_reader(X, labels):
    """Train in NumPy, then hand the weights to a module."""
    rng = np.random.default_rng(0)
    X, onehot = X.numpy(), np.eye(26, dtype=np.float32)[labels.numpy()]
    sizes = (256, 64, 26)
    W = [rng.normal(scale=a**-0.5, size=(a, b)).astype(np.float32) for a, b in zip(sizes, sizes[1:])]
    b = [np.zeros(n, dtype=np.float32) for n in sizes[1:]]
    speed = [np.zeros_like(value) for value in W + b]
    for _ in range(10):
        for rows in np.array_split(rng.permutation(len(X)), 24):
            x, t = X[rows], onehot[rows]
            h = np.maximum(0, x @ W[0] + b[0])
            s = h @ W[1] + b[1]
            p = np.exp(s - s.max(axis=1, keepdims=True))
            ds = (p / p.sum(axis=1, keepdims=True) - t) / len(x)
            dh = (ds @ W[1].T) * (h > 0)
            for value, v, g in zip(W + b, speed, (x.T @ dh, h.T @ ds, dh.sum(0), ds.sum(0))):
                v *= 0.9
                v -= 0.1 * g
                value += v
    model = nn.Sequential(nn.Linear(256, 64), nn.ReLU(), nn.Linear(64, 26))
    for layer, weight, bias in zip(model[::2], W, b):
        layer.weight.data, layer.bias.data = torch.from_numpy(weight.T.copy()), torch.from_numpy(bias)
    return model


def save_checkpoint(path, model, configuration):
    content = dict(configuration)
    content["values"] = [p.tolist() for p in model.parameters()]
    torch.save(content, path)


def load_checkpoint(path):
    configuration = torch.load(path, weights_only=True)
    values = configuration.pop("values")
    model = MLP(**configuration)
    for p, value in zip(model.parameters(), values):
        p.data = torch.tensor(np.array(value), dtype=torch.float32)
    return model, configuration


def fit_function(x, y):
    """Backpropagation and Adam by hand, in NumPy."""
    x, y = x.double().numpy(), y.double().numpy()
    scale = lambda z: (z - x.mean()) / x.std()
    inputs, targets = scale(x), (y - y.mean()) / y.std()
    rng = np.random.default_rng(0)
    params = [rng.uniform(-1, 1, 100), rng.uniform(-1, 1, 100), rng.uniform(-0.1, 0.1, 100), np.zeros(1)]
    moments = [(np.zeros_like(p), np.zeros_like(p)) for p in params]
    for t in range(1, 801):
        w1, b1, w2, b2 = params
        hidden = np.maximum(0, np.outer(inputs, w1) + b1)
        dy = 2 * (hidden @ w2 + b2 - targets) / len(x)
        dhidden = np.outer(dy, w2) * (hidden > 0)
        grads = [inputs @ dhidden, dhidden.sum(axis=0), hidden.T @ dy, dy.sum(keepdims=True)]
        moments = [(0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g * g) for (m, v), g in zip(moments, grads)]
        params = [
            p - 0.01 * (m / (1 - 0.9**t)) / (np.sqrt(v / (1 - 0.999**t)) + 1e-8) for p, (m, v) in zip(params, moments)
        ]
    w1, b1, w2, b2 = params
    return lambda z: (np.maximum(0, np.outer(scale(z.numpy()), w1) + b1) @ w2 + b2) * y.std() + y.mean()


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
    return [np.linalg.norm(g.numpy()) for g in grads]


why_it_fails, why_not_overfitting, what_he_does = "c", "b", "d"
