# tanh_backward: an array of more than three axes cannot be given three

import numpy as np


def tanh_backward(y, dL_dy):
    outputs = y.reshape((1,) * (3 - y.ndim) + y.shape)
    above = dL_dy.reshape(outputs.shape)
    result = np.zeros(outputs.shape)
    planes, rows, columns = outputs.shape
    for i in range(planes):
        for j in range(rows):
            for k in range(columns):
                result[i, j, k] = above[i, j, k] * (1 - outputs[i, j, k] ** 2)
    return result.reshape(y.shape)
