"""Compute all steps at once, as far as none of them waits for another."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Any, TypeAlias

import numpy as np
from sympy import Basic

from symlstm.algebras.algebra import Algebra
from symlstm.algebras.evaluate import (
    Compute,
    History,
    Program,
    at_steps,
    compiled,
    compute_of,
    evaluate,
)
from symlstm.equations.equation import Equation
from symlstm.equations.expression import Quantity, is_constant, t
from symlstm.passes.part import parted
from symlstm.passes.stack import stacked
from symlstm.runs.over_time import OverTime

Columns: TypeAlias = Callable[[Basic], Sequence[Any]]
"""Says what an expression is at each of some steps, in the context of the algebra."""


def evaluate_steps(
    program: tuple[Equation, ...],
    algebra: Algebra[Any],
    constants: Mapping[str, Any],
    history: History[Any],
    steps: Iterable[int],
    *,
    forgotten: Sequence[str] = (),
    over_time: OverTime | None = None,
) -> Columns:
    """Compute equations as `evaluate` does, what waits for no other step for all steps at once.

    The history is that of a sequence, or has the values of several, batched. What is ``forgotten``,
    by name, is dropped of the step after once a step is done. Steps come one after the other,
    forward or backward; with an ``over_time`` of theirs, in rising order whichever way they are
    run, it has what none waits for, and they have not. What is returned says what an expression is
    at each, in that order.
    """
    dropped = [(1, name) for name in forgotten]
    if not algebra.at_once:
        done: list[int] = []
        if algebra.stacks:
            apart = stacked(program, across=False)
            program = apart.program
            dropped += [(0, one.lhs.name) for one in apart.stacks]
        evaluate(program, algebra, constants, history, _dropping(dropped, history, steps, done))
        return lambda one: at_steps(one, algebra, constants, history, done)
    every = list(steps)
    now = OverTime([history[step] for step in sorted(every)]) if over_time is None else over_time
    values, parts = _AtSteps(_Shifted(history, every), now), _compiled(program)
    handed_out = _dropping(dropped, history, every, [])
    with algebra.context():
        if len(every) == 1 and not parts.same:
            for step in handed_out:
                _step(compiled(program), algebra, dict(constants), history, step)
        elif every:
            _in_parts(parts, algebra, dict(constants), values, handed_out)
            if over_time is None:
                now.put()
    return _Columns(algebra, constants, values, parts.stacks).__getitem__


def _dropping(
    dropped: Sequence[tuple[int, str]],
    history: History[Any],
    steps: Iterable[int],
    done: list[int],
) -> Iterator[int]:
    """Yield the steps, and drop values by name once a step is done, of those so many after it."""
    for step in steps:
        yield step
        for lag, name in dropped:
            history[step + lag].pop(name, None)
        done.append(step)


class _Columns(dict[Basic, Any]):
    """What expressions are at each of some steps, computed when they are asked for."""

    def __init__(
        self,
        algebra: Algebra[Any],
        constants: Mapping[str, Any],
        values: _AtSteps,
        stacks: Mapping[Basic, str],
    ) -> None:
        super().__init__()
        self._algebra, self._constants = algebra, constants
        self._values, self._stacks = values, stacks

    def __missing__(self, expression: Basic) -> Any:
        self[expression] = self._found(expression)
        return self[expression]

    def _found(self, expression: Basic) -> Any:
        values, stack = self._values, self._stacks.get(expression)
        if stack in values[0].helpers:
            return values[0][stack]
        compute, constant = _column(expression)
        found = compute(self._algebra, dict(self._constants), values, 0)
        if not constant:
            return found
        each = values[0].steps
        same = broadcast(each[0], found)
        return np.broadcast_to(same, (len(each), *same.shape))


@lru_cache(maxsize=1024)
def _column(expression: Basic) -> tuple[Compute, bool]:
    """Return how an expression is computed, and whether it is the same at every step."""
    return compute_of(expression), is_constant(expression)


@dataclass(frozen=True)
class _Compiled:
    """The parts of a program as `Parted` has them, compiled, and the stacks that are in it.

    Stacks that steps take from other ones are ``looked_at``, by how many steps these are after.
    """

    same: Program
    ahead: Program
    step: Program
    afterwards: Program
    stacks: Mapping[Basic, str]
    looked_at: tuple[tuple[int, str, Compute], ...]


@lru_cache(maxsize=64)
def _compiled(program: tuple[Equation, ...]) -> _Compiled:
    found = stacked(program)
    parts = parted(found.program)
    taken = {q for one in found.program for q in one.rhs.atoms(Quantity)}
    return _Compiled(
        same=compiled(parts.same),
        ahead=compiled(parts.ahead),
        step=compiled(parts.step),
        afterwards=compiled(parts.afterwards),
        stacks={one.rhs: one.lhs.name for one in found.stacks},
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
    values: _AtSteps,
    steps: Iterable[int],
) -> None:
    """Compute what is known beforehand, then each of the steps, and then what none waits for."""
    history, every = values.shifted.history, values.shifted.every
    order = slice(None, None, 1 if every[0] <= every[-1] else -1)
    for name, compute in parts.same:
        value = broadcast(history[every[0]], compute(algebra, known, {}, 0))
        for step in every:
            history[step][name] = value
    ahead = [compute(algebra, known, values, 0) for _, compute in parts.ahead]
    names = [name for name, _ in parts.ahead]
    each = zip(*(one[order] for one in ahead), strict=True) if ahead else [()] * len(every)
    for lag, name, compute in parts.looked_at:
        outside = every[0] + lag
        history[outside][name] = compute(algebra, known, history, outside)
    for step, now_known in zip(steps, each, strict=True):
        known.update(zip(names, now_known, strict=True))
        _step(parts.step, algebra, known, history, step)
    values[0].hide(parts.stacks.values())
    for lag, name, _ in parts.looked_at:
        del history[every[0] + lag][name]
    for name, compute in parts.afterwards:
        values[0].later[name] = partial(_computed_later, compute, algebra, known, values.shifted)


def _computed_later(
    compute: Compute,
    algebra: Algebra[Any],
    known: dict[str, Any],
    shifted: _Shifted,
    over_time: OverTime,
) -> Any:
    with algebra.context():
        return compute(algebra, known, _AtSteps(shifted, over_time), 0)


def _step(
    program: Program,
    algebra: Algebra[Any],
    known: dict[str, Any],
    history: History[Any],
    step: int,
) -> None:
    """Compute the equations of a step."""
    now = history[step]
    for name, compute in program:
        now[name] = compute(algebra, known, history, step)


def broadcast(values: Mapping[str, Any], value: Any) -> Any:
    """Return a value that is the same in all sequences with the axes that others have for them."""
    other = next(iter(values.values()))
    axes = other.shape[:-2] if isinstance(other, np.ndarray) else ()
    return np.broadcast_to(value, (*axes, *value.shape)) if axes else value


class _Shifted(dict[int, OverTime]):
    """The values at steps that are so many after each that is computed, in rising order."""

    def __init__(self, history: History[Any], every: Sequence[int]) -> None:
        super().__init__()
        self.history, self.every = history, every

    def __missing__(self, lag: int) -> OverTime:
        self[lag] = OverTime([self.history[step + lag] for step in sorted(self.every)])
        return self[lag]


class _AtSteps(dict[int, OverTime]):
    """The values over some steps, by how many steps after that of an equation they are.

    Nothing that is computed later keeps hold of it: the values over time would hold themselves, and
    their memory would not be free before Python looks for garbage.
    """

    def __init__(self, shifted: _Shifted, over_time: OverTime) -> None:
        super().__init__({0: over_time})
        self.shifted = shifted

    def __missing__(self, lag: int) -> OverTime:
        return self.shifted[lag]
