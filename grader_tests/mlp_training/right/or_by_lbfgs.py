"""OR by an optimizer that looks at the loss several times in each of its steps."""

import torch
from torch import nn


def train_or(model, X, targets):
    optimizer = torch.optim.LBFGS(model.parameters(), lr=0.1, max_iter=3)

    def closure():
        optimizer.zero_grad()
        loss = nn.functional.binary_cross_entropy(model(X), targets)
        loss.backward()
        return loss

    losses = []
    for _ in range(2000):
        with torch.no_grad():
            if bool(((model(X) - targets).abs() <= 0.05).all()):
                break
        losses.append(float(optimizer.step(closure).detach()))
    return losses
