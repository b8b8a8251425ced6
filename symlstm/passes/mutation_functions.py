"""What goes wrong with functions in all equations alike, and what is added inside or outside."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import permutations
from typing import Any, TypeAlias, TypeVar

from sympy import Basic, Rational

from symlstm.equations.activation_rows import Prime
from symlstm.equations.activations import row_named
from symlstm.equations.equation import Equation
from symlstm.equations.expression import (
    Elementwise,
    add,
    apply,
    hadamard,
    ones,
    quantities,
    scale,
    subtract,
)
from symlstm.equations.nodes import Vectorwise
from symlstm.equations.operands import Addition
from symlstm.equations.rebuild import put
from symlstm.equations.vocabulary import mean, reciprocal_root, square
from symlstm.passes.mutation_moves import outside, sums_inside
from symlstm.passes.mutation_places import (
    OTHERS,
    Found,
    applied,
    is_helper,
    spelled,
    vectorwise,
)
from symlstm.passes.mutation_rules import slopes
from symlstm.passes.mutation_vocabulary import vector_variants

Values: TypeAlias = Mapping[Basic, Basic]
"""What stands for what in all equations."""
Everywhere: TypeAlias = Iterator[tuple[str, str, Values]]
"""The rule, what is wrong, in words, and what stands for what."""
Function = TypeVar("Function", Elementwise, Vectorwise)


def all_functions(program: Sequence[Equation]) -> Everywhere:
    """Yield the mistakes of all functions of a kind."""
    for name, places in kinds(applied(program)).items():
        if isinstance(places[0].activation, Prime):
            yield from _all_slopes(name, places)
        elif len(places) > 1:
            yield missing(name, places)
            for other in map(row_named, OTHERS):
                if other.name != name:
                    stands = {part: apply(other, part.argument) for part in places}
                    words = f"{other.name} stands for {name} everywhere"
                    yield "another activation", words, stands


def kinds(parts: Sequence[Function]) -> dict[str, list[Function]]:
    """Return functions by name, in its order."""
    found: dict[str, list[Function]] = {}
    for part in parts:
        found.setdefault(part.activation.name, []).append(part)
    return dict(sorted(found.items()))


def missing(name: str, places: Sequence[Elementwise]) -> tuple[str, str, Values]:
    """Return the mistake of a function that is missing wherever it should be."""
    nothing = {part: part.argument for part in places}
    return "activation missing", f"{name} is missing everywhere", nothing


def _all_slopes(name: str, places: Sequence[Elementwise]) -> Everywhere:
    """Yield the mistakes of all derivatives of a function."""
    nothing = {part: ones(part) for part in places}
    yield "factor missing", f"{name} is missing everywhere", nothing
    yield from _each_alike(slopes, places)


def _each_alike(variants: Callable[[Any], Found], places: Sequence[Basic]) -> Everywhere:
    """Yield the mistakes of one place as those of all places."""
    for each in zip(*map(variants, places), strict=True):
        rule, words, _ = each[0]
        stands = {part: other for part, (_, _, other) in zip(places, each, strict=True)}
        yield rule, f"{words}, and so everywhere", stands


def exchanged_functions(program: Sequence[Equation]) -> Everywhere:
    """Yield functions of two kinds in each other's place: all of them, or all of one and one.

    That is what a list of functions in another order does, as ONNX's f, g, h.
    """
    found = kinds(applied(program))
    for first, second in permutations(found, 2):
        others = found[second]
        for chosen in [others, *([one] for one in others if len(others) > 1)]:
            row, other = found[first][0].activation, others[0].activation
            values = {part: apply(other, part.argument) for part in found[first]}
            values |= {part: apply(row, part.argument) for part in chosen}
            words = f"all {row.name} and {' and '.join(map(spelled, chosen))} are exchanged"
            yield "activations exchanged", words, values


# Functions of vectors.


def all_vector_functions(program: Sequence[Equation]) -> Everywhere:
    """Yield the mistakes of all functions of vectors of a kind, and of what they are given."""
    named = {one.lhs: one.rhs for one in program if is_helper(one.lhs)}
    computed = {one.lhs for one in program} - named.keys()
    for name, places in kinds(vectorwise(one.rhs for one in program)).items():
        if len(places) > 1:
            yield from _each_alike(vector_variants, places)
        if "epsilon" not in dict(places[0].activation.settings):
            continue
        given = {part: named.get(part.argument, part.argument) for part in places}
        yield from _apart(name, given)
        at_once = {p: a for p, a in given.items() if computed.isdisjoint(quantities(a))}
        if len(at_once) > 1 and len({part.shape for part in at_once}) == 1:
            words = f"{name} is over the entries of all its arguments, together"
            yield "norms together", words, _together(at_once)


def _apart(name: str, given: Mapping[Vectorwise, Basic]) -> Everywhere:
    """Yield a norm of each term of a sum: Ba, Kiros and Hinton, equation 20, has it so."""
    stands = {
        part: add(*(apply(part.activation, term) for term in whole.args))
        for part, whole in given.items()
        if isinstance(whole, Addition)
    }
    if stands:
        yield "norms apart", f"{name} is of each term by itself, not of their sum", stands


def _together(given: Mapping[Vectorwise, Any]) -> Values:
    """Return the norms of all entries of several vectors: one mean, and one deviation."""
    share = Rational(1, len(given))
    centre = scale(share, add(*map(mean, given.values())))
    centred = {part: subtract(whole, centre) for part, whole in given.items()}
    variance = scale(share, add(*(mean(square(one)) for one in centred.values())))
    epsilon = dict(next(iter(given)).activation.settings)["epsilon"]
    over = reciprocal_root(add(variance, epsilon))
    return {part: hadamard(over, one) for part, one in centred.items()}


# What is added inside or outside.


def moved_outside(program: Sequence[Equation]) -> Everywhere:
    """Yield terms that are added after a function, and not before: one, or those of a letter."""
    moved = [
        (term, f"{spelled(term)} is added after {spelled(function)}, not before", values)
        for function, whole in sums_inside(program)
        for term in whole.args
        for values in [outside(function, whole, term)]
    ]
    alike = "the terms with {} are added after the functions, not before"
    yield from _one_or_a_letter("moved out of a function", moved, alike)


def moved_inside(program: Sequence[Equation]) -> Everywhere:
    """Yield terms that are added before a function of a vector, and not after."""
    moved = []
    sums = [one for e in program for one in e.rhs.atoms(Addition)]
    for whole in sorted(dict.fromkeys(sums), key=spelled):
        for function in vectorwise(whole.args):
            for term in whole.args:
                if function not in vectorwise([term]):
                    words = f"{spelled(term)} is added before {spelled(function)}, not after"
                    inner = apply(function.activation, add(function.argument, term))
                    rest = add(*(one for one in whole.args if one != term))
                    moved.append((term, words, {whole: put(rest, {function: inner})}))
    alike = "the terms with {} are added before the functions, not after"
    yield from _one_or_a_letter("moved into a function", moved, alike)


def _one_or_a_letter(
    rule: str, moved: Sequence[tuple[Basic, str, Values]], alike: str
) -> Everywhere:
    """Yield terms that are moved: each, and all of those whose weights have one letter."""
    letters: dict[str, dict[Basic, Basic]] = {}
    for term, words, values in moved:
        yield rule, words, values
        weights = [str(q.name) for q in quantities(term) if q.time is None]
        for letter in {name.partition("_")[0] for name in weights}:
            letters.setdefault(letter, {}).update(values)
    for letter in sorted(letters):
        yield rule, alike.format(letter), letters[letter]
