"""Seeds: the gradients of a loss by what a run gives, from which everything is run backward."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from flint import fmpq
from numpy.typing import NDArray

from symlstm.algebras.algebra import Algebra
from symlstm.cells.step import lone_output
from symlstm.errors import CellError, ShapeError, choices
from symlstm.numbers.arrays import (
    Array,
    added,
    as_floats,
    as_given,
    filled,
    rational_array,
    zeros_like,
)
from symlstm.numbers.exact import computed, rational, real, shown
from symlstm.runs.loss import loss_of
from symlstm.runs.targets import Goal
from symlstm.runs.trace import Trace


@dataclass(frozen=True)
class _Seed:
    """A gradient by the value called ``name``: at one step, or ``over_time`` at every one."""

    argument: str
    name: str
    value: Any
    step: int | None = None

    @property
    def over_time(self) -> bool:
        return self.step is None

    @property
    def steps(self) -> slice:
        return slice(None) if self.step is None else slice(self.step - 1, self.step)


def read_in(algebra: Algebra[Any]) -> Callable[..., Any]:
    """Return what reads the numbers of seeds: in balls, they may be intervals, and balls."""
    return real if algebra.takes_balls else rational


def outside_of(trace: Trace[Any], given: Mapping[str, Any]) -> dict[str, NDArray[Any]]:
    """Return what comes from outside to a trace, of the arguments of `Trace.backward`.

    In float64, a seed that consists of floats stays as it is.
    """
    loss, seeds = of_loss(given)
    read = read_in(trace.algebra)
    if loss is None:
        return incoming(trace, seeds, read, floats=trace.algebra.at_once)
    outside = incoming(trace, {"grad_sequence": loss.seeds()}, computed)
    with trace.algebra.context():
        for name, values in (incoming(trace, seeds, read) if seeds else {}).items():
            outside[name] = added(outside[name], values) if name in outside else values
    return outside


def of_run(trace: Any, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the arguments of a backward pass with the loss, if there is one, of this very run."""
    loss, seeds = of_loss(given)
    return seeds if loss is None else {**seeds, "loss": loss_of(trace, loss.goal)}


def of_loss(given: Mapping[str, Any]) -> tuple[Any, dict[str, Any]]:
    """Return the loss among the arguments of a backward pass, or nothing, and the others given."""
    seeds = {name: value for name, value in given.items() if value is not None}
    loss = seeds.pop("loss", None)
    if loss is not None and not isinstance(getattr(loss, "goal", None), Goal):
        message = f"loss is {shown(loss)}; give what trace.loss(targets, loss=...) returns"
        raise CellError(message, argument="loss")
    return loss, seeds


def numbers_of(
    numbers: Mapping[str, Array], outside: Mapping[str, Array], given: Mapping[str, Any]
) -> dict[str, Array]:
    """Return the numbers that gradients rest on: those of a run, and what comes from outside.

    What a loss sends back is computed from targets, and is as precise as it has to be.
    """
    loss, _ = of_loss(given)
    return {**numbers, **(outside if loss is None else {"targets": loss.goal.targets})}


def incoming(
    trace: Trace[Any],
    gradients: Mapping[str, Any],
    read: Callable[..., Any] = rational,
    *,
    floats: bool = False,
) -> dict[str, NDArray[Any]]:
    """Return what comes from outside, as `Gradients.incoming`, of the arguments of `backward`.

    ``read`` says which numbers it may be made of, as in `rational_array`. With ``floats``, a single
    seed of numbers that float64 has is in float64.
    """
    given = {name: value for name, value in gradients.items() if value is not None}
    if not given:
        return _of_last_output(trace, floats=floats)
    seeds = list(_seeds(trace, given))
    floats = floats and len(seeds) <= 1
    external: dict[str, NDArray[Any]] = {}
    for seed in seeds:
        array = (as_given if floats else rational_array)(
            seed.value, argument=seed.argument, read=read
        )
        array = as_floats(array) if floats else array
        shape = len(trace.histories), len(trace), trace.cell.computed[seed.name].shape[0]
        total = external.setdefault(seed.name, zeros_like(array, shape))
        gradient = _shaped(array, seed, trace, total[:, seed.steps].shape)
        if seed.argument == "grad_sequence" and trace.timeline is not None:
            shown = trace.timeline.shown[:, :, None]
            gradient = np.where(shown, gradient, zeros_like(array, (1,)))
        with trace.algebra.context():
            before = total[:, seed.steps]
            total[:, seed.steps] = gradient if len(seeds) == 1 else added(before, gradient)
    _validate_computed(trace, external)
    return {name: total for name, total in external.items() if total.any()} or external


def _of_last_output(trace: Trace[Any], *, floats: bool) -> dict[str, NDArray[Any]]:
    """Return what comes from outside if the loss is the sum of the last output.

    Nothing comes to one that is no state, and is zero where a mask leaves the last step out.
    """
    name, size = trace.cell.output.name, trace.cell.output_dim
    shape = len(trace.histories), len(trace), size
    total = np.zeros(shape) if floats else filled(0, shape)
    total[:, -1] = 1.0 if floats else fmpq(1)
    if trace.timeline is not None and lone_output(trace.cell) is not None:
        total[~trace.timeline.shown] = 0.0 if floats else fmpq(0)
    return {name: total}


def _seeds(trace: Trace[Any], given: Mapping[str, Any]) -> Iterator[_Seed]:
    """Yield the seeds in the arguments of `Trace.backward`."""
    for argument, value in given.items():
        if argument == "grad_sequence":
            yield _Seed(argument, trace.cell.output.name, value)
        elif argument == "seeds":
            yield from _by_name(trace, value)
        else:
            name = argument.removeprefix("grad_state_")
            if name not in trace.cell.computed:
                raise CellError(f"{trace.cell!r} has no state {name!r}", argument=argument)
            yield _Seed(argument, name, value, len(trace))


def _by_name(trace: Trace[Any], seeds: Any) -> Iterator[_Seed]:
    """Yield the seeds of values by name, each at every step or by step."""
    if not isinstance(seeds, Mapping):
        message = f'seeds is {shown(seeds)}; give them by name, as seeds={{"c": {{3: 1}}}}'
        raise CellError(message, argument="seeds")
    for name, value in seeds.items():
        if not isinstance(name, str) or name not in trace.cell.computed:
            known = choices(str(name), trace.cell.computed)
            message = f"{trace.cell!r} computes no {shown(name)}; {known}"
            raise CellError(message, argument="seeds")
        if not isinstance(value, Mapping):
            yield _Seed(f"seeds[{name!r}]", name, value)
            continue
        for step, one in value.items():
            if type(step) is not int or not 1 <= step <= len(trace):
                message = f"seeds has {name!r} at {shown(step)}; the steps are 1 to {len(trace)}"
                raise CellError(message, argument="seeds")
            yield _Seed(f"seeds[{name!r}][{step}]", name, one, step)


def _validate_computed(trace: Trace[Any], external: Mapping[str, Array]) -> None:
    """Raise for a gradient by a value that a masked step does not have: it has few."""
    if trace.timeline is None or trace.is_whole:
        return
    output, masked = lone_output(trace.cell), ~trace.timeline.computed
    known = [*trace.cell.states, *([] if output is None else [output.name])]
    for name, total in external.items():
        if name in trace.cell.states:
            continue
        missing = masked if name not in known else masked & ~trace.timeline.shown
        if total[missing].any():
            message = f"which keeps {' and '.join(known) or 'nothing'} alone"
            if name in known:
                message = "where the output is zero whatever goes in"
            message = f"seeds has {name!r} at a step that is masked, {message}"
            raise CellError(f"{message}; give 0 there", argument="seeds")


def _shaped(array: Array, seed: _Seed, trace: Trace[Any], shape: tuple[int, ...]) -> Array:
    """Return numbers in the shape of a trace's values, or one that fills, as (batch, T, units)."""
    wanted = shape if seed.over_time else (shape[0], shape[2])
    if trace.layout != "batch":
        wanted = wanted[1:]
    if trace.layout == "scalar":
        wanted = wanted[:-1]
    if array.shape not in ((), wanted):
        message = f"{seed.argument} has shape {array.shape}; give a number or shape {wanted}"
        raise ShapeError(message, argument=seed.argument)
    return np.broadcast_to(array, shape) if array.ndim == 0 else array.reshape(shape)
