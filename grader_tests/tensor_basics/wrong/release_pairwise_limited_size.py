# pairwise_manhattan: writes into a buffer of 100 x 100 kept between calls, so larger sets fail and earlier results change

import numpy as np

_buffer = np.zeros((100, 100))


def pairwise_manhattan(P, Q):
    D = _buffer[: len(P), : len(Q)]
    D[...] = np.abs(P[:, None, :] - Q[None, :, :]).sum(axis=2)
    return D
