# or_is_learned: flattens the outputs but not the targets, so that (4,) and (4, 1) become (4, 4)

import torch
from torch import nn


def or_is_learned(model, X, targets):
    with torch.no_grad():
        return bool(((model(X).flatten() - targets).abs() <= 0.05).all())
