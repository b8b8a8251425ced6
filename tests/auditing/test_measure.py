"""Cases that are measured in threads side by side, each at the precision of its format."""

import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from flint import ctx

from symlstm.auditing.cases import Case
from symlstm.auditing.measure import Task, measure
from symlstm.auditing.packing import packed
from symlstm.testing.layer_case import random_case

GRADIENTS = ["kernel", "inputs"]


def task(number):
    """Return a case whose implementation is the truth of another format, so that it is off."""
    dtype = ["float16", "float32", "float64"][number % 3]
    case = random_case(units=2, steps=4, dtype=dtype, seed=number, activation="softplus")
    gradient = np.ones((2, 4, 2), dtype=dtype)
    rough = case.layer.reference(case.inputs, dtype="bfloat16")
    slopes = rough.backward(grad_sequence=gradient)
    actual = {
        "sequence_out": rough.sequence_out,
        **{f"gradient by {name}": getattr(slopes, name) for name in GRADIENTS},
    }
    actual = {name: array.astype(dtype) for name, array in actual.items()}
    return Task(Case(number, case.inputs, None, gradient), packed(case.layer), dtype, actual)


def test_threads_measure_what_one_alone_measures():
    tasks = [task(number) for number in range(12)]
    alone = list(map(measure, tasks))
    assert all(found["outputs"]["sequence_out"]["sum"] > 0 for found in alone)
    before = sys.getswitchinterval()
    sys.setswitchinterval(5e-5)
    try:
        with ThreadPoolExecutor(4) as threads:
            assert list(threads.map(measure, tasks)) == alone
    finally:
        sys.setswitchinterval(before)
    assert ctx.prec == 53
