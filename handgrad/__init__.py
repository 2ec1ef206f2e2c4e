"""Derive gradients by hand, and learn from what a check says.

A notebook of the course begins with::

    from handgrad import checks

    check = checks("mlp_backprop")

and then ``check.two_layer_loss(two_layer_loss)`` says whether the function is right and, where
it is not, what the mistake looks like.
"""

from handgrad.check import CheckFailed, checks, probe

__version__ = "0.1.0"

__all__ = ["CheckFailed", "checks", "probe"]
