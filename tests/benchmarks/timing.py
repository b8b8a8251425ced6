"""What the benchmarks share: the fastest of several runs, measured in turn on one machine."""

import time
from collections.abc import Callable


def compare(
    *functions: Callable[[], object],
    rounds: int = 7,
    clock: Callable[[], float] = time.perf_counter,
) -> list[float]:
    """Return the least time of each function, in seconds; a round runs each of them once."""
    least = [float("inf")] * len(functions)
    for _ in range(rounds):
        for k, function in enumerate(functions):
            start = clock()
            function()
            least[k] = min(least[k], clock() - start)
    return least


def report(what: str, ours: float, theirs: float, bound: float) -> None:
    """Print a ratio and the bound that it is meant to keep."""
    ratio = ours / theirs
    verdict = "ok" if ratio <= bound else "TOO SLOW"
    print(f"{what}: {ours:.4f} s / {theirs:.4f} s = {ratio:.2f} (at most {bound}) {verdict}")
