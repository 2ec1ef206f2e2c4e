# predict: makes probabilities by exp without a shift, so large scores give nan

import torch
from torch import nn


def predict(model, X):
    was_training = model.training
    model.eval()
    with torch.no_grad():
        e = model(X).exp()
        classes = (e / e.sum(dim=1, keepdim=True)).argmax(dim=1)
    model.train(was_training)
    return classes
