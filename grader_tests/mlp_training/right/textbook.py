"""As a textbook has it: one epoch's statistics measured in lists of tensors that are detached, history at the end."""

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
    optimizer = torch.optim.Adam(model.parameters(), lr=0.3)
    losses = []
    while len(losses) < 2000:
        losses.append(or_step(model, optimizer, X, targets))
        if or_is_learned(model, X, targets):
            break
    return losses


class LinearFunction(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, weight, bias):
        ctx.save_for_backward(x, weight)
        return torch.addmm(bias, x, weight.T)

    @staticmethod
    def backward(ctx, grad_y):
        x, weight = ctx.saved_tensors
        ones = torch.ones(1, len(x), dtype=grad_y.dtype)
        return torch.matmul(grad_y, weight), torch.matmul(x.T, grad_y).T, (ones @ grad_y).squeeze(0)


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
    while len(losses) < epochs:
        seen, loss_sum, right = 0, 0, 0
        for X, labels in batches:
            n = labels.size(0)
            out = model(X)
            loss = loss_function(out, labels)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            with torch.no_grad():
                seen += n
                loss_sum = loss_sum + loss.detach() * n
                right = right + out.detach().argmax(1).eq(labels).sum()
        losses.append((loss_sum / seen).item())
        accuracies.append(np.float64(right / seen))
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
    model = MLP(256, 26, [128, 64], "relu")
    optimizer = torch.optim.Adam(model.parameters(), lr=2e-3)
    loader = torch.utils.data.DataLoader(torch.utils.data.TensorDataset(X, labels), batch_size=32, shuffle=True)
    train(model, loader, F.cross_entropy, optimizer, epochs=10)
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
    x_mean, x_std, y_mean, y_std = x.mean(), x.std(), y.mean(), y.std()
    model = nn.Sequential(nn.Linear(1, 256), nn.ReLU(), nn.Linear(256, 1))
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    data = torch.utils.data.TensorDataset(((x - x_mean) / x_std).unsqueeze(1), ((y - y_mean) / y_std).unsqueeze(1))
    for epoch in range(250):
        for inputs, wanted in torch.utils.data.DataLoader(data, batch_size=100, shuffle=True):
            optimizer.zero_grad()
            F.mse_loss(model(inputs), wanted).backward()
            optimizer.step()
    model.eval()
    return lambda z: model(((z - x_mean) / x_std).unsqueeze(1)).squeeze(1) * y_std + y_mean


def bump_network(knots, heights):
    slopes = (heights[1:] - heights[:-1]) / (knots[1:] - knots[:-1])
    changes = slopes.copy()
    changes[1:] -= slopes[:-1]
    # one unit more, always on, is allowed and carries the start
    w1 = np.append(np.ones(len(slopes)), 0.0)
    return w1, np.append(-knots[:-1], 1.0), np.append(changes, heights[0]), 0.0


def initialise(model, scheme):
    for module in model.modules():
        if hasattr(module, "weight"):
            if scheme == "he":
                nn.init.kaiming_normal_(module.weight, nonlinearity="relu")
            else:
                nn.init.normal_(module.weight)
            nn.init.zeros_(module.bias)
    return model


def gradient_norms(model, loss_function, X, labels):
    for p in model.parameters():
        p.grad = None
    loss_function(model(X), labels).backward()
    return [float(torch.linalg.matrix_norm(p.grad)) for name, p in model.named_parameters() if "weight" in name]


why_it_fails = "C"
why_not_overfitting = "B"
what_he_does = "D"
