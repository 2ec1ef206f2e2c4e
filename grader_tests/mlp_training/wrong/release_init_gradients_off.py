# initialise: switches requires_grad off, so the model cannot be trained afterwards

import torch
from torch import nn


def initialise(model, scheme):
    for p in model.parameters():
        p.requires_grad_(False)
        if p.ndim == 2:
            nn.init.normal_(p, std=1.0 if scheme == "naive" else (2 / p.shape[1]) ** 0.5)
        else:
            nn.init.zeros_(p)
    return model
