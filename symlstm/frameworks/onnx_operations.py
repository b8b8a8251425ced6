"""What an ONNX model does to stored tensors on the way to its weights, done as exactly.

A small table: operators that move numbers about, that widen them, or that round them once in the
only way that ONNX defines. What computes is not in it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symlstm.errors import ModelError
from symlstm.numbers.budget import afford
from symlstm.optional import require

Tensor = NDArray[Any]
Given = Sequence[Tensor | None]

REAL = ("float64", "float32", "float16", "bfloat16")
WHOLE = ("int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64")


def within(shape: Sequence[int]) -> tuple[int, ...]:
    """Return a shape; raises `TooLargeError` for one of more numbers than there may be."""
    sizes = tuple(int(size) for size in shape)
    afford("values", math.prod(sizes), what=f"a tensor of shape {sizes}, computed in the model")
    return sizes


def _whole(values: Any) -> list[int]:
    """Return the numbers of an attribute, or of an input of integers."""
    array = np.asarray(values)
    if array.size and array.dtype.kind not in "iu":
        raise ModelError(f"takes whole numbers, and no {array.dtype}")
    afford("values", array.size, what="a list of axes")
    return [int(value) for value in array.ravel()]


def _either(given: Given, place: int, attribute: Any, what: str) -> list[int] | None:
    """Return a list that old versions have as an attribute, and new ones as an input."""
    operand = given[place] if place < len(given) else None
    if operand is not None and attribute is not None:
        raise ModelError(f"gives {what} twice, as an attribute and as an input")
    value = attribute if operand is None else operand
    return None if value is None else _whole(value)


def _axes(axes: Sequence[int], rank: int) -> list[int]:
    """Return axes counted from the first one, none of them twice."""
    counted = [axis + rank if axis < 0 else axis for axis in axes]
    if len(set(counted)) < len(counted) or not all(0 <= axis < rank for axis in counted):
        raise ModelError(f"has the axes {list(axes)}, of {rank}, each of them once")
    return counted


def _first(given: Given) -> Tensor:
    if not given or given[0] is None:
        raise ModelError("misses its input")
    return given[0]


def identity(given: Given) -> list[Tensor]:
    """Return the tensor itself."""
    return [_first(given)]


def transpose(given: Given, perm: Any = None) -> list[Tensor]:
    """Return a tensor with its axes in another order, unless given the reverse one."""
    return [np.transpose(_first(given), None if perm is None else _whole(perm))]


def reshape(given: Given, shape: Any = None, allowzero: int = 0) -> list[Tensor]:
    """Return the same numbers in another shape: 0 keeps a size, -1 takes what is left."""
    x, sizes = _first(given), _either(given, 1, shape, "shape")
    if sizes is None or min(sizes, default=0) < -1:
        raise ModelError("has no shape that can be")
    if not allowzero:
        sizes = [x.shape[k] if size == 0 else size for k, size in enumerate(sizes)]
    return [x.reshape(sizes)]


def flatten(given: Given, axis: int = 1) -> list[Tensor]:
    """Return a tensor as a matrix: the axes before ``axis``, and the others."""
    x = _first(given)
    if not -x.ndim <= axis <= x.ndim:
        raise ModelError(f"has the axis {axis}, of {x.ndim}")
    rows = math.prod(x.shape[: axis + x.ndim if axis < 0 else axis])
    return [x.reshape(rows, x.size // rows if rows else 0)]


def unsqueeze(given: Given, axes: Any = None) -> list[Tensor]:
    """Return a tensor with further axes of size 1."""
    x, new = _first(given), _either(given, 1, axes, "axes")
    if new is None:
        raise ModelError("misses its axes")
    return [np.expand_dims(x, tuple(_axes(new, x.ndim + len(new))))]


def squeeze(given: Given, axes: Any = None) -> list[Tensor]:
    """Return a tensor without axes of size 1: those that are named, or all."""
    x, old = _first(given), _either(given, 1, axes, "axes")
    return [np.squeeze(x, None if old is None else tuple(_axes(old, x.ndim)))]


def slices(given: Given, starts: Any = None, ends: Any = None, axes: Any = None) -> list[Tensor]:
    """Return a part of a tensor, along some of its axes."""
    x = _first(given)
    named = {"starts": starts, "ends": ends, "axes": axes, "steps": None}
    parts = [_either(given, k, value, name) for k, (name, value) in enumerate(named.items(), 1)]
    first, last = parts[:2]
    if first is None or last is None:
        raise ModelError("misses its starts, or its ends")
    along = _axes(list(range(len(first))) if parts[2] is None else parts[2], x.ndim)
    steps = [1] * len(first) if parts[3] is None else parts[3]
    cut = [slice(None)] * x.ndim
    for axis, start, end, step in zip(along, first, last, steps, strict=True):
        cut[axis] = slice(*_bounds(start, end, step, x.shape[axis]))
    return [x[tuple(cut)]]


def _bounds(start: int, end: int, step: int, size: int) -> tuple[int, int | None, int]:
    """Return where a slice begins and ends; Python has ONNX's way to count and to clamp."""
    begins, ends, _ = slice(start, end, step).indices(size)
    if begins < 0 < size:
        raise ModelError(f"begins at {start} of {size}, and goes backwards from there")
    return begins, None if ends < 0 else ends, step


def split(
    given: Given, outputs: int, split: Any = None, axis: int = 0, num_outputs: int | None = None
) -> list[Tensor]:
    """Return a tensor in parts: of the sizes given, or equal ones, the last of which may lack."""
    x, sizes = _first(given), _either(given, 1, split, "split")
    (axis,) = _axes([axis], x.ndim)
    if sizes is None:
        each = -(-x.shape[axis] // outputs)
        sizes = [each] * (outputs - 1) + [x.shape[axis] - each * (outputs - 1)]
        if num_outputs is None and sizes[-1] != each:
            raise ModelError(f"splits {x.shape[axis]} into {outputs} equal parts")
    parts_wanted = outputs if num_outputs is None else num_outputs
    fits = len(sizes) == outputs == parts_wanted and sum(sizes) == x.shape[axis]
    if not fits or min(sizes) < 0:
        raise ModelError(f"splits {x.shape[axis]} into {outputs} parts of {sizes}")
    return np.split(x, np.cumsum(sizes)[:-1], axis)


def concat(given: Given, axis: int = 1) -> list[Tensor]:
    """Return tensors joined along an axis."""
    arrays = [array for array in given if array is not None]
    if len(arrays) < len(given) or len({array.dtype for array in arrays}) != 1:
        raise ModelError("joins tensors of different types, or with one missing")
    afford("values", sum(array.size for array in arrays), what="tensors that the model joins")
    return [np.concatenate(arrays, axis)]


def gather(given: Given, axis: int = 0) -> list[Tensor]:
    """Return the entries of a tensor along an axis that are picked out."""
    x, picked = given
    if x is None or picked is None or picked.dtype.kind not in "iu":
        raise ModelError("picks out entries, which whole numbers say")
    (axis,) = _axes([axis], x.ndim)
    within([*x.shape[:axis], *picked.shape, *x.shape[axis + 1 :]])
    return [np.take(x, picked, axis)]


def expand(given: Given) -> list[Tensor]:
    """Return a tensor repeated to a shape, as in NumPy's broadcasting."""
    x, shape = _first(given), _either(given, 1, None, "shape") or []
    return [np.broadcast_to(x, np.broadcast_shapes(x.shape, within(shape)))]


def constant_of_shape(given: Given, value: Tensor | None = None) -> list[Tensor]:
    """Return a tensor that has one number everywhere, 0 unless given."""
    one = np.zeros(1, np.float32) if value is None else value
    return [np.broadcast_to(one.reshape(()), within(_whole(_first(given))))]


def shape(given: Given, start: int = 0, end: int | None = None) -> list[Tensor]:
    """Return the sizes of a tensor."""
    return [np.array(_first(given).shape[start:end], np.int64)]


def cast(given: Given, to: int, saturate: int = 1, round_mode: bytes = b"up") -> list[Tensor]:
    """Return numbers in another type: exactly, or as the nearest of that type, ties to even.

    ONNX operators, "Cast": of types that it leaves to the runtime none is read.
    """
    del saturate, round_mode  # they are about types of eight bits, of which none is read
    helper = require("onnx.helper", "onnx")
    return [_of_type(_first(given), np.dtype(helper.tensor_dtype_to_np_dtype(to)))]


def cast_like(given: Given, saturate: int = 1, round_mode: bytes = b"up") -> list[Tensor]:
    """Return numbers in the type of another tensor."""
    del saturate, round_mode
    x, like = given
    if x is None or like is None:
        raise ModelError("misses an input")
    return [_of_type(x, like.dtype)]


def _of_type(x: Tensor, dtype: np.dtype[Any]) -> Tensor:
    known = (*REAL, *WHOLE, "bool")
    if x.dtype.name not in known or dtype.name not in known:
        raise ModelError(f"makes {dtype} of {x.dtype}, where {', '.join(known)} are known")
    with np.errstate(all="ignore"):  # a number too large for the type becomes infinity
        made = x.astype(dtype)
        back = made.astype(x.dtype)
    by_steps = dtype.name in ("float16", "bfloat16") and x.dtype.name in ("float64", *WHOLE)
    exact = dtype.name in WHOLE or by_steps
    wanted = np.trunc(x) if dtype.name in WHOLE and x.dtype.name in REAL else x
    if exact and not np.array_equal(back, wanted):
        raise ModelError(f"makes {dtype} of {x.dtype} that it does not hold")
    return made


def dequantize(
    given: Given, axis: int = 1, block_size: int = 0, output_dtype: int = 0
) -> list[Tensor]:
    """Return (x - zero_point) · scale, where floats hold it exactly; elsewhere runtimes round.

    ONNX operators, "DequantizeLinear".
    """
    x, scale, zero = (*given, None)[:3]
    if x is None or scale is None or block_size or output_dtype:
        raise ModelError("is read with one scale, or one along an axis, and their type")
    if x.dtype.name not in WHOLE or x.dtype.itemsize > 4 or scale.dtype.name not in REAL:
        raise ModelError(f"makes {scale.dtype} of {x.dtype}, which is not read")
    sizes = [1] * x.ndim
    if scale.size > 1:
        (axis,) = _axes([axis], x.ndim)
        sizes[axis] = scale.size
    from_zero = x.astype(np.int64)
    if zero is not None:
        from_zero = from_zero - zero.astype(np.int64).reshape(sizes if zero.size > 1 else ())
    if from_zero.size and np.abs(from_zero).max() >= 2**28:  # a product then fits into float64
        raise ModelError("has numbers of 29 bits and more, which floats round")
    exact = from_zero * scale.astype(np.float64).reshape(sizes if scale.size > 1 else ())
    made = exact.astype(scale.dtype)
    if scale.dtype == np.float64 or not np.array_equal(made.astype(np.float64), exact):
        raise ModelError("has products that floats round, each runtime in its own way")
    return [made]


OPERATIONS: Mapping[str, Callable[..., list[Tensor]]] = {
    "Cast": cast,
    "CastLike": cast_like,
    "Concat": concat,
    "ConstantOfShape": constant_of_shape,
    "DequantizeLinear": dequantize,
    "Expand": expand,
    "Flatten": flatten,
    "Gather": gather,
    "Identity": identity,
    "Reshape": reshape,
    "Shape": shape,
    "Slice": slices,
    "Split": split,
    "Squeeze": squeeze,
    "Transpose": transpose,
    "Unsqueeze": unsqueeze,
}
"""The operators; each takes its inputs, ``None`` for one that is left out, and its attributes.

ONNX operators, all versions of those.
"""
