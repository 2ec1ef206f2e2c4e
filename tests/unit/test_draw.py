"""A course has a few variants of its hidden inputs, and nobody without its secret knows who has which."""

from __future__ import annotations

import numpy as np

from handgrad import references
from handgrad.grading.draw import VARIANTS, draw, variant_of
from tests.conftest import ROOT

STUDENTS = [f"student {number}" for number in range(60)]


def test_every_variant_is_in_use_and_another_secret_or_file_deals_them_anew() -> None:
    dealt = [
        [variant_of(secret, "mlp_backprop", student, file) for student in STUDENTS]
        for secret, file in ((b"one", "a file"), (b"two", "a file"), (b"one", "another file"))
    ]
    assert len(set(dealt[0])) == VARIANTS
    assert dealt[0] != dealt[1]
    assert dealt[0] != dealt[2]


def test_a_variant_is_worked_out_once_and_differs_from_the_others() -> None:
    assignment = references.load("mlp_backprop", ROOT)
    first, again, other = (draw(assignment, ["softmax_loss"], b"one", variant) for variant in ("0", "0", "1"))
    assert first.hidden["softmax_loss"] is again.hidden["softmax_loss"]
    assert first.nonces != again.nonces
    inputs = [next(iter(one.hidden["softmax_loss"].inputs.values())) for one in (first, other)]
    assert not np.array_equal(inputs[0]["scores"], inputs[1]["scores"])
