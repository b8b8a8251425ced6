"""Compute steps and sequences at once, as far as none of them waits for another.

Values then have axes in front of their own: one for time, and one for the sequences if there are
several.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from symlstm.algebras.algebra import Algebra
from symlstm.algebras.evaluate import History, compiled, evaluate
from symlstm.equations.equation import Equation
from symlstm.passes.part import parted
from symlstm.runs.timeline import Timeline


def together(
    algebra: Algebra[Any], batch: int, timeline: Timeline | None
) -> Sequence[Sequence[int]]:
    """Return the sequences of a batch in groups, each of which an algebra computes at once."""
    if not algebra.at_once:
        return [[k] for k in range(batch)]
    return [range(batch)] if timeline is None else timeline.alike()


def evaluate_all(
    program: tuple[Equation, ...],
    algebra: Algebra[Any],
    constants: Mapping[str, Any],
    histories: Sequence[History[Any]],
    steps: Iterable[int],
    every: Sequence[int] | None = None,
) -> None:
    """Compute equations into the histories of sequences, as `evaluate` does into one.

    ``every`` are the steps, one after the other forward or backward, where ``steps`` hands them
    out one by one.
    """
    if not algebra.at_once:
        for history in histories:
            evaluate(program, algebra, constants, history, steps)
        return
    if every is None:
        steps = every = list(steps)
    if not every:
        return
    with algebra.context():
        _evaluate_at_once(program, algebra, dict(constants), histories, steps, every)


def _evaluate_at_once(
    program: tuple[Equation, ...],
    algebra: Algebra[Any],
    known: dict[str, Any],
    histories: Sequence[History[Any]],
    steps: Iterable[int],
    every: Sequence[int],
) -> None:
    """Compute what is known beforehand, then each of the steps, and then what waits for none."""
    parts = parted(program)
    for name, compute in compiled(parts.constant):
        known[name] = compute(algebra, known, {}, 0)
    over_time = _OverTime(histories, every)
    ahead = [compute(algebra, known, over_time, 0) for _, compute in compiled(parts.ahead)]
    names = [equation.lhs.name for equation in parts.ahead]
    each = zip(*ahead, strict=True) if ahead else [()] * len(every)
    step_program = compiled(parts.step)
    computed = [name for name, _ in step_program]
    joined: Any = histories[0] if len(histories) == 1 else _Joined(histories)
    for step, values in zip(steps, each, strict=True):
        known.update(zip(names, values, strict=True))
        now = joined[step]
        for name, compute in step_program:
            now[name] = algebra.assign(name, step, compute(algebra, known, joined, step))
        if joined is not histories[0]:
            joined.hand_out(step, computed)
    for name, compute in compiled(parts.afterwards):
        now = over_time[0]
        now[name] = algebra.assign(name, every[0], compute(algebra, known, over_time, 0))
        now.hand_out([name])


class _Stacked(dict[str, Any]):
    """Values by name: those of several steps or sequences, put together when asked for."""

    def __init__(self, parts: Sequence[dict[str, Any]], *axes: int) -> None:
        super().__init__()
        self._parts, self._axes = parts, axes

    def __missing__(self, name: str) -> Any:
        each = [part[name] for part in self._parts]
        self[name] = np.concatenate(each).reshape(*self._axes, *each[0].shape)
        return self[name]

    def hand_out(self, names: Sequence[str]) -> None:
        """Put the values of some names where they belong; one that is the same for all, to all."""
        each = zip(*(self._apart(self[name]) for name in names), strict=True)
        for part, values in zip(self._parts, each, strict=True):
            part.update(zip(names, values, strict=True))

    def _apart(self, value: Any) -> Any:
        shape = value.shape[-2:]
        if value.shape != (*self._axes, *shape):
            value = np.broadcast_to(value, (*self._axes, *shape))
        return value if len(self._axes) == 1 else value.reshape(-1, *shape)


class _Joined(dict[int, _Stacked]):
    """The values of several sequences, by step."""

    def __init__(self, histories: Sequence[History[Any]]) -> None:
        super().__init__()
        self._histories = histories

    def __missing__(self, step: int) -> _Stacked:
        self[step] = _Stacked([history[step] for history in self._histories], len(self._histories))
        return self[step]

    def hand_out(self, step: int, names: Sequence[str]) -> None:
        """Put what was computed at a step where it belongs; the next step looks back no further."""
        self[step].hand_out(names)
        for other in set(self) - {step}:
            del self[other]


class _OverTime(dict[int, _Stacked]):
    """The values at all steps, by how many steps before or after that of an equation they are."""

    def __init__(self, histories: Sequence[History[Any]], every: Sequence[int]) -> None:
        super().__init__()
        self._histories, self._every = histories, every

    def __missing__(self, lag: int) -> _Stacked:
        parts = [history[step + lag] for step in self._every for history in self._histories]
        several = [len(self._histories)] if len(self._histories) > 1 else []
        self[lag] = _Stacked(parts, len(self._every), *several)
        return self[lag]
