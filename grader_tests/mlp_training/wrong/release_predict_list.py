# predict: returns a list of ints, not a tensor

import torch
from torch import nn


def predict(model, X):
    was_training = model.training
    model.eval()
    with torch.no_grad():
        classes = model(X).argmax(dim=1)
    model.train(was_training)
    return classes.tolist()
