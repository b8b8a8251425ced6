"""Mutate: the systems of equations that differ from another by one mistake.

Mutation operators, as in the testing of programs (DeMillo, Lipton and Sayward, "Hints on Test Data
Selection", 1978), for equations: a rule knows one kind of expression, and nothing of any cell.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from sympy import Basic, Transpose, ZeroMatrix

from symlstm.equations.activation_rows import Prime
from symlstm.equations.equation import Equation
from symlstm.equations.expression import (
    Elementwise,
    Quantity,
    apply,
    before,
    quantities,
    t,
    transpose,
)
from symlstm.equations.operands import Addition, EntrywiseProduct, entrywise
from symlstm.equations.rebuild import put
from symlstm.numbers.remembered import cached_property
from symlstm.passes.mutation_functions import (
    all_functions,
    all_vector_functions,
    exchanged_functions,
    kinds,
    missing,
    moved_inside,
    moved_outside,
)
from symlstm.passes.mutation_memory import handed_on, kept_longer, outputs
from symlstm.passes.mutation_moves import SELDOM, of_the_whole, sums_inside
from symlstm.passes.mutation_places import applied, around, is_helper, recall_time
from symlstm.passes.mutation_rules import anywhere, as_a_whole, exchanged, turned_over

SHORTER = {
    " stands for ": " for ",
    " is added after ": " after ",
    ", not before": "",
    " is what comes out": " comes out",
    " in every equation": " everywhere",
    " ⊙ ": "⊙",
    " ⊘ ": "⊘",
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
    yield from (_everywhere(program, *one) for one in all_functions(program))
    yield from _applied_elsewhere(program)
    if time == before:
        for everywhere in (exchanged_functions(program), all_vector_functions(program)):
            yield from (_everywhere(program, *one) for one in everywhere)
    yield from _all_letters(program, [q for q in used if q.time is None])
    if time == before:
        for found in (outputs(program), handed_on(program), kept_longer(program)):
            yield from (Mutation(*one) for one in found)
        for everywhere in (moved_outside(program), moved_inside(program)):
            yield from (_everywhere(program, *one) for one in everywhere)
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


def _applied_elsewhere(program: Sequence[Equation]) -> Iterator[Mutation]:
    """Yield functions that are applied to what is computed of what they should be applied to."""
    for name, places in kinds(applied(program)).items():
        row = places[0].activation
        if isinstance(row, Prime) or len(places) < 2:
            continue
        changes = _everywhere(program, *missing(name, places)).changes
        for one in program:
            is_apart = one.lhs.name not in changes and not is_helper(one.lhs)
            if is_apart and not isinstance(one.rhs, Elementwise):
                around_it = {one.lhs.name: Equation(one.lhs, apply(row, one.rhs))}
                words = f"{name} is applied to {one.lhs} alone"
                yield Mutation("activation moved", words, {**changes, **around_it})


def _all_letters(program: Sequence[Equation], weights: Sequence[Quantity]) -> Iterator[Mutation]:
    for letter in dict.fromkeys(str(weight.name).partition("_")[0] for weight in weights):
        members = [w for w in weights if str(w.name).partition("_")[0] == letter]
        standing = [transpose(w) if _is_turned(program, w) else w for w in members]
        shown = str(Quantity(letter, 1))
        if all(w.shape[0] == w.shape[1] > 1 for w in members):
            words = f"all {shown} are transposed"
            turned = {w: turned_over(w) for w in standing}
            yield _everywhere(program, "transposed", words, turned)
        if len(members) > 1:
            yield from _no_factors(program, shown, members)
            nothing = {w: ZeroMatrix(*w.shape) for w in standing}
            yield _everywhere(program, "term missing", f"all {shown} are left out", nothing)
            yield from _one_for_all(program, shown, members)


def _is_turned(program: Sequence[Equation], weight: Quantity) -> bool:
    return any(transpose(weight) in one.rhs.atoms(Transpose) for one in program)


def _no_factors(
    program: Sequence[Equation], letter: str, members: Sequence[Quantity]
) -> Iterator[Mutation]:
    """Yield all weights of a letter left out where they are factors, as gains are."""
    products = {part for one in program for part in one.rhs.atoms(EntrywiseProduct)}
    weighted = {part: set(members).intersection(part.args) for part in products}
    if set().union(*weighted.values()) == set(members):
        without = {
            part: entrywise(*(factor for factor in part.args if factor not in gains))
            for part, gains in weighted.items()
            if gains and len(part.args) > len(gains)
        }
        words = f"all {letter} are missing from their products"
        yield _everywhere(program, "factor missing", words, without)


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
