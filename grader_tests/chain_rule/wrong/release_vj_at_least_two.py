# vector_jacobian_product: multiplies the matrices with multi_dot, which stops with an error for a chain of one function

import numpy as np


def vector_jacobian_product(jacobians, dL_dy):
    return dL_dy @ np.linalg.multi_dot(jacobians[::-1])
