"""Symbolic traces: linear in the number of steps, and a refusal that comes at once."""

import gc

from timing import compare, report

from symlstm import LSTM
from symlstm.errors import TooLargeError

SHORT, LONG = 200, 2000


def refuse(ask):
    try:
        ask()
    except TooLargeError:
        return
    raise AssertionError("a closed form of 10^1900 nodes was built")


def each_once(ask, made):
    """Return what asks each of the traces once: what it has found, a trace keeps."""
    made = iter(made)
    return lambda: ask(next(made))


def linear(what, ask, make, rounds=3):
    """Report what is asked of a long trace and of as many steps in short ones."""
    many = LONG // SHORT
    long = each_once(ask, [make(LONG) for _ in range(rounds)])
    short = each_once(ask, [make(SHORT) for _ in range(rounds * many)])
    times = compare(long, lambda: [short() for _ in range(many)], rounds=rounds)
    report(f"{what}, T = {LONG} / T = {SHORT}", times[0], times[1] / many, bound=11)


def refused(what, ask, make, rounds=3):
    """Report how long it takes to refuse what is asked of the long trace."""
    asked = each_once(lambda trace: refuse(lambda: ask(trace)), [make(LONG) for _ in range(rounds)])
    (seconds,) = compare(asked, rounds=rounds)
    report(f"refusal of {what} / 1 s", seconds, 1.0, bound=1)


if __name__ == "__main__":
    # As timeit does: how often Python looks for garbage depends on all else that it holds.
    gc.disable()
    cell = LSTM(2)
    cell.unroll(SHORT).backward()
    linear("unroll", cell.unroll, lambda steps: steps)
    linear("size", lambda trace: trace.size("h", len(trace)), cell.unroll)
    linear("gradients", lambda trace: trace.backward(), cell.unroll)
    refused("trace[2000].h", lambda trace: trace[LONG].h, cell.unroll)
    refused("gradients.kernel", lambda found: found.kernel, lambda T: cell.unroll(T).backward())
