# chain_rule: sums over the columns of the square part, dxyz[:2] @ du[:2], the transposed product, plus the path through z

import numpy as np


def chain_rule(du, dxyz):
    return dxyz[:2] @ du[:2] + du[2] * dxyz[2]
