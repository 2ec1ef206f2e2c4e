"""OR row by row: the loss is a sum over single rows, and so is the question whether all is learned."""

import torch
from torch import nn


def or_is_learned(model, X, targets):
    with torch.no_grad():
        return all(abs(float(model(x) - t)) <= 0.05 for x, t in zip(X, targets))


def train_or(model, X, targets):
    optimizer = torch.optim.SGD(model.parameters(), lr=2.0, momentum=0.5)
    losses = []
    while len(losses) < 2000 and not or_is_learned(model, X, targets):
        optimizer.zero_grad()
        loss = sum(nn.functional.binary_cross_entropy(model(x), t) for x, t in zip(X, targets)) / len(X)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses
