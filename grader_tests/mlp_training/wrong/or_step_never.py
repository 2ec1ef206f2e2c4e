# or_step: the optimizer never makes its step
from torch import nn


def or_step(model, optimizer, X, targets):
    optimizer.zero_grad()
    loss = nn.functional.binary_cross_entropy(model(X), targets)
    loss.backward()
    return loss.item()
