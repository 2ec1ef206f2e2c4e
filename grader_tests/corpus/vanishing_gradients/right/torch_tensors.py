"""The same formulas in torch tensors, without autograd; tensors are handed back as they are."""

import numpy as np
import torch


def tensors(*arrays):
    return [torch.as_tensor(np.array(a), dtype=torch.float64) for a in arrays]


def rnn_forward(params, xs, h0):
    Wx, Ws, b1, Wo, b2, xs, h = tensors(*(params[k] for k in ("Wx", "Ws", "b1", "Wo", "b2")), xs, h0)
    hs = []
    for x in torch.nn.functional.linear(xs, Wx, b1):
        h = torch.tanh(x + torch.mv(Ws, h))
        hs.append(h)
    return torch.stack(hs), torch.nn.functional.linear(torch.stack(hs), Wo, b2)


def deltas(params, xs, h0, dys):
    hs = torch.as_tensor(rnn_forward(params, xs, h0)[0])
    Ws, Wo, dys = tensors(params["Ws"], params["Wo"], dys)
    dh, found = torch.zeros(hs.shape[1], dtype=torch.float64), []
    for h, dy in zip(hs.flip(0), dys.flip(0)):
        found.append((dh + torch.mv(Wo.T, dy)) * (1 - h.square()))
        dh = torch.mv(Ws.T, found[-1])
    return torch.stack(found).flip(0), dh, hs


def rnn_backward(params, xs, h0, dys):
    dzs, dh0, hs = deltas(params, xs, h0, dys)
    xs, h0, dys = tensors(xs, h0, dys)
    return {
        "Wx": dzs.T.mm(xs),
        "Ws": dzs.T.mm(torch.cat([h0[None], hs[:-1]])),
        "b1": dzs.sum(dim=0),
        "Wo": dys.T.mm(hs),
        "b2": dys.sum(dim=0),
        "h0": dh0,
    }


def end_only(dy_T, T):
    return np.concatenate([np.zeros((T - 1, len(dy_T))), dy_T[None]])


def step_contributions(params, xs, h0, dy_T):
    dzs, _, _ = deltas(params, xs, h0, end_only(dy_T, len(xs)))
    return dzs.unsqueeze(2) * tensors(xs)[0].unsqueeze(1)


def state_jacobian(params, hs, k, t):
    Ws, hs = tensors(params["Ws"], hs)
    factors = [torch.diag(1 - hs[s].square()) @ Ws for s in range(t, k, -1)]
    return torch.linalg.multi_dot([torch.eye(hs.shape[1], dtype=torch.float64)] * 2 + factors)


def linear_gradient_norm(rho, lag):
    return torch.tensor(rho, dtype=torch.float64).pow(lag)


slope_down, slope_up = torch.log10(torch.tensor([0.9, 1.1], dtype=torch.float64))
steps_to_one_percent = torch.ceil(-2 / slope_down)


def gradient_norms(params, xs, h0, dy_T, lengths):
    return torch.tensor(
        [
            [torch.linalg.norm(torch.as_tensor(grads[k])).item() for k in ("Ws", "Wo")]
            for grads in (rnn_backward(params, xs[:n], h0, end_only(dy_T, n)) for n in lengths)
        ],
        dtype=torch.float64,
    )


def lag_norms(params, xs, h0, dy_T):
    hs = torch.as_tensor(rnn_forward(params, xs, h0)[0])
    Ws, Wo, dy_T = tensors(params["Ws"], params["Wo"], dy_T)
    norms = []
    dh = dy_T @ Wo
    for h in hs.flip(0):
        norms.append(dh.norm())
        dh = (dh * (1 - h**2)) @ Ws
    return torch.stack(norms)


def clip_by_norm(grads, most):
    flat = torch.cat([torch.tensor(g).flatten() for g in grads.values()])
    factor = torch.clamp(most / flat.norm(), max=1.0)
    return {k: torch.tensor(g) * factor for k, g in grads.items()}


def cell_path(fs):
    later = torch.cat([torch.tensor(fs[1:]), torch.ones(1, fs.shape[1], dtype=torch.float64)])
    return later.flip(0).cumprod(dim=0).flip(0)


def blind_inputs():
    g = torch.Generator().manual_seed(0)
    p = {
        "Wx": torch.full((4, 3), 0.1),
        "Ws": torch.eye(4).roll(1, 0),
        "b1": torch.zeros(4),
        "Wo": torch.randn(2, 4, generator=g),
        "b2": torch.zeros(2),
    }
    return p, torch.full((10, 3), 0.2), torch.zeros(4), torch.ones(10, 2)
