"""A probe: numbers on which every mistake shows, and each gives outputs of its own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from symlstm.cells.cell import Cell
from symlstm.diagnosis.diagnosis import Diagnosis, diagnose
from symlstm.diagnosis.fault import Fault
from symlstm.diagnosis.given import setup_of
from symlstm.diagnosis.mistakes import arithmetic
from symlstm.diagnosis.mistakes.hypotheses import hypotheses
from symlstm.diagnosis.probes.about import about
from symlstm.diagnosis.probes.drawn import Drawn, drawn
from symlstm.diagnosis.probes.outcomes import OUTPUT, Outcomes, outcomes
from symlstm.diagnosis.screening.forward import Floats
from symlstm.diagnosis.screening.search import Candidate, every_pair, singles
from symlstm.diagnosis.setup import Setup
from symlstm.errors import CellError, NumberError, PrecisionError, SymlstmError
from symlstm.notation.showing import Shown
from symlstm.numbers.exact import shown
from symlstm.numbers.remembered import cached_property
from symlstm.runs.layer import Layer
from symlstm.runs.network import Network
from symlstm.runs.states import are_alike

DRAWS, MOST_DRAWS = 8, 32
"""So many draws of numbers are looked at, and more until one tells apart all that any does."""


@dataclass(frozen=True, eq=False)
class Probe(Shown):
    """Numbers for an implementation to run on; made by `symlstm.probe`.

    ``equivalent`` are the groups of mistakes that give the same outputs, and ``unseen`` those that
    give the right ones; with ``for_all``, they did so on every draw. Of ``count`` different
    outcomes any two are ``distance`` apart at least, relative to the largest output: proven, but
    for those that are ``unproven``: one layer of a network alone would hand on another value.
    """

    numbers: Drawn = field(repr=False)
    equivalent: tuple[tuple[str, ...], ...]
    unseen: tuple[str, ...]
    for_all: bool
    count: int
    distance: float
    unproven: tuple[str, ...]
    _setup: Setup = field(repr=False)

    @property
    def layer(self) -> Layer | Network:
        """The layer, or network, as it should be."""
        return self.numbers.layer

    @property
    def inputs(self) -> Floats:
        """What it is given, (batch, T, input_dim)."""
        return self.numbers.inputs

    @property
    def initial_state(self) -> list[Floats]:
        """What it starts from, as `Layer.run` takes it."""
        return self.numbers.states

    def diagnose(self, actual: Any, **options: Any) -> Diagnosis:
        """Return which mistake explains what an implementation gave for these numbers.

        ``actual`` and the options are those of `symlstm.diagnose`.
        """
        return diagnose(
            self.layer, self.inputs, actual, initial_state=self.initial_state, **options
        )

    @property
    def about(self) -> str:
        """What the numbers are for, and what is known of them, in words."""
        return about(self)

    @cached_property
    def pairs(self) -> Outcomes:
        """What all pairs of mistakes come to, in float64: not proven, and a matter of seconds."""
        setup = self._setup.in_floats()
        alone = singles(setup, _mistakes(setup))
        every = [*alone, *every_pair(alone)]
        return outcomes([one.setup for one in every], setup)


def probe(
    cell_or_layer: Cell | Layer | Network,
    *,
    steps: int = 3,
    batch: int = 2,
    seed: int = 0,
    layout: str | None = None,
) -> Probe:
    """Return numbers on which every mistake gives outputs of its own, to run an implementation on.

    ``cell_or_layer`` is a cell, or a layer or network, whose own weights are not used. There are
    weights, inputs of ``batch`` sequences of ``steps`` steps, and initial states: whole numbers
    over a power of two, all different, which float16 has exactly. With ``layout``, a name in
    `symlstm.LAYOUTS`, the weights are drawn as that program has them, two biases where it has two.

    Of some draws, which depend on ``seed`` alone, the one is taken on which most mistakes differ,
    and by most. Some come to the same on every draw: they are named together; that others differ
    is proven, by certified values.

    Raises `SymlstmError` for what cannot be probed.

    >>> from symlstm import SimpleRNN
    >>> found = probe(SimpleRNN(units=2, input_dim=2))
    >>> actual = found.layer.reference(found.inputs, dtype="float32").sequence_out
    >>> found.diagnose(actual).best.faults  # without the initial state
    (Fault('initial-state-ignored'),)
    """
    if not isinstance(cell_or_layer, Cell | Layer | Network):
        message = f"{shown(cell_or_layer)} is no cell, layer or network; give one, as LSTM(units=2)"
        raise SymlstmError(message, argument="cell_or_layer")
    for name, number in (("steps", steps), ("batch", batch), ("seed", seed)):
        least = 0 if name == "seed" else 1
        if not isinstance(number, int) or isinstance(number, bool) or number < least:
            message = f"{name} is {shown(number)}; give a whole number, {least} or more"
            raise SymlstmError(message, argument=name)
    cells = [one.cell for one in getattr(cell_or_layer, "layers", [])] or [cell_or_layer]
    if not all(cell.states for cell in cells) or not are_alike(cells):
        message = "it has layers that remember nothing, or whose states have other names or sizes"
        raise SymlstmError(f"{message}; probe its layers one by one", argument="cell_or_layer")
    best, tells_all = _best(lambda k: _draw(cell_or_layer, steps, batch, layout, [seed, k]))
    groups: dict[int, list[str]] = {}
    for label, names in zip(best.outcomes.labels.tolist(), best.names, strict=True):
        groups.setdefault(label, []).extend(names)
    right, *others = groups.values()
    return Probe(
        best.numbers,
        tuple(tuple(names) for names in others if len(names) > 1),
        tuple(right),
        tells_all,
        best.outcomes.count,
        *best.proven(),
        best.setup,
    )


def _best(draw: Callable[[int], _Draw]) -> tuple[_Draw, bool]:
    """Return the best draw, and whether it tells apart all that any of them does."""
    draws, tells_all = [draw(0)], False
    while len(draws) < DRAWS or (not tells_all and len(draws) < MOST_DRAWS):
        draws.append(draw(len(draws)))
        best = max(draws, key=lambda one: (one.outcomes.count, one.outcomes.distance))
        together = np.stack([one.outcomes.labels for one in draws], axis=1)
        tells_all = best.outcomes.count == len(np.unique(together, axis=0))
    return best, tells_all


def _mistakes(setup: Setup) -> list[Fault]:
    """Return the mistakes that a probe tells apart: its numbers are exact in every format."""
    return [fault for fault in hypotheses(setup) if fault.group != arithmetic.GROUP]


@dataclass(frozen=True, eq=False)
class _Draw:
    """Numbers, and what mistakes come to on them."""

    numbers: Drawn
    setup: Setup
    alone: Sequence[Candidate]
    outcomes: Outcomes

    @property
    def names(self) -> list[list[str]]:
        """What each row of the outcomes is called; the right one is called nothing."""
        return [[], *([one.faults[0].name] for one in self.alone)]

    def proven(self) -> tuple[float, tuple[str, ...]]:
        """Return how far apart different outcomes are at least, by certified values of each.

        Those that have none are named, and taken as float64 has them.
        """
        labels, screened = np.unique(self.outcomes.labels), self.outcomes.rows
        known = {int(k): _certified(self._exactly(int(k)), self.setup) for k in labels}
        right = known[0]
        if right is None or len(labels) < 2 or not abs(right).max() > 0:
            cell = self.setup.parts[0].cell
            message = f"no mistake that is known shows in what {cell!r} gives on drawn numbers: "
            message += "it is zero, has no value, or is the same with each"
            raise SymlstmError(f"{message}; probe another cell", argument="cell_or_layer")
        largest = abs(right).max()
        every = [screened[k] if row is None else row / largest for k, row in known.items()]
        rows = np.stack([row for row in every if np.isfinite(row).all()])
        apart = [float(_furthest(row, rows[:k]).min()) for k, row in enumerate(rows) if k]
        rounding = 2.0**-50 * float(abs(rows).max())  # of values, their quotients and differences
        unproven = (name for k, row in known.items() if row is None for name in self.names[k])
        return max(0.0, min(apart) - rounding), tuple(unproven)

    def _exactly(self, row: int) -> Setup:
        made = self.alone[row - 1].faults[0].made_in(self.setup) if row else self.setup
        assert made is not None
        return made


def _furthest(row: Floats, others: Floats) -> Floats:
    return np.max(abs(others - row), axis=1)


def _certified(setup: Setup, right: Setup) -> Floats | None:
    """Return the output over time as it is seen, each value the float64 nearest to the true one.

    There is none where one layer of a network alone would hand another value on, and for values
    that no precision decides.
    """
    try:
        runnable, start = setup.runnable()
    except CellError:
        return None
    reference = runnable.reference(
        setup.inputs, dtype="float64", initial_state=start, **setup.options
    )
    try:
        values = np.asarray(reference.sequence_out)
    except (NumberError, PrecisionError):
        return None
    shape = (*right.inputs.shape[:2], values.shape[-1])
    return setup.shown(OUTPUT, values, shape).ravel()


def _draw(
    like: Cell | Layer | Network, steps: int, batch: int, layout: str | None, seeds: Sequence[int]
) -> _Draw:
    numbers = drawn(like, steps, batch, np.random.default_rng(seeds), layout)
    setup = setup_of(numbers.layer, numbers.inputs, numbers.states, None, None)
    floats = setup.in_floats()
    alone = singles(floats, _mistakes(floats))
    return _Draw(numbers, setup, alone, outcomes([one.setup for one in alone], floats))
