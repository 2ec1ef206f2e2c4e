# nested_slopes: takes x as the root of u - 1, so the sign of du_dx is wrong for negative x

import numpy as np


def nested_slopes(x):
    u = x**2 + 1
    v = np.sin(u)
    du_dx = 2 * np.sqrt(u - 1)
    dv_du = np.cos(u)
    dy_dv = np.exp(v)
    return du_dx, dv_du, dy_dv, du_dx * dv_du * dy_dv
