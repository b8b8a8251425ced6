"""Symbolic traces: linear in the number of steps, and a refusal that comes at once."""

from timing import compare, report

from symlstm import LSTM
from symlstm.errors import TooLargeError


def refuse(trace):
    try:
        _ = trace[200].h
    except TooLargeError:
        return
    raise AssertionError("a closed form of 10^190 nodes was built")


if __name__ == "__main__":
    long, short = compare(lambda: LSTM(2).unroll(200), lambda: LSTM(2).unroll(20), rounds=5)
    report("unroll T = 200 / T = 20", long, short, bound=20)
    traces = iter([LSTM(2).unroll(200) for _ in range(3)])
    (refusal,) = compare(lambda: refuse(next(traces)), rounds=3)
    report("refusal of trace[200].h / 1 s", refusal, 1.0, bound=1)
