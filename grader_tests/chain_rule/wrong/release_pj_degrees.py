# polar_jacobian: takes the angle in degrees

import numpy as np


def polar_jacobian(r, phi):
    t = np.deg2rad(phi)
    return np.array([[np.cos(t), -r * np.sin(t)], [np.sin(t), r * np.cos(t)]])
