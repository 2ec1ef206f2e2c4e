# gradient_norms: looks for nn.Linear, so the student's own Linear is not seen

import torch
from torch import nn


def gradient_norms(model, loss_function, X, labels):
    model.zero_grad()
    loss_function(model(X), labels).backward()
    return [layer.weight.grad.norm().item() for layer in model.modules() if isinstance(layer, nn.Linear)]
