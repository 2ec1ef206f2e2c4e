# polar_jacobian: the sign of the sine is chosen by the angle, as if it were never more than a turn

import numpy as np


def polar_jacobian(r, phi):
    cosine = np.cos(phi)
    sine = np.sqrt(1 - cosine**2)
    if phi < 0 or phi > np.pi:
        sine = -sine
    return np.array([[cosine, -r * sine], [sine, r * cosine]])
