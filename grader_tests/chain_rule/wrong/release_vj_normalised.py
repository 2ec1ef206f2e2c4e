# vector_jacobian_product: clips the gradient to norm 10 at each step "against explosion"

import numpy as np


def vector_jacobian_product(jacobians, dL_dy):
    g = dL_dy
    for J in reversed(jacobians):
        g = J.T @ g
        n = np.linalg.norm(g)
        if n > 10:
            g = g * 10 / n
    return g
