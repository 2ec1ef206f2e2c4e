# initialise: draws the weights of a copy and returns it, the model itself stays as it was

import copy

import torch
from torch import nn


def initialise(model, scheme):
    model = copy.deepcopy(model)
    for p in model.parameters():
        if p.ndim == 2:
            nn.init.normal_(p, std=1.0 if scheme == "naive" else (2 / p.shape[1]) ** 0.5)
        else:
            nn.init.zeros_(p)
    return model
