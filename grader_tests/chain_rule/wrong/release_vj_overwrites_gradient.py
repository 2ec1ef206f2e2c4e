# vector_jacobian_product: writes each step into dL_dy where the shape is the same, so the argument is changed

import numpy as np


def vector_jacobian_product(jacobians, dL_dy):
    g = dL_dy
    for J in reversed(jacobians):
        new = J.T @ g
        if new.shape == g.shape:
            g[:] = new
        else:
            g = new
    return g
