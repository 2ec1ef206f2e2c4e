# sgd_step: pairs parameters and gradients by their order in the dicts and not by name

import numpy as np


def sgd_step(params, grads, learning_rate):
    new = {}
    for (name, value), gradient in zip(params.items(), grads.values()):
        new[name] = value - learning_rate * gradient
    return new
