"""What is known of numbers that no mistake explains: which of them are right, and which wrong."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from symlstm.cells.cell import Cell
from symlstm.equations.equation import Equation
from symlstm.equations.expression import Quantity, before, quantities
from symlstm.equations.operands import Multiplication
from symlstm.judging.expected import expected
from symlstm.judging.fitting import by_name, deviations
from symlstm.judging.trials import Trials

if TYPE_CHECKING:
    from symlstm.diagnosis.prove import Explanation

Wrong = Mapping[str, NDArray[np.bool_]]
"""Which numbers rounding does not explain, by name, each (batch, T, units)."""


def wrong_numbers(right: Explanation) -> Wrong:
    """Return which of the numbers rounding does not explain; each follows from those before it."""
    return _beyond(right.known, right.reference) if right.known else {}


def wrong_gradients(right: Explanation) -> Wrong:
    """Return which of the gradients rounding does not explain; of weights, each (..., entries)."""
    gradients = right.gradients
    return {} if gradients is None else _beyond(gradients.values, gradients.reference)


def _beyond(values: Mapping[str, NDArray[Any]], reference: Any) -> Wrong:
    true = expected(reference)
    trial = Trials(deviations(by_name(values, true), true), true).trial()
    return {one.name: ratio > 1 for one, ratio in zip(trial.deviations, trial.ratios, strict=True)}


def facts(right: Explanation, wrong: Wrong) -> Iterator[str]:
    """Yield sentences on which numbers are right and which are wrong, and what follows from it."""
    if not wrong:
        return
    yield from _by_output(wrong)
    yield from _by_sequence(wrong)
    yield from _by_unit(right, wrong)
    yield from _by_step(right, wrong)


def _by_output(wrong: Wrong) -> Iterator[str]:
    good = [name for name, numbers in wrong.items() if not numbers.any()]
    bad = [name for name, numbers in wrong.items() if numbers.any()]
    if good and bad:
        yield f"{_listed(good)} {_is(good)} right, and {_listed(bad)} {_is(bad)} wrong."


def facts_backward(wrong: Wrong, weights: Mapping[str, Quantity]) -> Iterator[str]:
    """Yield sentences on which gradients are right and which are wrong; of steps, from the last."""
    good = [name for name, numbers in wrong.items() if not numbers.any()]
    bad = [name for name, numbers in wrong.items() if numbers.any()]
    if good and bad:
        yield (
            f"The {_by(good)} {_listed(good)} {_is(good)} right, and the {_by(bad)} {_listed(bad)} "
            f"{_is(bad)} wrong."
        )
    for name, numbers in wrong.items():
        over_time = numbers.shape[1] > 1 and name not in weights
        at = np.asarray(numbers.any(axis=(0, 2)))
        if over_time and at.any() and not at[-1]:
            step = int(np.flatnonzero(at)[-1]) + 1
            yield (
                f"The gradient by {name} is right from step {step + 1} to the last, and wrong at "
                f"step {step}: look at what is handed back from a step to the one before."
            )
        elif over_time and at[-1]:
            yield (
                f"The gradient by {name} is wrong at the last step already, where nothing comes "
                "back from a later one."
            )


def _by_sequence(wrong: Wrong) -> Iterator[str]:
    bad = np.logical_or.reduce([numbers.any(axis=(1, 2)) for numbers in wrong.values()])
    if bad.any() and not bad.all():
        yield f"{_some('sequence', ~bad)} of the batch {_is(~bad)} right, and {_some('', bad)} not."


def _by_unit(right: Explanation, wrong: Wrong) -> Iterator[str]:
    numbers = wrong.get("sequence_out")
    if numbers is None:
        return
    bad = np.asarray(numbers.any(axis=(0, 1)))
    if not bad.any() or bad.all():
        return
    setup = right.setup
    half = len(bad) // 2
    if setup.levels and setup.levels[-1] == 2 and setup.merge == "concat":
        halves = bad[:half].any(), bad[half:].any()
        if not all(halves):
            first, second = ("first", "second") if halves[0] else ("second", "first")
            yield f"The {first} direction is wrong, and the {second} one right."
            return
    yield f"{_some('unit', bad)} {_is(bad)} wrong, and the others are right."


def _by_step(right: Explanation, wrong: Wrong) -> Iterator[str]:
    numbers = wrong.get("sequence_out")
    if numbers is None or len(right.setup.parts) > 1 or numbers.shape[1] < 2:
        return  # what goes both ways has no first step
    bad = np.asarray(numbers.any(axis=(0, 2)))
    part = right.setup.parts[0]
    if not bad[0] and bad.any():
        first = int(np.flatnonzero(bad)[0]) + 1
        handed = _listed([str(state) for state in part.recalled.values()], "or")
        weights = _recurrent(part.cell)
        through = f", by {_listed(weights, 'or')}" if weights else ""
        yield (
            f"Step 1 is right and step {first} wrong: look at what a step takes over from the one "
            f"before, {handed}{through}."
        )
    elif bad[0] and not any(np.any(state) for state in part.states.values()):
        recurrent = [*_recurrent(part.cell), "what a step hands on"]
        yield (
            "Step 1 is wrong already, where states are zero: more is wrong than "
            f"{_listed(recurrent, 'or')}."
        )


def _recurrent(cell: Cell) -> list[str]:
    """Return the weights that what is handed on is multiplied by."""
    products = (product for one in cell.program for product in one.rhs.atoms(Multiplication))
    handed = (p for p in products if any(q.time == before for q in quantities(p)))
    weights = {q.name for product in handed for q in quantities(product) if q.time is None}
    return [str(weight) for weight in cell.weights.values() if weight.name in weights]


def first_equation(right: Explanation, name: str) -> Equation | None:
    """Return the equation of the value of a name, where it is one of a cell."""
    layer, _, rest = name.rpartition(".")
    number = int(layer.removeprefix("layers[").rstrip("]")) if layer else 0
    cell = right.setup.parts[number].cell
    equations = (*cell.equations, *cell.program)
    return next((one for one in equations if one.lhs.name == rest), None)


def _by(names: Sequence[str]) -> str:
    return "gradient by" if len(names) == 1 else "gradients by"


def _some(what: str, chosen: NDArray[np.bool_]) -> str:
    numbers = [str(k) for k in np.flatnonzero(chosen)]
    plural = f"{what}s " if what and len(numbers) > 1 else f"{what} " if what else ""
    return f"{plural}{_listed(numbers)}".capitalize() if what else _listed(numbers)


def _is(what: Any) -> str:
    return "is" if (np.count_nonzero(what) if hasattr(what, "dtype") else len(what)) == 1 else "are"


LISTED = 6
"""So many names are listed, and the rest counted."""


def _listed(names: Sequence[str], word: str = "and") -> str:
    if len(names) > LISTED:
        return f"{', '.join(names[:LISTED])} {word} {len(names) - LISTED} others"
    return f" {word} ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
