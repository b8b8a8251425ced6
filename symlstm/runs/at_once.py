"""Compute all steps at once, as far as none of them waits for another."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any, TypeAlias

import numpy as np
from sympy import Basic

from symlstm.algebras.algebra import Algebra
from symlstm.algebras.evaluate import Compute, History, Program, compiled, compute_of, evaluate
from symlstm.algebras.evaluate import over_time as at_each
from symlstm.equations.equation import Equation
from symlstm.equations.expression import Quantity, t
from symlstm.passes.part import parted
from symlstm.passes.stack import stacked

Columns: TypeAlias = Callable[[Basic], Sequence[Any]]
"""Says what an expression is at each of some steps."""


def evaluate_steps(
    program: tuple[Equation, ...],
    algebra: Algebra[Any],
    constants: Mapping[str, Any],
    history: History[Any],
    steps: Iterable[int],
    every: Sequence[int] | None = None,
) -> Columns:
    """Compute equations as `evaluate` does, what waits for no other step for all steps at once.

    The history is that of a sequence, or has the values of several beside each other. ``every`` are
    the steps, one after the other forward or backward, where ``steps`` hands them out one by one.
    What is returned says what an expression is at each of them.
    """
    if not algebra.at_once:
        evaluate(program, algebra, constants, history, steps)
        return lambda one: at_each(one, algebra, constants, history, every or [])
    if every is None:
        steps = every = list(steps)
    over_time, parts = _OverTime(history, every), _compiled(program)
    if len(every) == 1 and not parts.same:
        evaluate(program, algebra, constants, history, steps)
    elif every:
        with algebra.context():
            _in_parts(parts, algebra, dict(constants), over_time, steps)
    return _columns(algebra, constants, over_time)


def _columns(algebra: Algebra[Any], constants: Mapping[str, Any], over_time: _OverTime) -> Columns:
    known = dict(constants)

    @cache
    def columns(expression: Basic) -> Any:
        compute, changes = _column(expression)
        with algebra.context():
            found = compute(algebra, known, over_time, 0)
        if changes:
            return found
        same = beside_others(over_time.history[over_time.every[0]], found)
        return np.broadcast_to(same, (len(over_time.every), *same.shape))

    return columns


@lru_cache(maxsize=1024)
def _column(expression: Basic) -> tuple[Compute, bool]:
    """Return how an expression is computed, and whether it is another one at each step."""
    changes = any(q.time is not None for q in expression.atoms(Quantity))
    return compute_of(expression), changes


@dataclass(frozen=True)
class _Compiled:
    """The parts of a program as `Parted` has them, compiled, and the stacks that are in it.

    Stacks that steps take from other ones are ``looked_at``, by how many steps these are after.
    """

    same: Program
    constant: Program
    ahead: Program
    step: Program
    afterwards: Program
    stacks: tuple[str, ...]
    looked_at: tuple[tuple[int, str, Compute], ...]


@lru_cache(maxsize=64)
def _compiled(program: tuple[Equation, ...]) -> _Compiled:
    found = stacked(program)
    parts = parted(found.program)
    taken = {q for one in found.program for q in one.rhs.atoms(Quantity)}
    return _Compiled(
        same=compiled(parts.same),
        constant=compiled(parts.constant),
        ahead=compiled(parts.ahead),
        step=compiled(parts.step),
        afterwards=compiled(parts.afterwards),
        stacks=tuple(one.lhs.name for one in found.stacks),
        looked_at=tuple(
            (lag, one.lhs.name, compute_of(one.rhs))
            for one in found.stacks
            for lag in (-1, 1)
            if one.lhs.at(t + lag) in taken
        ),
    )


def _in_parts(
    parts: _Compiled,
    algebra: Algebra[Any],
    known: dict[str, Any],
    over_time: _OverTime,
    steps: Iterable[int],
) -> None:
    """Compute what is known beforehand, then each of the steps, and then what none waits for."""
    history, every = over_time.history, over_time.every
    for name, compute in parts.same:
        value = beside_others(history[every[0]], compute(algebra, known, {}, 0))
        for step in every:
            history[step][name] = algebra.assign(name, step, value)
    for name, compute in parts.constant:
        known[name] = compute(algebra, known, {}, 0)
    ahead = [compute(algebra, known, over_time, 0) for _, compute in parts.ahead]
    names = [name for name, _ in parts.ahead]
    each = zip(*ahead, strict=True) if ahead else [()] * len(every)
    for lag, name, compute in parts.looked_at:
        outside = every[0] + lag
        history[outside][name] = compute(algebra, known, history, outside)
    assign = algebra.assign
    for step, values in zip(steps, each, strict=True):
        known.update(zip(names, values, strict=True))
        now = history[step]
        for name, compute in parts.step:
            now[name] = assign(name, step, compute(algebra, known, history, step))
    for name, compute in parts.afterwards:
        value = algebra.assign(name, every[0], compute(algebra, known, over_time, 0))
        over_time[0][name] = value
        for step, one in zip(every, value, strict=True):
            history[step][name] = one
    _forget_stacks(parts, history, every)


def _forget_stacks(parts: _Compiled, history: History[Any], every: Sequence[int]) -> None:
    """Leave the values of a history under their own names alone."""
    for name in parts.stacks:
        for step in every:
            del history[step][name]
    for lag, name, _ in parts.looked_at:
        del history[every[0] + lag][name]


def beside_others(values: Mapping[str, Any], value: Any) -> Any:
    """Return a value that is the same in all sequences with the axes that others have for them."""
    other = next(iter(values.values()))
    axes = other.shape[:-2] if isinstance(other, np.ndarray) else ()
    return np.broadcast_to(value, (*axes, *value.shape)) if axes else value


class _OverTime(dict[int, dict[str, Any]]):
    """The values at all steps, by how many steps after that of an equation they are."""

    def __init__(self, history: History[Any], every: Sequence[int]) -> None:
        super().__init__()
        self.history, self.every = history, every

    def __missing__(self, lag: int) -> dict[str, Any]:
        self[lag] = _Stacked([self.history[step + lag] for step in self.every])
        return self[lag]


class _Stacked(dict[str, Any]):
    """Values by name, with an axis for the steps in front, put together when asked for."""

    def __init__(self, steps: Sequence[dict[str, Any]]) -> None:
        super().__init__()
        self._steps = steps

    def __missing__(self, name: str) -> Any:
        each = [values[name] for values in self._steps]
        self[name] = np.concatenate(each).reshape(len(each), *each[0].shape)
        return self[name]
