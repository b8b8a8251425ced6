"""Mistakes with what a run starts from, and what it hands on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import lru_cache, partial
from itertools import permutations

import numpy as np
from sympy import ZeroMatrix

from symlstm.diagnosis.fault import Fault
from symlstm.diagnosis.setup import Numbers, Part, Setup, View, quick
from symlstm.equations.equation import Equation
from symlstm.equations.expression import before, quantities
from symlstm.equations.rebuild import put

GROUP = "states"


def faults(setup: Setup) -> Iterator[Fault]:
    """Yield the mistakes that can be made with the states of the layers."""
    names = list(setup.parts[0].cell.states)
    if len(names) > 1:
        for order in permutations(names):
            if order != tuple(names):
                yield _swapped(names, order)
    yield Fault(
        "initial-state-ignored",
        GROUP,
        "the initial state is not used: every state starts from zero",
        "xnmt #223",
        part=partial(_emptied, names),
    )
    for name in names if len(names) > 1 else []:
        yield Fault(
            f"{name}_0-ignored",
            GROUP,
            f"{name}_0 is not used: it is zero",
            "onnx-tensorflow #409",
            part=partial(_emptied, [name]),
        )
    yield Fault(
        "reset-each-step",
        GROUP,
        "the states are zero at every step: nothing is handed on",
        "burn #2701",
        part=_never_recalled,
    )
    yield Fault(
        "not-reset-between-sequences",
        GROUP,
        "each sequence of the batch starts from where the one before has ended",
        "keras #10231, #7224",
        whole=_one_long_sequence,
    )


def _swapped(names: Sequence[str], order: Sequence[str]) -> Fault:
    slug = f"{'-'.join(names)}-swapped" if len(names) == 2 else f"states-{'-'.join(order)}"
    given = ", ".join(f"{name}_0" for name in names)
    return Fault(
        slug,
        GROUP,
        f"the initial states {given} are taken as {', '.join(f'{name}_0' for name in order)}",
        "nni PR #2842, xnmt #223",
        part=partial(_permuted, dict(zip(names, order, strict=True))),
    )


def _permuted(order: dict[str, str], part: Part) -> Part | None:
    states = {name: part.states[given] for name, given in order.items()}
    if any(states[name].shape != part.states[name].shape for name in states):
        return None
    return replace(part, states={**part.states, **states})


def _emptied(names: Sequence[str], part: Part) -> Part | None:
    empty = {name: 0 * part.states[name] for name in names}
    return replace(part, states={**part.states, **empty})


def _never_recalled(part: Part) -> Part:
    return quick(part, changes={**part.changes, **_without_recall(part.program)})


@lru_cache(maxsize=256)
def _without_recall(program: tuple[Equation, ...]) -> dict[str, Equation]:
    """Return the equations that look back, with zero for what they look back to."""
    recalled = {q for one in program for q in quantities(one.rhs) if q.time == before}
    nothing = {quantity: ZeroMatrix(*quantity.shape) for quantity in recalled}
    changed = {one: Equation(one.lhs, put(one.rhs, nothing)) for one in program}
    return {one.lhs.name: other for one, other in changed.items() if other != one}


def _one_long_sequence(setup: Setup) -> Setup | None:
    """Return the setup with all sequences one after the other, as a single one."""
    batch, steps, size = setup.inputs.shape
    backwards = any(part.backwards for part in setup.parts)
    if batch < 2 or setup.mask is not None or setup.lengths is not None or backwards:
        return None
    parts = tuple(
        replace(part, states={name: state[:1] for name, state in part.states.items()})
        for part in setup.parts
    )
    inputs = setup.inputs.reshape(1, batch * steps, size)
    return replace(setup, parts=parts, inputs=inputs, views=(*setup.views, _LONG))


def _one_after_another(name: str, values: Numbers) -> Numbers:
    """Return values of several sequences as those of one; of the last states, the last."""
    if "state_" in name:
        return values[-1:]
    return np.reshape(values, (1, -1, values.shape[-1]))


def _apart_again(name: str, values: Numbers, shape: tuple[int, ...]) -> Numbers:
    """Return values of one long sequence as those of several; states are those of the last."""
    return np.broadcast_to(values, shape) if "state_" in name else values.reshape(shape)


_LONG = View(_one_after_another, _apart_again)
