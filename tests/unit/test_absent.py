"""A package that is missing at grading can be imported, and says why where it is used."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from types import ModuleType

import pytest

from handgrad import absent


def run(code: str) -> str:
    """Return what a fresh Python prints in which the package colorsys is hidden."""
    hidden = "from handgrad import absent\nabsent.hide(['colorsys'])\n"
    done = subprocess.run(
        [sys.executable, "-c", hidden + textwrap.dedent(code)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.mark.parametrize(
    "use",
    ["colorsys.rgb_to_hsv(1, 1, 1)", "colorsys.a.b.c()", "rgb(1)", "f.relu(1)", "type('Net', (nn.Module,), {})"],
)
def test_importing_costs_nothing_and_using_says_why(use: str) -> None:
    said = run(
        f"""
        import colorsys, colorsys.functional as f
        from colorsys import rgb_to_hsv as rgb, nn
        try:
            {"class Net(nn.Module): pass" if use.startswith("type") else use}
        except ModuleNotFoundError as error:
            print(error)
        """
    )
    assert said.startswith("colorsys is not here, nor is it at grading")


def test_it_is_hidden_for_a_while_only() -> None:
    import colorsys

    namespace = {"colorsys": colorsys, "hsv": colorsys.rgb_to_hsv, "x": 1}
    with absent.hidden(["colorsys"], namespace):
        import colorsys as inside

        assert inside is not colorsys
        for name in ("colorsys", "hsv"):
            with pytest.raises(ModuleNotFoundError, match="NumPy is their tool"):
                namespace[name]()  # type: ignore[operator]
        assert namespace["x"] == 1
    import colorsys as after

    assert after is colorsys
    assert isinstance(namespace["colorsys"], ModuleType)
    assert namespace["hsv"] is colorsys.rgb_to_hsv
