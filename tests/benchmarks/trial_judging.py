"""Judge random layers: how many false alarms, how many weights off by 1e-3 unnoticed.

Run it with ``python tests/benchmarks/trial_judging.py torch 1000``, or ``keras``, or ``onnx`` for
ONNX Runtime, whose verdicts are counted. A third number is the seed to begin with.
"""

import sys
import time
from collections import Counter
from itertools import pairwise
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))
sys.path.insert(0, str(Path(__file__).parents[1] / "frameworks"))

import drawn_keras
import drawn_layers
from models import model

from symlstm import from_onnx, from_torch
from symlstm.testing import judge


def of_torch(seed):
    """Return a reference, what PyTorch computes, and how to put a weight off and compute again."""
    module, x = drawn_layers.drawn(seed)
    reference = from_torch(module).reference(x.transpose(0, 1).numpy(), dtype="float32")

    def off():
        drawn_layers.put_off(module, seed)
        return drawn_layers.computed(module, x)

    return reference, drawn_layers.computed(module, x), off


def of_keras(seed):
    """Return the same of layers of Keras, one on the other."""
    layers, x, states = drawn_keras.drawn(seed)
    network, initial = drawn_keras.taken_over(layers, states)
    reference = network.reference(x, dtype="float32", initial_state=initial)

    def off():
        drawn_keras.put_off(layers, seed)
        return drawn_keras.computed(layers, x, states)

    return reference, drawn_keras.computed(layers, x, states), off


def of_onnx(seed):
    """Return the same of a node in ONNX Runtime, without another weight."""
    import onnxruntime

    rng = np.random.default_rng(seed)
    directions = int(rng.integers(1, 3))
    options = {"direction": "bidirectional"} if directions > 1 else {}
    proto = model(
        rng,
        directions=directions,
        units=int(rng.choice([1, 2, 4, 8, 16])),
        dim=int(rng.integers(1, 9)),
        peepholes=bool(rng.integers(2)),
        **options,
    )
    layer = from_onnx(proto)
    x = rng.normal(size=(int(rng.integers(2, 51)), int(rng.integers(1, 5)), layer.input_dim))
    x = x.astype(np.float32)
    session = onnxruntime.InferenceSession(proto.SerializeToString())
    out = session.run(None, {"X": x})[0].transpose(2, 0, 1, 3)
    reference = layer.reference(x.transpose(1, 0, 2), dtype="float32")
    return reference, out.reshape(*out.shape[:2], -1), None


def unit(outputs):
    """Return the ulp of the largest output."""
    return float(np.spacing(abs(outputs[0]).max()))


def change(one, other):
    """Return by how much the outputs and last states differ at the most."""
    return max(float(abs(a - b).max()) for a, b in zip(one, other, strict=True))


class Tally:
    """What is found of many layers."""

    def __init__(self):
        self.verdicts, self.ulps, self.times, self.missed = Counter(), [], [], []
        self.longest = 0.0

    def trial(self, made, seed):
        reference, actual, off = made(seed)
        begun = time.perf_counter()
        verdict = judge(actual, reference)
        self.longest = max(self.longest, time.perf_counter() - begun)
        self.verdicts[verdict.verdict] += 1
        self.times.append(verdict.worst.times)
        self.ulps.append(verdict.activation_ulp or np.inf)
        if off is None:
            return
        if verdict.verdict != "right":
            print(f"{seed}: {verdict}", flush=True)
        outputs = off()
        again = judge(outputs, reference)
        if again.verdict == "right":
            moved = change(actual, outputs)
            self.missed.append((moved / unit(actual), again.worst.times))
            print(f"{seed}: 1e-3 unnoticed; it moves the outputs by {moved:.2g}, which is"
                  f" {moved / unit(actual):.3g} ulps of the largest, and the worst is at"
                  f" {again.worst.times:.2g} of its bound", flush=True)  # fmt: skip

    def report(self, name):
        count, alarms = sum(self.verdicts.values()), self.verdicts.total() - self.verdicts["right"]
        print(f"{name}: {count} layers, {dict(self.verdicts)}; at most {self.longest:.1f} s")
        shares = np.quantile(self.times, [0.5, 0.99, 1])
        print(f"  off by what rounding explains, times: median, 99%, most {shares.round(3)}")
        if name == "onnx":
            bounds = [0, 4.1, 64.1, 1024.1, 16384.1, 262144.1, np.inf]
            names = [f"to {int(high)}" for high in bounds[1:-1]] + ["more"]
            found = [sum(a < u <= b for u in self.ulps) for a, b in pairwise(bounds)]
            print(f"  ulps of activations that explain it: {dict(zip(names, found, strict=True))}")
        else:
            worst = max(self.missed, default=(0, 0))[0]
            print(f"  {alarms} false alarms; 1e-3 unnoticed {len(self.missed)} times, when it"
                  f" moves outputs by up to {worst:.3g} ulps of the largest")  # fmt: skip


TRIALS = {"torch": of_torch, "keras": of_keras, "onnx": of_onnx}


def main(name, count, first=0):
    tally = Tally()
    for seed in range(first, first + count):
        tally.trial(TRIALS[name], seed)
    tally.report(name)


if __name__ == "__main__":
    main(sys.argv[1], *map(int, sys.argv[2:]))
