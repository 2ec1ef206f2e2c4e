# vector_jacobian_product: axes of length 1 are dropped at each step, also where a vector has one number

import numpy as np


def vector_jacobian_product(jacobians, dL_dy):
    gradient = dL_dy
    for J in reversed(jacobians):
        gradient = np.squeeze(J.T @ gradient)
    return gradient
