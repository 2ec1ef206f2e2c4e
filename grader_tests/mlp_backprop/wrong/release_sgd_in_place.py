# sgd_step: changes the arrays of params in place and returns the same dict

import numpy as np


def sgd_step(params, grads, learning_rate):
    for name in params:
        params[name] -= learning_rate * grads[name]
    return params
