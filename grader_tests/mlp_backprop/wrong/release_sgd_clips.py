# sgd_step: gradients are clipped to ±5 before the step

import numpy as np


def sgd_step(params, grads, learning_rate):
    return {name: value - learning_rate * np.clip(grads[name], -5, 5) for name, value in params.items()}
