# initialise: takes the variance 2 / in for the deviation

import torch
from torch import nn


def initialise(model, scheme):
    for p in model.parameters():
        if p.ndim == 2:
            nn.init.normal_(p, std=1.0 if scheme == "naive" else 2 / p.shape[1])
        else:
            nn.init.zeros_(p)
    return model
