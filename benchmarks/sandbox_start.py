"""What the sandbox adds to the start of a kernel: pairs of starts with and without it, one after the other.

Run as ``python benchmarks/sandbox_start.py [PAIRS]``. A start is from asking for the kernel to the end of an empty
job; the order within a pair changes from pair to pair. Both start cold, as there are no warm kernels without a
sandbox.
"""

from __future__ import annotations

import statistics
import sys
import time

from handgrad.running import sandbox
from handgrad.running.execution import execute
from handgrad.running.job import Cell, Job


def start(unprotected: bool) -> float:
    """Return the seconds that a kernel and one short cell take."""
    began = time.perf_counter()
    execute(Job((Cell("1", 60),), unprotected=unprotected, settings={"warm": False}))
    return time.perf_counter() - began


def main(pairs: int = 20) -> None:
    """Print medians, their difference and their ratio."""
    sandbox.require(unprotected=False)
    times: dict[bool, list[float]] = {False: [], True: []}
    for pair in range(pairs + 1):
        for unprotected in (False, True) if pair % 2 else (True, False):
            seconds = start(unprotected)
            if pair:  # the first pair warms the disk's cache
                times[unprotected].append(seconds)
    with_it, without = (statistics.median(times[unprotected]) for unprotected in (False, True))
    differences = [a - b for a, b in zip(times[False], times[True], strict=True)]
    print(f"{pairs} pairs of kernel starts")
    print(f"  in the sandbox      {with_it:.3f} s (median)")
    print(f"  without             {without:.3f} s (median)")
    print(
        f"  difference of pairs {statistics.median(differences):+.3f} s (median), {max(differences):+.3f} s (largest)"
    )
    print(f"  ratio of medians    {with_it / without:.2f}")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:2]))
