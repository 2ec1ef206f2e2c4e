# rnn_forward: the lists are default arguments, so a second call still holds the rows of the first

import numpy as np


def run(params, xs, h0, hs=[], ys=[]):
    h = h0
    for x in xs:
        h = np.tanh(params["Wx"] @ x + params["Ws"] @ h + params["b1"])
        hs.append(h)
        ys.append(params["Wo"] @ h + params["b2"])
    return np.array(hs), np.array(ys)


def rnn_forward(params, xs, h0):
    return run(params, xs, h0)
