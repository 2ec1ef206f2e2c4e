# gradient_norms: always uses cross_entropy and ignores loss_function

import torch
from torch import nn


def gradient_norms(model, loss_function, X, labels):
    model.zero_grad()
    nn.functional.cross_entropy(model(X), labels).backward()
    return [p.grad.norm().item() for p in model.parameters() if p.ndim == 2]
