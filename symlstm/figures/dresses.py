"""What stands on the wires of a cell: symbols, or the values of a time step, and what they mean."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from symlstm.cells.step import lone_output
from symlstm.equations.expression import Quantity, before, quantities
from symlstm.figures.graph import Graph, Operation
from symlstm.figures.scene import Label, Meaning, Point, Spelled
from symlstm.figures.spelling import Numbers, empty, formula, joined, symbol, words
from symlstm.figures.values import Values
from symlstm.figures.wiring import Dress
from symlstm.languages.catalogue import ENGLISH, Catalogue
from symlstm.notation import PLAIN
from symlstm.numbers.arrays import Array
from symlstm.numbers.asked import NO_BLANKS, Places

Dresses = Mapping[Quantity, Dress]

GATES = {letter: f"gate.{letter}" for letter in "iforuz"}
"""What gates are called, by its key."""
CANDIDATE = "gate.candidate"
SMALL = 10.0
"""The size of such a name."""
NOWHERE = Point(0, 0)
"""The place of a label that has none yet."""


def in_symbols(graph: Graph, step: int | None = None, catalogue: Catalogue = ENGLISH) -> Dresses:
    """Return the symbols of all values that have one, at a time step or at any."""
    notes = _notes(graph, catalogue) if step is None else {}
    return {
        value: Dress(
            Label(NOWHERE, formula(value) if step is None else symbol(*_name(value, step))),
            notes.get(value),
            Meaning(value.name, _time(value, step), "", graph.told(value, step)),
        )
        for value in (*graph.sources, *graph.operations)
        if value not in graph.unnamed
    }


def in_numbers(values: Values, step: int, blanks: Places = NO_BLANKS) -> Dresses:
    """Return the values of a time step; the states that it changes are bold.

    Where there are ``blanks`` in a step, its wires are empty but for what is given.

    Of a step that a mask leaves out it is what is held, on a cell that is faint.

    Raises `IndexError` for a step that there is not.
    """
    if not values.trace.is_computed(step, values.sequence):
        return faint(values.graph) | dict(_held(values, step))
    dresses = dict(_in_numbers(values, step))
    if not has_blanks(blanks, step):
        return dresses
    known = {
        value for value in values.graph.sources if (value.name, _time(value, step)) not in blanks
    }
    return {v: dress if v in known else emptied(dress) for v, dress in dresses.items()}


def faint(graph: Graph) -> dict[Quantity, Dress]:
    """Return the dresses of a cell that computes nothing."""
    return {value: Dress(faint=True) for value in (*graph.sources, *graph.operations)}


def _held(values: Values, step: int) -> Iterator[tuple[Quantity, Dress]]:
    """Yield the states before a step that holds them, and after it, and an output that is none."""
    cell, line = values.graph.cell, values.trace.timeline
    held = [one for name, state in cell.states.items() for one in (state, cell.computed[name])]
    output = lone_output(cell)
    if output is not None and line is not None and line.shows(step, values.sequence):
        held.append(output)
    for value in held:
        entries, numbers = values.entries(value, step), values.numbers(value, step)
        label = labelled(numbers, entries, symbol(*_name(value, step)))
        yield value, Dress(label, meaning=numbers.meaning(value.name, _time(value, step), entries))


def has_blanks(blanks: Places, step: int) -> bool:
    """Say whether a time step has values that are left out."""
    return any(at == step for _, at in blanks)


def emptied(dress: Dress) -> Dress:
    """Return a dress without its number, with as much room for one, if its value has a symbol."""
    label, meaning = dress.label, dress.meaning
    if label is not None and meaning is not None and meaning.quantity:
        label = replace(label, column=tuple(map(empty, label.column)), bold=False)
    else:
        label = None
    meaning = replace(meaning, value="", equation="") if meaning else None
    return replace(dress, label=label, meaning=meaning)


def _in_numbers(values: Values, step: int) -> Iterator[tuple[Quantity, Dress]]:
    graph = values.graph

    def whole(value: Quantity) -> str:
        return values.numbers(value, step).whole(values.entries(value, step))

    states = graph.cell.states.items()
    computed = graph.cell.computed
    changed = {computed[name] for name, state in states if whole(computed[name]) != whole(state)}
    for value in (*graph.sources, *graph.operations):
        entries, numbers = values.entries(value, step), values.numbers(value, step)
        named = value not in graph.unnamed
        label = labelled(numbers, entries, symbol(*_name(value, step)) if named else None)
        name, told = value.name if named else "", graph.told(value, step)
        meaning = numbers.meaning(name, _time(value, step), entries, told)
        line = graph.lines.get(value)
        meaning = replace(meaning, along=((line.name, step),) if line else ())
        yield value, Dress(_bold(label, value in changed), meaning=meaning)


def labelled(
    numbers: Numbers, entries: Array, head: Spelled | None, sign: Spelled | None = None
) -> Label:
    """Return *symbol = value*, or a value alone, after ≈ or ∈ where it is not exact.

    ``sign`` is what stands between, where that is not =, ≈ or ∈.
    """
    relation = sign or numbers.relation(entries)
    exact = relation.plain == PLAIN.equals.text.strip()
    parts = [part for part in (head, None if exact and head is None else relation) if part]
    return Label(NOWHERE, joined(parts, " ") if parts else None, numbers.column(entries))


def _notes(graph: Graph, catalogue: Catalogue) -> dict[Quantity, Label]:
    """Return what the literature calls gates, each by what ends its column and has a name."""
    columns = {c[-1].result: c for c in map(graph.column, graph.operations) if c}  # the longest
    notes = {}
    for column in columns.values():
        key = _called(graph, column)
        named = [one.result for one in column if one.result not in graph.unnamed]
        if key is not None and named:
            notes[named[0]] = Label(NOWHERE, words(catalogue.words(key)), size=SMALL)
    return notes


def _called(graph: Graph, column: Sequence[Operation]) -> str | None:
    """Return the key of what a gate is called: by its own letter, or else by that of its weights.

    An accent ~ is on what is a candidate for the new state, and z may be one, too.
    """
    letter, _, accent = column[0].result.name.partition("_")
    weighed = (str(q.name).rpartition("_")[2] for q in quantities(column[-1].equation.rhs))
    letter = next((one for one in (letter, *weighed) if one in GATES), letter)
    if letter == "z" and graph.is_candidate(column[0]):
        return CANDIDATE
    return GATES.get(letter, CANDIDATE if accent == "tilde" else None)


def _bold(label: Label, bold: bool) -> Label:
    return Label(label.at, label.head, label.column, bold=bold)


def _name(value: Quantity, step: int) -> tuple[str, str]:
    return value.name, str(_time(value, step))


def _time(value: Quantity, step: int | None) -> int | None:
    return None if step is None else step - (value.time == before)
