"""What a verdict may repeat of what came out of the student's kernel.

The kernel has seen hidden inputs, and every text from it could carry one; so could the choice among the lines of
the student's own code. So the judge speaks in its own words, and repeats names of a short list alone.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from handgrad.judging.arrays import TOO_LARGE, Result
from handgrad.judging.evidence import Call, Raised

ERRORS = frozenset(
    "ArithmeticError AssertionError AttributeError AxisError BufferError EOFError FloatingPointError ImportError "
    "IndexError KeyError LinAlgError LookupError MemoryError ModuleNotFoundError NameError NotImplementedError "
    "OSError OverflowError RecursionError RuntimeError RuntimeWarning StopIteration SyntaxError TypeError "
    "TooSlow UFuncTypeError UnboundLocalError ValueError ZeroDivisionError".split()
)
"""Names of exceptions that are repeated to the student; any other could carry hidden inputs."""

TYPES = frozenset(
    "None|a list|a tuple|a dict|a set|a str|a bytes|a bool|a complex|a function|a method|a type|a generator|a range|"
    "a map|a zip|a filter|a module|a Tensor|a Fraction|an ndarray|an array of dtype object|"
    "an array of dtype complex64|an array of dtype complex128".split("|")
)
"""What a result may be said to be; any other name of a type could carry hidden inputs."""


@dataclass(frozen=True)
class Disclosure:
    """How much is shown: :data:`PUBLIC`, :data:`OWN_MACHINE`, or :data:`HIDDEN`.

    Attributes
    ----------
    numbers
        Whether results are shown beside the right ones.
    texts
        Whether the kernel's own words are repeated, such as the text of an exception and the line that raised it.
    """

    numbers: bool = False
    texts: bool = False

    def redact(self, call: Call, returns: str) -> Call:
        """Return a call without the words that must not be repeated.

        Parameters
        ----------
        call
            The call, as it was read.
        returns
            What the student's function should return, in words.
        """
        known = call.raised and call.raised.name in ERRORS
        raised = call.raised and replace(call.raised, name=call.raised.name if known else "")
        if self.texts:
            return replace(call, raised=raised)
        return Call(
            {name: _type_alone(result) for name, result in call.results.items()},
            call.changed,
            raised and Raised(raised.name, None, ""),
            None if call.returned is None else f"it should return {returns}; it does something else",
        )


def _type_alone(result: Result) -> Result:
    repeated = not isinstance(result, str) or result in TYPES or result == TOO_LARGE
    return result if repeated else "of another type"


PUBLIC = Disclosure(numbers=True, texts=True)
"""Of public cases, whose inputs and results anyone may see."""

OWN_MACHINE = Disclosure(texts=True)
"""Of hidden cases that were drawn where the solution ran too: its words tell nothing new."""

HIDDEN = Disclosure()
"""Of hidden cases at grading."""
