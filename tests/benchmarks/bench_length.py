"""Long sequences: the nearest float32 of every output, of a layer of 20 units."""

import subprocess
import sys
import time
from functools import cache, partial
from pathlib import Path

import numpy as np
from measuring import BYTES, SECONDS, Measurement

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


@cache
def spent(steps):
    """Return the seconds and the bytes that a process of its own took for them."""
    program = f"import bench_length; bench_length.outputs({steps}); bench_length.print_spent()"
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, cwd=Path(__file__).parent, check=True, capture_output=True)
    return tuple(map(float, done.stdout.split()))


def print_spent():
    # As Linux counts it: getrusage's is at least that of the process that started this one.
    status = Path("/proc/self/status").read_text("utf-8")
    kilobytes = int(status.partition("VmHWM:")[2].split()[0])
    print(time.process_time(), 1024 * kilobytes)


def seconds(steps):
    return spent(steps)[0]


def memory(steps):
    return spent(steps)[1]


def lengths(measured, *steps):
    return lambda: {f"T = {count:,}": partial(measured, count) for count in steps}


MEASUREMENTS = [
    Measurement(
        "outputs of a reference", lengths(outputs, LONG, SHORT), bound=13, rounds=2, small=True
    ),
    Measurement("a second of sound", lengths(seconds, LONGEST, LONG), rounds=1, meter=SECONDS),
    Measurement("its memory at most", lengths(memory, LONGEST, LONG), rounds=1, meter=BYTES),
]
