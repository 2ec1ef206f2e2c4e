# OrNet: the output has shape (N,) in place of (N, 1)

import torch
from torch import nn


class OrNet(nn.Module):
    """One sigmoid unit with two inputs."""

    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(2, 1)

    def forward(self, X):
        return torch.sigmoid(self.linear(X)).squeeze(1)
