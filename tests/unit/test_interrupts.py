"""An interrupt is heard wherever it comes."""

from __future__ import annotations

import signal
import subprocess
import sys

import pytest

from handgrad.running import interrupts

PROGRAM = """
import signal, time, weakref
from handgrad.running.interrupts import heard

class Thing:
    pass

thing = Thing()
reference = weakref.ref(thing, lambda _: signal.raise_signal({number}))
try:
    with heard():
        del thing
        time.sleep(10)
        print("not heard")
except KeyboardInterrupt:
    print("heard")
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_that_python_cannot_raise_comes_once_more(number: signal.Signals) -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM.format(number=int(number))],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
        # as in a terminal, whatever shell started this test
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    assert (done.stdout, done.stderr) == ("heard\n", "")


def test_a_second_one_ends_the_process_at_once() -> None:
    program = f"""
import signal
from handgrad.running.interrupts import heard

with heard():
    try:
        signal.raise_signal({int(signal.SIGTERM)})
    except KeyboardInterrupt:
        signal.raise_signal({int(signal.SIGTERM)})
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (interrupts.STATUS, "", "")
