"""Each step of a ladder is right where it is right, and says what is not."""

from __future__ import annotations

import numpy as np
import pytest

from handgrad.assignments.ladder import Ladder
from handgrad.assignments.lstm_2d import steps as cell
from handgrad.assignments.mlp_backprop import steps as network

cell_ladder, network_ladder = cell.dimension(), network.layers()


def gradients_of_the_cell(v: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    found = {"h": v["dh"], "o": v["dh"] * v["tanh_c"], "tanh_c": v["dh"] * v["o"]}
    found["c"] = v["dc"] + found["tanh_c"] * (1 - v["tanh_c"] ** 2)
    found |= {"kept": found["c"], "added": found["c"]}
    found |= {"f": found["c"] * v["c_before"], "i": found["c"] * v["g"], "g": found["c"] * v["i"]}
    found |= {f"z_{gate}": found[gate] * v[gate] * (1 - v[gate]) for gate in "fio"}
    found |= {"z_c": found["g"] * (1 - v["g"] ** 2), "c_before": found["c"] * v["f"]}
    found |= {f"W_{gate}": np.outer(found[f"z_{gate}"], v["u"]) for gate in "fioc"}
    found |= {f"b_{gate}": found[f"z_{gate}"] for gate in "fioc"}
    found["u"] = sum(v[f"W_{gate}"].T @ found[f"z_{gate}"] for gate in "fioc")
    return found | dict(zip(("h_t", "x_t", "h_d", "x_d"), np.split(found["u"], [3, 5, 8]), strict=True))


grid, back = cell.grid()


def gradients_of_the_grid(v: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    nothing = dict.fromkeys(("h_t", "h_d", "c_t", "c_d"), np.zeros(3))
    found, sent = {"W": np.zeros((12, 16))}, {}
    for t, s in ((1, 1), (0, 1), (1, 0), (0, 0)):
        below, right = sent.get((t + 1, s), nothing), sent.get((t, s + 1), nothing)
        arriving = {
            "h_t": v["dhs_t"][t, s] + below["h_t"],
            "h_d": v["dhs_d"][t, s] + right["h_d"],
            "c_t": below["c_t"],
            "c_d": right["c_d"],
        }
        sent[t, s] = back(t, s, *arriving.values())
        found |= {f"{name}[{t}, {s}]": value for name, value in arriving.items()}
        found[f"X[{t}, {s}]"] = sent[t, s]["x_t"] + sent[t, s]["x_d"]
        found["W"] = found["W"] + sent[t, s]["W"]
    return found


def gradients_of_the_network(v: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    exponentials = np.exp(v["Z2"])
    delta = (exponentials / exponentials.sum(axis=1, keepdims=True) - np.eye(3)[v["labels"]]) / 5
    found = {}
    for k in (2, 1, 0):
        found |= {
            f"Z{k}": delta,
            f"W{k}": v[f"A{k}"].T @ delta,
            f"b{k}": delta.sum(axis=0),
            f"A{k}": delta @ v[f"W{k}"].T,
        }
        delta = found[f"A{k}"] * (1 - v[f"A{k}"] ** 2)
    return found


@pytest.mark.parametrize(
    ("ladder", "formulas"),
    [
        (cell_ladder, gradients_of_the_cell),
        (grid, gradients_of_the_grid),
        (network_ladder, gradients_of_the_network),
    ],
    ids=["cell", "grid", "network"],
)
def test_each_step_is_checked_by_itself(ladder: Ladder, formulas, capsys: pytest.CaptureFixture[str]) -> None:
    right = formulas(ladder.values)
    assert set(right) == set(ladder.values) - {"dh", "dc", "dhs_t", "dhs_d", "labels"}
    for name, gradient in right.items():
        ladder.check(name, gradient)
        assert capsys.readouterr().out.split() == [*f"∂L/∂{name}".split(), "✓", "right"]
        ladder.check(name, gradient + 1)
        assert "✗ not yet: 0 of" in capsys.readouterr().out
    ladder.check(name, ...)
    ladder.check(name, 1.0)
    ladder.check("other", ...)
    said = capsys.readouterr().out.splitlines()
    assert [any(word in line for word in ("not answered", "shape is ()", "no such step")) for line in said] == [
        True
    ] * 3


def test_a_wrong_step_is_told_how_it_differs(capsys: pytest.CaptureFixture[str]) -> None:
    ladder = network.layers()
    right = gradients_of_the_network(ladder.values)
    for gradient, words in (
        (5 * right["Z2"], "5 times too large: did you average over the 5 examples?"),
        (-right["Z2"], "the sign is flipped"),
        (2 * right["Z2"], "2 times too large"),
    ):
        ladder.check("Z2", gradient)
        assert words in capsys.readouterr().out
    ladder.check("b2", right["b2"] / 5)
    assert "5 times too small" in capsys.readouterr().out


c, v = gradients_of_the_cell(cell_ladder.values), cell_ladder.values
n, w = gradients_of_the_network(network_ladder.values), network_ladder.values
sent = gradients_of_the_grid(grid.values)


@pytest.mark.parametrize(
    ("ladder", "name", "gradient", "words"),
    [
        (cell_ladder, "f", c["c"], "the old cell, `c_before`, is missing"),
        (cell_ladder, "c_before", c["c"], "the forget gate, `f`, is missing"),
        (cell_ladder, "i", c["c"], "the candidate, `g`, is missing"),
        (cell_ladder, "g", c["c"], "the input gate, `i`, is missing"),
        (cell_ladder, "o", v["dh"], "`tanh_c` is missing"),
        (cell_ladder, "tanh_c", v["dh"], "the output gate, `o`, is missing"),
        (cell_ladder, "c", v["dc"], "what comes through `h` is missing"),
        (cell_ladder, "c", c["c"] - v["dc"], "what arrives at the output `c` itself is missing"),
        (cell_ladder, "c", v["dc"] + c["tanh_c"], "the slope of tanh(c) is missing"),
        (cell_ladder, "c", v["dc"] + c["tanh_c"] * (1 - v["c"] ** 2), "made from what goes in"),
        (cell_ladder, "z_f", c["f"], "the slope of the sigmoid is missing"),
        (cell_ladder, "z_i", c["i"] * (1 - v["i"]), "it is not 1 − y alone"),
        (cell_ladder, "z_o", c["o"] * (1 - v["o"] ** 2), "the slope of tanh stands where that of the sigmoid belongs"),
        (cell_ladder, "z_c", c["g"], "the slope of tanh is missing"),
        (cell_ladder, "z_c", c["g"] * v["g"] * (1 - v["g"]), "the slope of a sigmoid stands where that of tanh"),
        (cell_ladder, "z_c", c["g"] * (1 - v["g"]), "the square in the slope of tanh is missing"),
        (cell_ladder, "z_f", c["c"], "0 of 3 entries"),
        (network_ladder, "A2", n["Z2"] @ w["W2"], "W is not transposed"),
        (network_ladder, "Z1", n["A2"], "the slope of tanh(Z1) is missing"),
        (network_ladder, "Z0", n["A1"] * (1 - w["Z0"] ** 2), "made from what goes in"),
        (network_ladder, "Z2", n["Z2"] + np.eye(3)[w["labels"]] / 5, "the scores of the right classes is missing"),
        (grid, "h_t[0, 1]", grid.values["dhs_t"][0, 1], "what the node below sends back is missing"),
        (grid, "h_d[1, 0]", grid.values["dhs_d"][1, 0], "what the node to the right sends back is missing"),
        (grid, "h_t[0, 1]", sent["h_t[0, 1]"] - grid.values["dhs_t"][0, 1], "own gradient at node (0, 1) is missing"),
    ],
)
def test_a_known_mistake_is_named(ladder: Ladder, name, gradient, words, capsys: pytest.CaptureFixture[str]) -> None:
    ladder.check(name, gradient)
    assert words in capsys.readouterr().out
