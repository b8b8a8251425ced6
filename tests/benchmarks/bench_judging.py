"""Judge random layers of PyTorch: how many false alarms, how many weights off by 1e-3 unnoticed.

Run it with ``python tests/benchmarks/bench_judging.py 1000``.
"""

import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
sys.path.insert(0, str(Path(__file__).parents[1] / "frameworks"))


from drawn_layers import computed, drawn, put_off

from symlstm import from_torch
from symlstm.testing import judge


def trial(seed):
    """Return what is said of a layer, of the same with one weight off, and after how long."""
    module, x = drawn(seed)
    reference = from_torch(module).reference(x.transpose(0, 1).numpy(), dtype="float32")
    actual = computed(module, x)
    begun = time.perf_counter()
    verdict = judge(actual, reference)
    seconds = time.perf_counter() - begun
    name = put_off(module, seed)
    return verdict, judge(computed(module, x), reference), name, seconds


def main(count):
    alarms, unnoticed, longest = 0, 0, 0.0
    for seed in range(count):
        verdict, off, name, seconds = trial(seed)
        longest = max(longest, seconds)
        if verdict.verdict != "right":
            alarms += 1
            print(f"{seed}: {verdict}")
        if off.verdict == "right":
            unnoticed += 1
            print(f"{seed}: {name} off by 1e-3 is not noticed, at {off.worst.times:.2g} of it")
    print(f"{count} layers: {alarms} false alarms, {unnoticed} unnoticed, {longest:.1f} s at most")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100)
