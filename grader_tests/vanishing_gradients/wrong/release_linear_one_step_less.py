# linear_gradient_norm: the power is lag - 1 because the first state is counted too

import numpy as np


def linear_gradient_norm(rho, lag):
    return rho ** max(lag - 1, 0)
