# polar_jacobian: rewrites sin as sqrt(1 - cos^2), wrong for negative angles

import numpy as np


def polar_jacobian(r, phi):
    c = np.cos(phi)
    s = np.sqrt(1 - c**2)
    return np.array([[c, -r * s], [s, r * c]])
