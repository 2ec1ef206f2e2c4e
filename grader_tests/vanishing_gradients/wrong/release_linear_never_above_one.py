# linear_gradient_norm: the ratio is capped at 1, as if a gradient could never grow

import numpy as np


def linear_gradient_norm(rho, lag):
    return min(1.0, rho**lag)
