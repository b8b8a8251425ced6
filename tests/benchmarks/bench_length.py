"""Long sequences: the nearest float32 of every output, of a layer of 20 units."""

import resource
import subprocess
import sys
from functools import partial
from pathlib import Path

import numpy as np
from measuring import BYTES, Measurement

from symlstm import LSTM

UNITS, SHORT, LONG, LONGEST = 20, 200, 2000, 44_100


def outputs(steps):
    rng = np.random.default_rng(0)
    layer = LSTM(UNITS, input_dim=1).bind(
        kernel=(rng.standard_normal((1, 4 * UNITS)) * 0.5).astype(np.float32),
        recurrent_kernel=(rng.standard_normal((UNITS, 4 * UNITS)) * 0.35).astype(np.float32),
        bias=0,
    )
    inputs = np.sin(np.arange(steps) * 0.05).astype(np.float32)[:, None]
    return layer.reference(inputs, dtype="float32").sequence_out


def memory(steps):
    """Return the bytes that a process of its own took at the most."""
    program = f"import bench_length; bench_length.print_memory({steps})"
    folder = Path(__file__).parent
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=folder, check=True, capture_output=True
    )
    return int(done.stdout)


def print_memory(steps):
    outputs(steps)
    print(1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)


def lengths(measured, *steps):
    return lambda: {f"T = {count:,}": partial(measured, count) for count in steps}


MEASUREMENTS = [
    Measurement(
        "outputs of a reference", lengths(outputs, LONG, SHORT), bound=13, rounds=2, small=True
    ),
    Measurement("outputs of a second of sound", lengths(outputs, LONGEST, LONG), rounds=1),
    Measurement(
        "memory of a second of sound", lengths(memory, LONGEST, LONG), rounds=1, meter=BYTES
    ),
]
