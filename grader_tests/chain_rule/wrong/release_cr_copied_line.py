# chain_rule: the line of db was copied from da and still uses column 0 for z

import numpy as np


def chain_rule(du, dxyz):
    da = du[0] * dxyz[0, 0] + du[1] * dxyz[1, 0] + du[2] * dxyz[2, 0]
    db = du[0] * dxyz[0, 1] + du[1] * dxyz[1, 1] + du[2] * dxyz[2, 0]
    return np.array([da, db])
