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


def train_or(model, X, targets):
    params = list(model.parameters())
    losses = []
    for _ in range(2000):
        loss = nn.functional.binary_cross_entropy(model(X), targets)
        losses.append(float(loss))
        for p, g in zip(params, torch.autograd.grad(loss, params)):
            p.data -= 5 * g
        if or_is_learned(model, X, targets):
            break
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


def letter_reader(X, labels):
    model = MLP(256, 26, [80], "relu")
    params = list(model.parameters())
    speed = [torch.zeros_like(p) for p in params]
    for step in range(240):
        rows = torch.randint(len(X), (64,))
        grads = torch.autograd.grad(nn.functional.cross_entropy(model(X[rows]), labels[rows]), params)
        with torch.no_grad():
            # Nesterov's momentum
            for p, v, g in zip(params, speed, grads):
                v.mul_(0.9).add_(g)
                p.sub_(0.1 * (g + 0.9 * v))
    return model


def save_checkpoint(path, model, configuration):
    flat = torch.cat([p.detach().flatten() for p in model.parameters()])
    torch.save([flat, *(configuration[name] for name in NAMES)], path)


NAMES = ("input_size", "output_size", "hidden_sizes", "activation")


def load_checkpoint(path):
    flat, *values = torch.load(path, weights_only=True)
    configuration = dict(zip(NAMES, values))
    model = MLP(**configuration)
    nn.utils.vector_to_parameters(flat, model.parameters())
    return model, configuration


def fit_function(x, y):
    net = nn.Sequential(nn.Linear(1, 128), nn.ReLU(), nn.Linear(128, 1))
    params = list(net.parameters())
    size = y.abs().max() / 2
    moments = [(torch.zeros_like(p), torch.zeros_like(p)) for p in params]
    for t in range(1, 701):
        loss = (net(x[:, None] / 5)[:, 0] - y / size).pow(2).mean()
        with torch.no_grad():
            for p, g, (m, v) in zip(params, torch.autograd.grad(loss, params), moments):
                m.lerp_(g, 0.1)
                v.lerp_(g * g, 0.001)
                p -= 0.01 * (m / (1 - 0.9**t)) / ((v / (1 - 0.999**t)).sqrt() + 1e-8)
    return lambda z: net(z[:, None] / 5)[:, 0] * size


def bump_network(knots, heights):
    # one unit for each knot but the last; the output weights from what they must add up to at the others
    w1, b1 = np.ones(len(knots) - 1), -knots[:-1]
    hidden = np.maximum(0, knots[1:, None] + b1)
    return w1, b1, np.linalg.solve(hidden, heights[1:] - heights[0]), heights[0]


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
