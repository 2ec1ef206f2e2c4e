# cell_forward: in the copied block of dimension d the candidate still has the bias of dimension t

import numpy as np


def cell_forward(params, h_t, h_d, c_t, c_d, x_t, x_d):
    # stage 1: input
    u = np.hstack((h_t, x_t, h_d, x_d))  # (1)
    # stage 2: scores
    zf_t = params["Wf_t"].dot(u) + params["bf_t"]  # (2)
    zi_t = params["Wi_t"].dot(u) + params["bi_t"]
    zo_t = params["Wo_t"].dot(u) + params["bo_t"]
    zc_t = params["Wc_t"].dot(u) + params["bc_t"]
    zf_d = params["Wf_d"].dot(u) + params["bf_d"]
    zi_d = params["Wi_d"].dot(u) + params["bi_d"]
    zo_d = params["Wo_d"].dot(u) + params["bo_d"]
    zc_d = params["Wc_d"].dot(u) + params["bc_t"]
    # stage 3: nonlinearities
    f_t = 1.0 / (1.0 + np.exp(-zf_t))  # (3)
    i_t = 1.0 / (1.0 + np.exp(-zi_t))
    o_t = 1.0 / (1.0 + np.exp(-zo_t))
    g_t = np.tanh(zc_t)
    f_d = 1.0 / (1.0 + np.exp(-zf_d))
    i_d = 1.0 / (1.0 + np.exp(-zi_d))
    o_d = 1.0 / (1.0 + np.exp(-zo_d))
    g_d = np.tanh(zc_d)
    # stage 4: cells
    next_c_t = f_t * c_t + i_t * g_t  # (4)
    next_c_d = f_d * c_d + i_d * g_d
    # stage 5: hidden
    tc_t = np.tanh(next_c_t)  # (5)
    tc_d = np.tanh(next_c_d)
    next_h_t = o_t * tc_t  # (6)
    next_h_d = o_d * tc_d
    cache = (u, h_t.shape[0], x_t.shape[0], c_t, c_d, f_t, i_t, o_t, g_t, tc_t, f_d, i_d, o_d, g_d, tc_d)
    return next_h_t, next_h_d, next_c_t, next_c_d, cache
