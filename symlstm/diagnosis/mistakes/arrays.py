"""Mistakes with given arrays: orders of gates, orientations, what is read of what."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from itertools import chain, permutations
from typing import Any, TypeAlias

import numpy as np

from symlstm.cells.cell import Cell
from symlstm.cells.layouts import LAYOUTS
from symlstm.cells.stacking import Stack
from symlstm.diagnosis.fault import Fault
from symlstm.diagnosis.mistakes.two_biases import FIRST, Pair, are_apart, both, with_both
from symlstm.diagnosis.setup import Numbers, Part, Setup
from symlstm.equations.expression import Quantity

Stacking: TypeAlias = Mapping[str, Any]
"""How the gates stand in an array, as `Stack` has it."""

GROUP = "given arrays"
_LEADING = ("keras", "torch", "onnx", "tf1")
"""The programs whose names an order goes by, where several have it."""
MOST_GATES = 4
"""Of so many gates, every order is tried; of more, every exchange of two."""


def faults(setup: Setup) -> Iterator[Fault]:
    """Yield the mistakes that can be made with the arrays of the layers."""
    cells = list(dict.fromkeys(part.cell for part in setup.parts))
    for cell in cells[:1]:
        yield from _orders(cell)
    yield from _FIXED
    for cell in cells[:1]:
        yield from _of_one_group(cell)


def _of_one_group(cell: Cell) -> Iterator[Fault]:
    """Yield the arrays of a group read in another shape, those of the others as they should be."""
    for group in cell.groups:
        for name, (written, read, turned) in _READ.items():
            yield Fault(
                f"{group}-{name}",
                GROUP,
                f"of {group} alone: {_SAID[name]}",
                "keras #17332",
                part=partial(_read_otherwise, written, read, turned, groups=(group,)),
            )


# Orders of gates.


def _orders(cell: Cell) -> Iterator[Fault]:
    """Yield every other order of the gates: in all stacked arrays, and in those of one group."""
    groups = {group: members for group, members in cell.groups.items() if len(members) > 1}
    if not groups:
        return
    gates = gates_of(next(iter(groups.values())))
    whole = tuple(group for group, members in groups.items() if set(gates) <= {*gates_of(members)})
    known = known_orders(gates)
    for order in other_orders(gates):
        names = known.get(order, ())
        order_text, usual = " ".join(order), " ".join(gates)
        words = f"stacked weights in the order {usual} are read as {order_text}"
        if names:
            words = f"{words} ({names[0][1]})"
        also = tuple(name for name, _ in names)
        name = also[0] if also else f"order-{'-'.join(order)}"
        yield Fault(
            name,
            GROUP,
            words,
            "documentation and source of the programs in symlstm.LAYOUTS",
            part=partial(_reordered, order, whole),
            also=(*also[1:], *([f"order-{'-'.join(order)}"] if also else [])),
        )
        if len(whole) < len(groups):
            yield Fault(
                f"all-order-{'-'.join(order)}",
                GROUP,
                f"{words}, and so is {' and '.join(sorted({*groups} - {*whole}))}",
                "opencv PR #29931",
                part=partial(_reordered, order, tuple(groups)),
            )
        for group in groups:
            yield Fault(
                f"{group}-order-{'-'.join(order)}",
                GROUP,
                f"{group} alone, in the order {usual}, is read as {order_text}",
                "keras #8720",
                part=partial(_reordered, order, (group,)),
            )


def gates_of(members: Sequence[Quantity]) -> tuple[str, ...]:
    """Return the gates whose weights they are."""
    return tuple(str(weight.name).partition("_")[2] for weight in members)


def other_orders(gates: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """Yield other orders of the gates: all of a few gates, and else exchanges of two."""
    if len(gates) <= MOST_GATES:
        yield from (order for order in permutations(gates) if order != tuple(gates))
        return
    for k in range(len(gates)):
        for j in range(k + 1, len(gates)):
            order = list(gates)
            order[k], order[j] = order[j], order[k]
            yield tuple(order)


def known_orders(gates: Sequence[str]) -> dict[tuple[str, ...], list[tuple[str, str]]]:
    """Return, by what becomes of the gates, which program's order is read as which other one's."""
    found: dict[tuple[str, ...], list[tuple[str, str]]] = {}
    orders = _orders_of_programs(gates)
    for stored, programs in orders.items():
        for read, readers in orders.items():
            if stored != read:
                place = dict(zip(read, stored, strict=True))
                became = tuple(place[gate] for gate in gates)
                name = f"{programs[0]}-order-as-{readers[0]}"
                words = f"those of {', '.join(programs)} as {', '.join(readers)} would have them"
                found.setdefault(became, []).append((name, words))
    return found


def _orders_of_programs(gates: Sequence[str]) -> dict[tuple[str, ...], list[str]]:
    """Return the orders in which programs stack gates, the one that most have first."""
    orders: dict[tuple[str, ...], list[str]] = {}
    for name in sorted(LAYOUTS, key=_rank):
        for stack in chain.from_iterable(LAYOUTS[name].gated):
            if len(stack.gates) == len(gates) and set(stack.gates) == set(gates):
                orders.setdefault(stack.gates, []).append(name)
    return {order: list(dict.fromkeys(programs)) for order, programs in orders.items()}


def _rank(program: str) -> int:
    return _LEADING.index(program) if program in _LEADING else len(_LEADING)


def _reordered(order: Sequence[str], groups: Sequence[str], part: Part) -> Part | None:
    """Return the part with each gate's weights those that another gate should have."""
    changed: dict[str, Numbers] = {}
    terms, apart = dict(part.biases), both(part) if are_apart(part) else {}
    moved: dict[str, Pair] = {}
    for group in groups:
        members = part.cell.groups.get(group, [])
        gates = [gate for gate in gates_of(members) if gate in order]
        if len(gates) < 2:
            continue
        letter = str(members[0].name).partition("_")[0]
        inside = [gate for gate in order if gate in gates]
        if group == FIRST and apart:
            moved = {gate: apart[given] for gate, given in zip(gates, inside, strict=True)}
            continue
        for gate, given in zip(gates, inside, strict=True):
            changed[f"{letter}_{gate}"] = part.weights[f"{letter}_{given}"]
            if f"{letter}_{given}" in part.biases:
                terms[f"{letter}_{gate}"] = part.biases[f"{letter}_{given}"]
    if not changed and not moved:
        return None
    made = replace(part, weights={**part.weights, **changed}, biases=terms)
    return with_both(made, moved)


# Arrays read in another shape.


def _read_otherwise(
    written: Stacking,
    read: Stacking,
    turned: bool,
    part: Part,
    groups: Sequence[str] | None = None,
) -> Part | None:
    """Return the part with each stacked array written in one way and read in another.

    With ``turned``, the numbers of a matrix are read column by column.
    """
    changed: dict[str, Numbers] = {}
    for group, members in part.cell.groups.items():
        gates, is_matrix = gates_of(members), members[0] in part.cell.matrices
        if len(members) < 2 or (turned and not is_matrix) or group not in (groups or [group]):
            continue
        shapes = [_shape(weight, is_matrix) for weight in members]
        given = [part.weights[w.name].reshape(s) for w, s in zip(members, shapes, strict=True)]
        letter = (part.cell.letters[group],)
        stacked = Stack(group, letter, gates, **written).join(given)
        if turned:
            stacked = np.reshape(stacked, stacked.shape[::-1]).T
        parts = Stack(group, letter, gates, **read).split(stacked, shapes)
        changed |= {w.name: p.reshape(w.shape) for w, p in zip(members, parts, strict=True)}
    return part.with_weights(**changed) if changed else None


def _shape(weight: Quantity, is_matrix: bool) -> tuple[int, ...]:
    rows, columns = map(int, weight.shape)
    return (rows, columns) if is_matrix else (rows,)


def _split_the_other_way(part: Part) -> Part | None:
    """Return the part with [x, h] taken for [h, x] in matrices that hold both."""
    changed: dict[str, Numbers] = {}
    for name, kernel in part.weights.items():
        letter, _, gate = name.partition("_")
        other = f"U_{gate}" if gate else "U"
        if letter == "W" and other in part.weights:
            recurrent = part.weights[other]
            if len(recurrent) == len(kernel):
                joined, size = np.concatenate([kernel, recurrent], axis=1), recurrent.shape[1]
                changed |= {other: joined[:, :size], name: joined[:, size:]}
    return part.with_weights(**changed) if changed else None


def _transposed(letter: str, part: Part) -> Part | None:
    """Return the part with the stacked square matrices of a letter transposed as they are."""
    members = [w for w in part.cell.weights.values() if str(w.name).partition("_")[0] == letter]
    square = [w for w in members if w.shape[0] == w.shape[1]]
    if not square:
        return None
    return part.with_weights(**{w.name: part.weights[w.name].T for w in square})


_APART: Stacking = {}
_INTERLEAVED: Stacking = {"interleaved": True}
_COLUMNS: Stacking = {"columns": True}

_READ: Mapping[str, tuple[Stacking, Stacking, bool]] = {
    "interleaved": (_APART, _INTERLEAVED, False),
    "not-interleaved": (_INTERLEAVED, _APART, False),
    "flat-order": (_COLUMNS, _COLUMNS, True),
    "flat-order-of-rows": (_APART, _APART, True),
}
"""How arrays are written, how they are read, and whether from the wrong end."""
_SAID = {
    "interleaved": "stacked arrays have the gates one after the other, and are read unit by unit",
    "not-interleaved": (
        "stacked arrays have the gates unit by unit, and are read one after the other"
    ),
    "flat-order": (
        "stacked arrays (inputs, gates * units) are read column by column, not row by row"
    ),
    "flat-order-of-rows": (
        "stacked arrays (gates * units, inputs) are read column by column, not row by row"
    ),
}
_SEEN_IN = {"interleaved": "chainer/functions/rnn/lstm.py, _extract_gates"}

_FIXED = (
    *(
        Fault(
            name,
            GROUP,
            _SAID[name],
            _SEEN_IN.get(name.removeprefix("not-"), "keras #17332"),
            part=partial(_read_otherwise, *ways),
        )
        for name, ways in _READ.items()
    ),
    Fault(
        "x-h-swapped",
        GROUP,
        "matrices of [x, h] are read as of [h, x]",
        "keras #10179",
        part=_split_the_other_way,
    ),
    Fault(
        "U-transposed",
        GROUP,
        "the recurrent weights of every gate are transposed",
        "keras PR #8307, pytorch PR #138191",
        part=partial(_transposed, "U"),
    ),
    Fault(
        "W-transposed",
        GROUP,
        "the weights of the input of every gate are transposed",
        "keras PR #8307",
        part=partial(_transposed, "W"),
    ),
    Fault(
        "all-transposed",
        GROUP,
        "the weights of the input and the recurrent ones are transposed",
        "keras PR #8307",
        part=lambda part: _both(part, partial(_transposed, "U"), partial(_transposed, "W")),
    ),
)


def _both(part: Part, *changes: Callable[[Part], Part | None]) -> Part | None:
    for change in changes:
        changed = change(part)
        if changed is None:
            return None
        part = changed
    return part
