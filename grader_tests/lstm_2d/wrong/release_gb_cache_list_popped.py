# grid_backward: the caches are taken from a list with pop, so the cache is empty after the first call

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
    zc_d = params["Wc_d"].dot(u) + params["bc_d"]
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


def cell_backward(params, cache, dh_t, dh_d, dc_t, dc_d):
    (u, H, D, c_t, c_d, f_t, i_t, o_t, g_t, tc_t, f_d, i_d, o_d, g_d, tc_d) = cache
    # backprop (6)
    do_t = dh_t * tc_t
    dtc_t = dh_t * o_t
    do_d = dh_d * tc_d
    dtc_d = dh_d * o_d
    # backprop (5); dc_t arrives from two sides
    dnext_c_t = dc_t + (1 - tc_t**2) * dtc_t
    dnext_c_d = dc_d + (1 - tc_d**2) * dtc_d
    # backprop (4)
    df_t = dnext_c_t * c_t
    dprev_c_t = dnext_c_t * f_t
    di_t = dnext_c_t * g_t
    dg_t = dnext_c_t * i_t
    df_d = dnext_c_d * c_d
    dprev_c_d = dnext_c_d * f_d
    di_d = dnext_c_d * g_d
    dg_d = dnext_c_d * i_d
    # backprop (3)
    dzf_t = (1 - f_t) * f_t * df_t
    dzi_t = (1 - i_t) * i_t * di_t
    dzo_t = (1 - o_t) * o_t * do_t
    dzc_t = (1 - g_t**2) * dg_t
    dzf_d = (1 - f_d) * f_d * df_d
    dzi_d = (1 - i_d) * i_d * di_d
    dzo_d = (1 - o_d) * o_d * do_d
    dzc_d = (1 - g_d**2) * dg_d
    # backprop (2)
    grads = {}
    grads["Wf_t"] = dzf_t[:, None] * u[None, :]
    grads["bf_t"] = dzf_t
    grads["Wi_t"] = dzi_t[:, None] * u[None, :]
    grads["bi_t"] = dzi_t
    grads["Wo_t"] = dzo_t[:, None] * u[None, :]
    grads["bo_t"] = dzo_t
    grads["Wc_t"] = dzc_t[:, None] * u[None, :]
    grads["bc_t"] = dzc_t
    grads["Wf_d"] = dzf_d[:, None] * u[None, :]
    grads["bf_d"] = dzf_d
    grads["Wi_d"] = dzi_d[:, None] * u[None, :]
    grads["bi_d"] = dzi_d
    grads["Wo_d"] = dzo_d[:, None] * u[None, :]
    grads["bo_d"] = dzo_d
    grads["Wc_d"] = dzc_d[:, None] * u[None, :]
    grads["bc_d"] = dzc_d
    du = params["Wf_t"].T.dot(dzf_t)
    du += params["Wi_t"].T.dot(dzi_t)  # += because we branch here
    du += params["Wo_t"].T.dot(dzo_t)
    du += params["Wc_t"].T.dot(dzc_t)
    du += params["Wf_d"].T.dot(dzf_d)
    du += params["Wi_d"].T.dot(dzi_d)
    du += params["Wo_d"].T.dot(dzo_d)
    du += params["Wc_d"].T.dot(dzc_d)
    # backprop (1)
    grads["h_t"] = du[:H]
    grads["x_t"] = du[H : H + D]
    grads["h_d"] = du[H + D : 2 * H + D]
    grads["x_d"] = du[2 * H + D :]
    grads["c_t"] = dprev_c_t
    grads["c_d"] = dprev_c_d
    return grads


def grid_forward(params, X):
    T, S, D = X.shape
    H, _ = params["Wf_t"].shape
    # padded with one row and one column of zeros
    h_t = np.zeros((T + 1, S + 1, H))
    h_d = np.zeros((T + 1, S + 1, H))
    c_t = np.zeros((T + 1, S + 1, H))
    c_d = np.zeros((T + 1, S + 1, H))
    caches = []
    for t in range(1, T + 1):
        for s in range(1, S + 1):
            x = X[t - 1, s - 1]
            out = cell_forward(params, h_t[t - 1, s], h_d[t, s - 1], c_t[t - 1, s], c_d[t, s - 1], x, x)
            h_t[t, s], h_d[t, s], c_t[t, s], c_d[t, s], cell_cache = out
            caches.append(cell_cache)
    return h_t[1:, 1:], h_d[1:, 1:], c_t[1:, 1:], c_d[1:, 1:], (caches, X.shape)


def grid_backward(params, cache, dhs_t, dhs_d):
    caches, (T, S, D) = cache
    H = dhs_t.shape[2]
    grads = {}
    for p in params:
        grads[p] = np.zeros(params[p].shape)
    dX = np.zeros((T, S, D))
    dprev_h_t = np.zeros((S, H))  # what the row below sent up
    dprev_c_t = np.zeros((S, H))
    for t in range(T - 1, -1, -1):
        dprev_h_d = np.zeros(H)  # what the node to the right sent
        dprev_c_d = np.zeros(H)
        for s in range(S - 1, -1, -1):
            dh_t = dhs_t[t, s] + dprev_h_t[s]
            dh_d = dhs_d[t, s] + dprev_h_d
            g = cell_backward(params, caches.pop(), dh_t, dh_d, dprev_c_t[s], dprev_c_d)
            dprev_h_t[s] = g["h_t"]
            dprev_c_t[s] = g["c_t"]
            dprev_h_d = g["h_d"]
            dprev_c_d = g["c_d"]
            dX[t, s] += g["x_t"]
            dX[t, s] += g["x_d"]
            for p in params:
                grads[p] += g[p]
    grads["X"] = dX
    return grads
