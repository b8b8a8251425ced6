"""What an object is made of, down to the last bit, so that copies can be compared with it."""

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from functools import partial

import numpy as np
from flint import arb, arb_mat, fmpq_mat
from sympy import Basic

from symlstm.runs.batch import Batch


def number(end):
    """Return an exact ball's mantissa and exponent; of what is not finite, its name."""
    return tuple(map(int, end.man_exp())) if end.is_finite() else repr(float(end))


def bits(ball):
    """Return the middle and the radius of a ball."""
    return number(ball.mid()), number(ball.rad())


def parts(value, seen=None):
    """Return everything in an object in a form that ``==`` compares, and what it shares in it."""
    seen = {} if seen is None else seen
    for kinds, apart in KINDS:
        if isinstance(value, kinds):
            return type(value), apart(value, lambda part: parts(part, seen))
    if not hasattr(value, "__dict__") or callable(value):
        return value
    if id(value) in seen:
        return seen[id(value)]
    seen[id(value)] = len(seen)
    return type(value), parts(held(value), seen)


def held(value):
    """Return what an object holds, without what it can work out again."""
    if is_dataclass(value):
        return {field.name: getattr(value, field.name) for field in fields(value)}
    return {name: part for name, part in vars(value).items() if name != "_compiled_forms"}


def _of_array(array, of):
    return array.dtype, array.shape, [of(entry) for entry in array.flat]


def _of_matrix(matrix, of):
    return matrix.nrows(), matrix.ncols(), [of(entry) for entry in matrix.entries()]


KINDS = [
    (Batch, lambda value, of: [len(value), of(value.batched)]),
    (Basic, lambda value, of: value),
    (float, lambda value, of: value.hex()),
    (arb, lambda value, of: bits(value)),
    ((arb_mat, fmpq_mat), _of_matrix),
    (np.ndarray, _of_array),
    (Mapping, lambda value, of: [(key, of(part)) for key, part in value.items()]),
    ((tuple, list), lambda value, of: [of(part) for part in value]),
    (partial, lambda value, of: (value.func, of(value.args), of(value.keywords))),
]
