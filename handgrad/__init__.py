"""Derive gradients by hand, and learn from what a check says.

A notebook of the course begins with::

    from handgrad import checks

    check = checks("mlp_backprop")

and then ``check.two_layer_loss(two_layer_loss)`` says whether the function is right and, where
it is not, what the mistake looks like.
"""

try:
    from handgrad.check import CheckFailed, checks, probe
except ImportError as error:
    # `handgrad doctor` says what is missing, so the package itself has to be importable without it
    _missing = str(error)

    def __getattr__(name: str) -> object:
        if name in __all__:
            raise ImportError(f"{_missing}; `handgrad doctor` says what else is missing, and how to fix it")
        raise AttributeError(f"module 'handgrad' has no attribute {name!r}")


__version__ = "0.1.0"

__all__ = ["CheckFailed", "checks", "probe"]
