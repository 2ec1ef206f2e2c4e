"""Small steps up to the hardest exercises; what they measure, :mod:`handgrad.assignments.ladder` tells."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from handgrad.assignments.ladder import SIGMOID, TANH, Array, At, Ladder, measured, mistaken, partner_lost, sigmoid

STATES = ("h_t", "h_d", "c_t", "c_d")


def dimension(H: int = 3, D: int = 2) -> Ladder:
    """Return a ladder through one dimension of a cell, with gradients that arrive at its h and c.

    Its steps are ``h_t``, ``x_t``, ``h_d`` and ``x_d``, joined to ``u``; ``c_before``; for each gate ``W_f``, ``b_f``
    and ``z_f``; then ``f``, ``i``, ``o``, ``g``, the products ``kept`` and ``added``, ``c``, ``tanh_c`` and ``h``.
    ``dh`` and ``dc`` are what arrives.
    """
    rng = np.random.default_rng(11)
    size = 2 * H + 2 * D
    weights = {f"W_{gate}": rng.normal(size=(H, size)) for gate in "fioc"}
    weights |= {f"b_{gate}": rng.normal(size=H) for gate in "fioc"}
    read = {name: rng.normal(size=H if name[0] == "h" else D) for name in ("h_t", "x_t", "h_d", "x_d")}
    c_before, dh, dc = rng.normal(size=H), rng.normal(size=H), rng.normal(size=H)

    def forward(
        at: At,
        gate: Any = sigmoid,
        candidate: Any = np.tanh,
        squash: Any = np.tanh,
        keep: Any = np.multiply,
        add: Any = np.multiply,
        show: Any = np.multiply,
        dh: Any = dh,
        dc: Any = dc,
    ) -> Any:
        before = at("c_before", c_before)
        joined = at("u", np.concatenate([at(name, value) for name, value in read.items()]))
        z = {
            name: at(
                f"z_{name}", at(f"W_{name}", weights[f"W_{name}"]) @ joined + at(f"b_{name}", weights[f"b_{name}"])
            )
            for name in "fioc"
        }
        f, i, o = (at(name, gate(z[name])) for name in "fio")
        g = at("g", candidate(z["c"]))
        c = at("c", at("kept", keep(f, before)) + at("added", add(i, g)))
        h = at("h", show(o, at("tanh_c", squash(c))))
        return dh @ h + dc @ c

    ladder = Ladder(
        forward,
        mistakes={
            "the old cell, `c_before`, is missing": {"keep": partner_lost(0)},
            "the forget gate, `f`, is missing": {"keep": partner_lost(1)},
            "the candidate, `g`, is missing": {"add": partner_lost(0)},
            "the input gate, `i`, is missing": {"add": partner_lost(1)},
            "`tanh_c` is missing": {"show": partner_lost(0)},
            "the output gate, `o`, is missing": {"show": partner_lost(1)},
            "what arrives at the output `c` itself is missing": {"dc": np.zeros(H)},
            "what comes through `h` is missing": {"dh": np.zeros(H)},
            **mistaken("gate", SIGMOID),
            **mistaken("candidate", TANH),
            **{told.replace("tanh", "tanh(c)"): change for told, change in mistaken("squash", TANH).items()},
        },
    )
    ladder.values |= {"dh": dh, "dc": dc}
    return ladder


def grid(H: int = 3, D: int = 2) -> tuple[Ladder, Callable[..., dict[str, Array]]]:
    """Return a ladder through 2 × 2 nodes, and what takes a gradient back through one of them.

    A node takes in and hands on what a cell does, and is simpler inside: tanh of one matrix ``W`` (4H, 4H + 2D).

    Returns
    -------
    ladder
        Its steps are ``W``, and for each node the four states, as ``h_t[0, 1]``, and the input, ``X[0, 1]``; ``dhs_t``
        and ``dhs_d`` (2, 2, H) are the loss's own gradients at the hidden states.
    back
        Takes the place of a node, ``t`` and ``s``, and the gradients that arrive at its four states; returns a dict of
        gradients with the four states that went in, ``x_t``, ``x_d`` and ``W``.
    """
    rng = np.random.default_rng(12)
    W, X = rng.normal(size=(4 * H, 4 * H + 2 * D)) / 4, rng.normal(size=(2, 2, D))
    dhs_t, dhs_d = rng.normal(size=(2, 2, H)), rng.normal(size=(2, 2, H))

    def taken_in(t: int, s: int, values: Mapping[str, Array]) -> dict[str, Array]:
        above, left, x = f"[{t - 1}, {s}]", f"[{t}, {s - 1}]", values[f"X[{t}, {s}]"]
        states = {name: values.get(name + (above if name in ("h_t", "c_t") else left), np.zeros(H)) for name in STATES}
        return {**states, "x_t": x, "x_d": x}

    def node(inputs: Mapping[str, Array], weights: Array) -> Array:
        states: Array = np.tanh(weights @ np.concatenate(list(inputs.values())))
        return states

    def forward(at: At, cut: Sequence[str] = (), unseen: tuple[int, int] | None = None) -> Any:
        weights, loss = at("W", W), np.zeros(())
        values: dict[str, Array] = {}
        for t, s in np.ndindex(2, 2):
            values[f"X[{t}, {s}]"] = at(f"X[{t}, {s}]", X[t, s])
            inputs = {name: value.real if name in cut else value for name, value in taken_in(t, s, values).items()}
            for name, state in zip(STATES, np.split(node(inputs, weights), 4), strict=True):
                values[f"{name}[{t}, {s}]"] = at(f"{name}[{t}, {s}]", state)
            seen = dhs_t[t, s] @ values[f"h_t[{t}, {s}]"] + dhs_d[t, s] @ values[f"h_d[{t}, {s}]"]
            loss = loss + (seen.real if (t, s) == unseen else seen)
        return loss

    mistakes: dict[str, dict[str, Any]] = {
        "what the node below sends back is missing": {"cut": ("h_t", "c_t")},
        "what the node to the right sends back is missing": {"cut": ("h_d", "c_d")},
        "what comes through `x_t` is missing": {"cut": ("x_t",)},
        "what comes through `x_d` is missing": {"cut": ("x_d",)},
    }
    mistakes |= {
        f"the loss's own gradient at node ({t}, {s}) is missing": {"unseen": (t, s)} for t, s in np.ndindex(2, 2)
    }
    ladder = Ladder(forward, mistakes=mistakes)

    def back(t: int, s: int, dh_t: Array, dh_d: Array, dc_t: Array, dc_d: Array) -> dict[str, Array]:
        inputs, arriving = taken_in(t, s, ladder.values), np.concatenate([dh_t, dh_d, dc_t, dc_d])

        def passed(at: At) -> Any:
            return arriving @ node({name: at(name, value) for name, value in inputs.items()}, at("W", W))

        return {name: measured(passed, name, value.shape) for name, value in {**inputs, "W": W}.items()}

    ladder.values |= {"dhs_t": dhs_t, "dhs_d": dhs_d}
    return ladder, back
