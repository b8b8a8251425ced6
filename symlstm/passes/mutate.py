"""Mutate: the systems of equations that differ from another by one mistake.

Mutation operators, as in the testing of programs (DeMillo, Lipton and Sayward, "Hints on Test Data
Selection", 1978), for equations: a rule knows one kind of expression, and nothing of any cell.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from itertools import permutations
from typing import Any

from sympy import Basic, Transpose, ZeroMatrix

from symlstm.equations.activation_rows import Prime
from symlstm.equations.activations import activation
from symlstm.equations.equation import Equation
from symlstm.equations.expression import (
    Elementwise,
    Quantity,
    apply,
    before,
    ones,
    quantities,
    t,
    transpose,
)
from symlstm.equations.operands import Addition, EntrywiseProduct
from symlstm.passes.mutation_memory import handed_on, kept_longer, outputs
from symlstm.passes.mutation_moves import SELDOM, of_the_whole, outside, sums_inside
from symlstm.passes.mutation_places import around, is_helper, recall_time, spelled
from symlstm.passes.mutation_rules import (
    OTHERS,
    anywhere,
    as_a_whole,
    exchanged,
    put,
    slopes,
    turned_over,
)

SHORTER = {
    " stands for ": " for ",
    " is added after ": " after ",
    ", not before": "",
    " is what comes out": " comes out",
    " in every equation": " everywhere",
    " ⊙ ": "⊙",
    " + ": "+",
    " - ": "-",
    " = ": "=",
    " is ": " ",
    " are ": " ",
    "the ": "",
    ", ": " ",
}
"""How words of a sentence are shortened in a name."""


@dataclass(frozen=True)
class Mutation:
    """One mistake: by the name of what they compute, the equations that are other ones.

    ``rule`` is the name of the rule, and ``sentence`` says what is wrong. A mistake of all
    equations is made by putting ``values`` for expressions. Of those that one sentence tells, it
    is the ``nth``.
    """

    rule: str
    sentence: str
    changes: Mapping[str, Equation]
    values: Mapping[Basic, Basic] | None = None
    nth: int = 1

    def made_in(self, program: Sequence[Equation]) -> Mapping[str, Equation] | None:
        """Return the equations that the same mistake makes others of a system that is another one.

        ``None`` where it cannot be made there any more.
        """
        if self.values is not None:
            changes = _put_everywhere(program, self.values)
            return changes or None
        names = [one.lhs.name for one in program if one.lhs.name in self.changes]
        if len(self.changes) > 1 or not names:
            return None
        (name,) = names
        alike = _mutations_of(tuple(program), name)
        found = (one for one in alike if (one.rule, one.sentence) == (self.rule, self.sentence))
        mutation = next(found, None)
        return None if mutation is None else mutation.changes

    @property
    def is_seldom(self) -> bool:
        """Whether two of the kind need not be looked for at a time."""
        return self.rule in SELDOM

    @cached_property
    def name(self) -> str:
        """What is wrong, as one word."""
        found = re.fullmatch("in the equation of (.+?), (.+)", self.sentence)
        words = f"{found[2]} in {found[1]}" if found else self.sentence
        for longer, short in SHORTER.items():
            words = words.replace(longer, short)
        return "-".join([*words.split(), *([str(self.nth)] if self.nth > 1 else [])])


@lru_cache(maxsize=16)
def mutations(program: tuple[Equation, ...]) -> tuple[Mutation, ...]:
    """Return the mutations of a system of equations, each once; those of all equations first.

    The adjoint equations are such a system, too, which is run from the last step to the first.

    >>> from symlstm import LSTM
    >>> for mutation in mutations(LSTM(units=1).program):
    ...     if mutation.rule == "product as sum":
    ...         print(*mutation.changes.values())
    c_t = (f_t + c_{t-1}) + i_t ⊙ c̃_t
    c_t = f_t ⊙ c_{t-1} + (i_t + c̃_t)
    h_t = o_t + tanh(c_t)
    """
    return tuple(_mutations(program))


def _mutations(program: tuple[Equation, ...]) -> Iterator[Mutation]:
    usual = {one.lhs.name: _whatever_order(one.rhs) for one in program}
    seen, told = {tuple(usual.values())}, Counter[str]()
    for mutation in (*_of_all(program), *_of_each(program)):
        changed = {name: _whatever_order(one.rhs) for name, one in mutation.changes.items()}
        mutated = tuple({**usual, **changed}.values())
        if mutated not in seen:
            seen.add(mutated)
            told[mutation.name] += 1
            yield replace(mutation, nth=told[mutation.name])


def _whatever_order(expression: Basic) -> Any:
    """Return what is the same for expressions that differ in the order of terms or factors."""
    if isinstance(expression, Quantity) or not expression.args:
        return expression
    parts = tuple(map(_whatever_order, expression.args))
    commutes = isinstance(expression, Addition | EntrywiseProduct)
    return type(expression), frozenset(Counter(parts).items()) if commutes else parts


def _of_each(program: Sequence[Equation]) -> Iterator[Mutation]:
    """Yield the mutations of one equation."""
    for equation in program:
        yield from _mutations_of(tuple(program), equation.lhs.name)


@lru_cache(maxsize=1024)
def _mutations_of(program: tuple[Equation, ...], name: str) -> tuple[Mutation, ...]:
    """Return the mutations of the equation that computes the quantity of a name."""
    names = [equation.lhs.name for equation in program]
    place = around(program, names.index(name))
    lhs, rhs = place.equation.lhs, place.equation.rhs
    whole = as_a_whole if place.backward else of_the_whole
    return tuple(
        Mutation(rule, f"in the equation of {lhs}, {words}", {name: Equation(lhs, changed)})
        for rule, words, changed in (*anywhere(rhs, place), *exchanged(place), *whole(place))
    )


# The same mistake in every equation.


def _of_all(program: Sequence[Equation]) -> Iterator[Mutation]:
    """Yield mistakes of all equations at once: of all activations of a kind, of all weights."""
    used = list(dict.fromkeys(q for one in program for q in quantities(one.rhs)))
    time, computed = recall_time(program), {one.lhs.name for one in program}
    yield from _all_activations(program)
    if time == before:
        yield from _exchanged_activations(program)
    yield from _all_letters(program, [q for q in used if q.time is None])
    if time == before:
        for found in (outputs(program), handed_on(program), kept_longer(program)):
            yield from (Mutation(*one) for one in found)
        yield from _outside(program)
    recalled = [q for q in used if q.time == time]
    for state in (q for q in used if q.time == before != time):
        words = f"{state.at(t)} stands for {state} in every equation"
        yield _everywhere(program, "another time", words, {state: state.at(t)})
    for state in (q for q in recalled if q.name in computed or time == before):
        nothing = {state: ZeroMatrix(*state.shape)}
        yield _everywhere(program, "never recalled", f"{state} is zero at every step", nothing)
        for other in recalled if time == before else []:
            if other != state and other.shape == state.shape:
                words = f"{other} stands for {state} in every equation"
                yield _everywhere(program, "another state", words, {state: other})


def _everywhere(
    program: Sequence[Equation], rule: str, sentence: str, values: Mapping[Basic, Basic]
) -> Mutation:
    return Mutation(rule, sentence, _put_everywhere(program, values), values)


def _put_everywhere(
    program: Sequence[Equation], values: Mapping[Basic, Basic]
) -> dict[str, Equation]:
    """Return the equations that are others with values put in, by the name of what they compute."""
    changed = {one: Equation(one.lhs, put(one.rhs, values)) for one in program}
    return {one.lhs.name: other for one, other in changed.items() if other != one}


def _all_activations(program: Sequence[Equation]) -> Iterator[Mutation]:
    applied = [part for one in program for part in one.rhs.atoms(Elementwise)]
    rows = {part.activation.name: part.activation for part in applied}
    for name in sorted(rows):
        places = [part for part in dict.fromkeys(applied) if part.activation.name == name]
        if isinstance(rows[name], Prime):
            yield from _all_slopes(program, name, places)
        if isinstance(rows[name], Prime) or len(places) < 2:
            continue
        nothing = {part: part.argument for part in places}
        missing = _everywhere(
            program, "activation missing", f"{name} is missing everywhere", nothing
        )
        yield missing
        for one in program:
            is_apart = one.lhs.name not in missing.changes and not is_helper(one.lhs)
            if is_apart and not isinstance(one.rhs, Elementwise):
                around_it = {one.lhs.name: Equation(one.lhs, apply(rows[name], one.rhs))}
                words = f"{name} is applied to {one.lhs} alone"
                yield Mutation("activation moved", words, {**missing.changes, **around_it})
        for other in OTHERS:
            row = activation(other)
            if row.name != name:
                put = {part: apply(row, part.argument) for part in places}
                words = f"{row.name} stands for {name} everywhere"
                yield _everywhere(program, "another activation", words, put)


def _all_slopes(
    program: Sequence[Equation], name: str, places: Sequence[Elementwise]
) -> Iterator[Mutation]:
    """Yield the mistakes of all derivatives of a function."""
    nothing = {part: ones(part) for part in places}
    yield _everywhere(program, "factor missing", f"{name} is missing everywhere", nothing)
    for each in zip(*map(slopes, places), strict=True):
        rule, words, _ = each[0]
        put = {part: stands for part, (_, _, stands) in zip(places, each, strict=True)}
        yield _everywhere(program, rule, f"{words}, and so everywhere", put)


def _exchanged_activations(program: Sequence[Equation]) -> Iterator[Mutation]:
    """Yield functions of two kinds in each other's place: all of them, or all of one and one.

    That is what a list of functions in another order does, as ONNX's f, g, h.
    """
    applied = [part for one in program for part in one.rhs.atoms(Elementwise)]
    kinds: dict[str, list[Elementwise]] = {}
    for part in sorted(dict.fromkeys(applied), key=str):
        kinds.setdefault(part.activation.name, []).append(part)
    for first, second in permutations(sorted(kinds), 2):
        others = kinds[second]
        for chosen in [others, *([one] for one in others if len(others) > 1)]:
            row, other = kinds[first][0].activation, others[0].activation
            values = {part: apply(other, part.argument) for part in kinds[first]}
            values |= {part: apply(row, part.argument) for part in chosen}
            words = f"all {row.name} and {' and '.join(map(spelled, chosen))} are exchanged"
            yield _everywhere(program, "activations exchanged", words, values)


def _all_letters(program: Sequence[Equation], weights: Sequence[Quantity]) -> Iterator[Mutation]:
    for letter in dict.fromkeys(str(weight.name).partition("_")[0] for weight in weights):
        members = [w for w in weights if str(w.name).partition("_")[0] == letter]
        standing = [transpose(w) if _is_turned(program, w) else w for w in members]
        if all(w.shape[0] == w.shape[1] > 1 for w in members):
            words = f"all {letter} are transposed"
            turned = {w: turned_over(w) for w in standing}
            yield _everywhere(program, "transposed", words, turned)
        if len(members) > 1:
            nothing = {w: ZeroMatrix(*w.shape) for w in standing}
            yield _everywhere(program, "term missing", f"all {letter} are left out", nothing)
            yield from _one_for_all(program, letter, members)


def _is_turned(program: Sequence[Equation], weight: Quantity) -> bool:
    return any(transpose(weight) in one.rhs.atoms(Transpose) for one in program)


def _outside(program: Sequence[Equation]) -> Iterator[Mutation]:
    """Yield terms that are added after a function, and not before: one, or those of a letter."""
    rule = "moved out of a function"
    letters: dict[str, dict[Basic, Basic]] = {}
    for function, whole in sums_inside(program):
        for term in whole.args:
            moved = outside(function, whole, term)
            words = f"{spelled(term)} is added after {spelled(function)}, not before"
            yield _everywhere(program, rule, words, moved)
            weights = [str(q.name) for q in quantities(term) if q.time is None]
            for letter in {name.partition("_")[0] for name in weights}:
                letters.setdefault(letter, {}).update(moved)
    for letter in sorted(letters):
        words = f"the terms with {letter} are added after the functions, not before"
        yield _everywhere(program, rule, words, letters[letter])


def _one_for_all(
    program: Sequence[Equation], letter: str, members: Sequence[Quantity]
) -> Iterator[Mutation]:
    """Yield one weight in the place of all of a letter, and of those in one kind of function."""
    inside: dict[str, list[Quantity]] = {}
    for part, whole in sums_inside(program):
        used = [q for q in quantities(whole) if q in members]
        inside.setdefault(f"all {letter} in {part.activation.name}", []).extend(used)
    for which, some in {f"all {letter}": members, **inside}.items():
        for other in dict.fromkeys(some):
            if len(some) > 1 and all(w.shape == other.shape for w in some):
                one = {w: other for w in some if w != other}
                yield _everywhere(program, "another weight", f"{other} stands for {which}", one)
