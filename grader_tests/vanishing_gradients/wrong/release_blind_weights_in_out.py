# blind_inputs: the weights are in the layout (in, out), so Wx is (3, 4) and Wo (4, 2)

import numpy as np


def blind_inputs():
    rng = np.random.default_rng(0)
    D, H, O, T = 3, 4, 2, 10
    params = {
        "Wx": 0.1 * rng.normal(size=(D, H)),
        "Ws": np.eye(H),
        "b1": np.zeros(H),
        "Wo": rng.normal(size=(H, O)),
        "b2": np.zeros(O),
    }
    return params, rng.normal(size=(T, D)), np.zeros(H), rng.normal(size=(T, O))
