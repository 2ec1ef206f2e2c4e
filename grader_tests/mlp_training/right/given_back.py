"""Everything that is given is left as it was: modes are put back, copies are worked on, and nothing is asked too seldom."""

import copy

import torch
from torch import nn


class LinearFunction(torch.autograd.Function):
    @staticmethod
    def forward(x, weight, bias):
        return torch.addmm(bias, x, weight.t())

    @staticmethod
    def setup_context(ctx, inputs, output):
        x, weight, _ = inputs
        ctx.save_for_backward(x, weight)

    @staticmethod
    def backward(ctx, grad_y):
        x, weight = ctx.saved_tensors
        ones = torch.ones(len(grad_y), dtype=grad_y.dtype)
        return grad_y.mm(weight), grad_y.t().mm(x), ones @ grad_y


class CrossEntropyFunction(torch.autograd.Function):
    @staticmethod
    def forward(logits, labels):
        return nn.functional.nll_loss(logits.log_softmax(1), labels)

    @staticmethod
    def setup_context(ctx, inputs, output):
        ctx.save_for_backward(*inputs)

    @staticmethod
    def backward(ctx, grad_loss):
        logits, labels = ctx.saved_tensors
        p = logits.softmax(1)
        p[torch.arange(len(labels)), labels] -= 1
        return grad_loss * p / len(labels), None


def or_is_learned(model, X, targets):
    mode = model.training
    model.eval()
    learned = torch.allclose(model(X).detach(), targets, rtol=0, atol=0.05)
    model.train(mode)
    return learned


def train_or(model, X, targets):
    optimizer = torch.optim.Adagrad(model.parameters(), lr=1.0)
    losses = []
    while True:
        before = model(X)
        if or_is_learned(model, X, targets) or len(losses) >= 2000:
            return losses
        losses.append(or_step(model, optimizer, X, targets))
        assert model(X[:1]).shape == before[:1].shape


def train(model, batches, loss_function, optimizer, epochs):
    mode = model.training
    history = {"loss": (), "accuracy": ()}
    for _ in range(epochs):
        model.train()
        losses, hits = [], []
        for X, labels in batches:

            def closure(X=X, labels=labels, losses=losses, hits=hits):
                optimizer.zero_grad()
                scores = model(X)
                loss = loss_function(scores, labels)
                loss.backward()
                losses.extend([loss.item()] * len(X))
                hits.extend((scores.detach().argmax(-1) == labels).tolist())
                return loss

            optimizer.step(closure)
        history = {
            "loss": (*history["loss"], sum(losses) / len(losses)),
            "accuracy": (*history["accuracy"], sum(hits) / len(hits)),
        }
    model.train(mode)
    return history


def predict(model, X):
    modes = [(module, module.training) for module in model.modules()]
    model.eval()
    try:
        with torch.inference_mode():
            return model(X).topk(1).indices.squeeze(1).int()
    finally:
        for module, mode in modes:
            module.training = mode


def initialise(model, scheme):
    for p in model.parameters():
        if p.ndim == 2:
            p.data = torch.randn(p.shape) * ((2 / p.shape[1]) ** 0.5 if scheme == "he" else 1)
        else:
            p.data = torch.zeros(p.shape)
    return model


def gradient_norms(model, loss_function, X, labels):
    model = copy.deepcopy(model)
    model.eval()
    model.zero_grad()
    loss_function(model(X), labels).backward()
    return [float((p.grad**2).sum() ** 0.5) for p in model.parameters() if p.dim() == 2]


class Standardised(nn.Module):
    """A network in whose first step the numbers get mean 0 and deviation 1, and in whose last those of y."""

    def __init__(self, inner, x, y):
        super().__init__()
        self.inner = inner
        self.register_buffer("scale", torch.stack([x.mean(), x.std(), y.mean(), y.std()]))

    def forward(self, z):
        mean, deviation, middle, spread = self.scale
        return self.inner((z - mean) / deviation) * spread + middle


def letter_reader(X, labels):
    model = Standardised(MLP(256, 26, [64], "relu"), X, torch.tensor([-1.0, 1.0]) / 2**0.5)
    optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)
    for _ in range(14):
        for rows in torch.randperm(len(X)).split(64):
            optimizer.zero_grad()
            nn.functional.cross_entropy(model(X[rows]), labels[rows]).backward()
            optimizer.step()
    return model


def fit_function(x, y):
    inner = nn.Sequential(nn.Unflatten(0, (-1, 1)), nn.Linear(1, 200), nn.ReLU(), nn.Linear(200, 1), nn.Flatten(0))
    model = Standardised(inner, x, y)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    for _ in range(500):
        optimizer.zero_grad()
        ((model(x) - y) / y.std()).square().mean().backward()
        optimizer.step()
    return model


def save_checkpoint(path, model, configuration):
    torch.save([dict(configuration), [p.detach().clone() for p in model.parameters()]], path)


def load_checkpoint(path):
    with open(path, "rb") as file:
        configuration, weights = torch.load(file, weights_only=True)
    model = MLP(**configuration)
    with torch.no_grad():
        for p, value in zip(model.parameters(), weights, strict=True):
            p.copy_(value)
    return [model.eval(), configuration]
