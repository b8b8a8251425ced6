"""Mistakes with gradients: what is not handed back, not added up, or added up in another way."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from functools import cache, partial
from typing import Any, TypeAlias

from sympy import Basic, Transpose

from symlstm.cells.cell import Cell
from symlstm.diagnosis.fault import Fault
from symlstm.diagnosis.mistakes.arrays import gates_of, known_orders, other_orders
from symlstm.diagnosis.mistakes.loss import OF_FACTORS, factors
from symlstm.diagnosis.setup import Part, Setup, adjoint_program, other_ones, quick
from symlstm.equations.activation_rows import Prime
from symlstm.equations.equation import Equation
from symlstm.equations.expression import (
    Elementwise,
    Quantity,
    add,
    apply,
    multiply,
    ones,
    quantities,
    scale,
    t,
    transpose,
)
from symlstm.equations.operands import Multiplication
from symlstm.equations.rebuild import put
from symlstm.passes.differentiate import adjoint, seed
from symlstm.passes.mutation_rules import terms_of

GROUP, ORDERS = "gradients", "orders of gradients"
System: TypeAlias = tuple[Equation, ...]
Change: TypeAlias = Callable[[System, Cell], Iterable[Equation]]
"""Of a layer's adjoint equations, those that are other ones."""


def faults(setup: Setup) -> Iterator[Fault]:
    """Yield the mistakes that can be made with the gradients of a layer."""
    (part,), seeded = setup.parts, setup.seeded
    cell = part.cell
    for name, sentence, source, change in (
        *_handed_back(cell),
        *_slopes(),
        *_deltas(part.adjoints(seeded), cell),
        *_sums(setup, cell),
    ):
        yield Fault(name, GROUP, sentence, source, part=_with(change, seeded, part))
    yield from _orders(part, seeded)


Row: TypeAlias = tuple[str, str, str, Change]
"""The name of a mistake, the sentence, where it was seen, and what it makes of the equations."""


def _with(change: Change, seeded: tuple[str, ...], own: Part) -> Callable[[Part], Part | None]:
    """Return what makes the mistake in a part; in one like its ``own`` it is worked out once."""

    def other(part: Part) -> Mapping[str, Equation]:
        usual = adjoint_program(part.program, seeded)
        return other_ones(change(usual, part.cell), usual)

    once = cache(partial(other, own))

    def made_in(part: Part) -> Part | None:
        changes = once() if part.runs_as(own) else other(part)
        if not changes:
            return None
        if changes.keys().isdisjoint(part.changes_backward):
            return quick(part, changes_backward={**part.changes_backward, **changes})
        return part.with_adjoints(change(part.adjoints(seeded), part.cell), seeded)

    return made_in


# What the next step hands back.


def _handed_back(cell: Cell) -> Iterator[Row]:
    states = list(cell.states)
    for name in states:
        yield (
            f"no-d{name}-from-next-step",
            f"nothing is handed back to {name} from the next step",
            "nicodjimenez/lstm #2, #33, #39, CaptainE/RNN-LSTM-in-numpy #1",
            partial(_not_handed_back, [name], None),
        )
    for name in states:
        yield (
            f"no-d{name}-from-next-step-nor-outside",
            f"nothing is handed back to {name}, from the next step or from outside",
            "deeplearning4j #8838",
            partial(_not_handed_back, [name], seed(cell.states[name].at(t))),
        )
    if len(states) > 1:
        yield (
            "nothing-from-next-step",
            "nothing is handed back from the next step: each step is for itself",
            "Element-Research/rnn #31",
            partial(_not_handed_back, states, None),
        )


def _not_handed_back(
    states: Sequence[str], outside: Quantity | None, system: System, cell: Cell
) -> Iterator[Equation]:
    names = {adjoint(cell.states[name].at(t)).name for name in states}
    for one in system:
        if one.lhs.name in names and (outside is None or outside in terms_of(one.rhs)):
            terms = terms_of(one.rhs)
            kept = [term for term in terms if not _looks_ahead(term) and term != outside]
            yield Equation(one.lhs, add(*kept) if kept else scale(0, one.rhs))


def _looks_ahead(term: Basic) -> bool:
    return any(quantity.time == t + 1 for quantity in quantities(term))


# Derivatives of activation functions.


def _slopes() -> Iterator[Row]:
    source = "CaptainE/RNN-LSTM-in-numpy #1, PR #2"
    yield (
        "derivative-missing",
        "the derivatives of all activation functions are missing",
        source,
        partial(_sloped, ones),
    )
    yield (
        "derivative-at-activated-value",
        "the derivatives of all activation functions are taken of what they gave",
        "nicklashansen/rnn_lstm_from_scratch #1",
        partial(_sloped, _at_activated),
    )


def _at_activated(slope: Elementwise) -> Any:
    assert isinstance(slope.activation, Prime)
    return apply(slope.activation, apply(slope.activation.of, slope.argument))


def _sloped(
    change: Callable[[Elementwise], Any], system: System, _cell: Cell
) -> Iterator[Equation]:
    for one in system:
        found = (e for e in one.rhs.atoms(Elementwise) if isinstance(e.activation, Prime))
        yield Equation(one.lhs, put(one.rhs, {slope: change(slope) for slope in found}))


# Gradients by weights.


def _by_weights(system: System, cell: Cell) -> dict[str, Equation]:
    """Return the equations of the running sums, by the name of the weight."""
    names = {adjoint(weight).name: name for name, weight in cell.weights.items()}
    return {names[one.lhs.name]: one for one in system if one.lhs.name in names}


def _deltas(system: System, cell: Cell) -> Iterator[Row]:
    """Yield the gradients by all weights from that by one pre-activation, and of other weights."""
    used = {q: None for one in _by_weights(system, cell).values() for q in quantities(one.rhs)}
    deltas = [q for q in used if str(q.name).startswith("delta_")]
    for delta in deltas if len(deltas) > 1 else []:
        values = {other: delta for other in deltas if other.shape == delta.shape}
        yield (
            f"{delta.name}-for-all-weights",
            f"the gradients by the weights of every gate are computed from {delta}",
            "cuTAGI #77, learn_dl #53",
            partial(_of_one, values),
        )
    letters = [cell.letters.get(group, "") for group in ("kernel", "recurrent_kernel")]
    yield (
        "input-gradient-of-recurrent-weights",
        "the gradient by the input is handed back through the recurrent weights",
        "x and h side by side",
        partial(_through_other, letters, adjoint(cell.x).name),
    )


def _of_one(values: dict[Quantity, Quantity], system: System, cell: Cell) -> Iterator[Equation]:
    for one in _by_weights(system, cell).values():
        yield Equation(one.lhs, put(one.rhs, values))


def _through_other(letters: Sequence[str], name: str, system: System, cell: Cell) -> list[Equation]:
    used, stands = letters
    values: dict[Basic, Basic] = {}
    for weight in cell.weights.values():
        letter, _, gate = str(weight.name).partition("_")
        other = cell.weights.get(f"{stands}_{gate}" if gate else stands)
        if letter == used and other is not None and other.shape == weight.shape:
            values[transpose(weight)] = transpose(other)
    return [Equation(one.lhs, put(one.rhs, values)) for one in system if one.lhs.name == name]


def _sums(setup: Setup, cell: Cell) -> Iterator[Row]:
    """Yield mistakes with how the gradients by weights are added up over time and the batch."""
    chosen = {"weights": frozenset(cell.weights)}
    chosen |= {group: frozenset(w.name for w in of_it) for group, of_it in cell.groups.items()}
    for what, only in chosen.items():
        start = "" if what == "weights" else f"{what}-"
        yield (
            f"{start}assigned-not-added",
            f"gradients by {what} are assigned at each step, not added: the last one computed is "
            "left",
            "mxnet #4057",
            partial(_each_sum, _assigned, only),
        )
        yield (
            f"{what}-gradient-transposed",
            f"gradients by {what}, where they are square, are transposed",
            "x and δ exchanged",
            partial(_each_sum, _transposed, only),
        )
        for name, words, factor in factors(setup):
            yield (
                f"{what}-gradient-{name}",
                f"gradients by {what} are {words}",
                OF_FACTORS,
                partial(_each_sum, partial(_times, factor), only),
            )


def _each_sum(
    change: Callable[[Equation], Equation], only: frozenset[str], system: System, cell: Cell
) -> Iterator[Equation]:
    """Yield the running sums with a change, of some weights."""
    for name, one in _by_weights(system, cell).items():
        if name in only:
            yield change(one)


def _assigned(equation: Equation) -> Equation:
    return Equation(equation.lhs, add(*_own(equation)))


def _own(equation: Equation) -> list[Any]:
    """Return the terms of a running sum that a step adds."""
    return [term for term in terms_of(equation.rhs) if term != equation.lhs.at(t + 1)]


def _transposed(equation: Equation) -> Equation:
    """Return a running sum with each product of a column and a row the other way round."""
    rows, columns = equation.lhs.shape
    turned = {
        term: multiply(term.args[1].args[0], transpose(term.args[0]))
        for term in _own(equation)
        if rows == columns
        and isinstance(term, Multiplication)
        and isinstance(term.args[1], Transpose)
    }
    return Equation(equation.lhs, put(equation.rhs, turned))


def _times(factor: Fraction, equation: Equation) -> Equation:
    own = _own(equation)
    kept = [term for term in terms_of(equation.rhs) if term not in own]
    return Equation(equation.lhs, add(*kept, *(scale(factor, term) for term in own)))


# Orders of gates.


def _orders(own: Part, seeded: tuple[str, ...]) -> Iterator[Fault]:
    """Yield every other order of the gates in stacked gradients: of all, and of one group."""
    groups = {group: members for group, members in own.cell.groups.items() if len(members) > 1}
    if not groups:
        return
    gates = gates_of(next(iter(groups.values())))
    known = known_orders(gates)
    for order in other_orders(gates):
        programs = known.get(order, [])
        hint = f" ({programs[0][1]})" if programs else ""
        words = f"in the order {' '.join(gates)} are those of {' '.join(order)}{hint}"
        for what, chosen in {"": tuple(groups), **{f"{one}-": (one,) for one in groups}}.items():
            yield Fault(
                f"{what}gradient-order-{'-'.join(order)}",
                ORDERS,
                f"gradients by {chosen[0]} alone {words}" if what else f"gradients {words}",
                "documentation and source of the programs in symlstm.LAYOUTS",
                part=_with(partial(_reordered, order, chosen), seeded, own),
                also=() if what else tuple(f"gradient-{name}" for name, _ in programs),
            )


def _reordered(
    order: Sequence[str], groups: Sequence[str], system: System, cell: Cell
) -> Iterator[Equation]:
    sums = _by_weights(system, cell)
    for group in groups:
        gates = gates_of(cell.groups[group])
        letter = cell.letters[group]
        inside = [gate for gate in order if gate in gates]
        for gate, given in zip(gates, inside, strict=True) if len(inside) == len(gates) else []:
            one, other = (sums.get(f"{letter}_{each}") for each in (gate, given))
            if one is not None and other is not None:
                recalled = {other.lhs.at(t + 1): one.lhs.at(t + 1)}
                yield Equation(one.lhs, put(other.rhs, recalled))
