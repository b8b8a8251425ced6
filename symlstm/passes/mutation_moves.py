"""What may stand elsewhere in an equation, or once too often: terms, factors, functions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sympy import Basic, Rational
from sympy.matrices.expressions.matexpr import MatrixExpr

from symlstm.equations.equation import Equation
from symlstm.equations.expression import (
    Elementwise,
    Quantity,
    add,
    apply,
    before,
    hadamard,
    multiply,
    ones,
    scale,
)
from symlstm.equations.functions import EntryFunction
from symlstm.equations.nodes import Vectorwise
from symlstm.equations.operands import Addition, EntrywiseProduct, Multiplication
from symlstm.passes.mutation_places import (
    Around,
    Found,
    applied,
    spelled,
    vectorwise,
    with_part,
)

FACTORS = (Rational(2), Rational(1, 2), Rational(-1))
"""By what something may be multiplied that should not be."""

SELDOM = frozenset(
    {
        "added to the whole",
        "operand multiplied",
        "factor added",
        "activation added",
        "one added",
        "moved into a product",
        "a rarer activation",
        "whole scaled",
        "argument scaled",
        "another operand",
        "activation moved",
        "an older one",
    }
)
"""Rules whose mistakes are not looked for two at a time: there are many, and they are seldom."""
LAST = (
    "added to the whole",
    "operand multiplied",
    "whole scaled",
    "argument scaled",
    "activation moved",
)
"""Rules whose mistakes are told last, where others give the same: those say more of a program."""


def scaled(expression: Elementwise, _around: Around) -> Found:
    """Yield a function of what is multiplied by a number."""
    for factor in FACTORS:
        words = f"{expression.activation.name} is of {factor} times its argument"
        changed = apply(expression.activation, scale(factor, expression.argument))
        yield "argument scaled", words, changed


def extra_term(expression: Addition, around: Around) -> Found:
    """Yield a sum with a quantity added that is none of its terms."""
    for other in around.vectors:
        if other.shape == expression.shape and other not in expression.args:
            yield "operand added", f"{other} is added", add(*expression.args, other)


def extra_factor(expression: EntrywiseProduct, around: Around) -> Found:
    """Yield a product with a gate as one more factor, another one or the same."""
    for gate in around.gates:
        if gate.shape == expression.shape:
            words = f"{spelled(expression)} is multiplied by {gate}"
            yield "factor added", words, hadamard(*expression.args, gate)


def spread(expression: Addition, _around: Around) -> Found:
    """Yield a sum with a factor of one of its terms as a factor of all of them."""
    for k, term in enumerate(expression.args):
        if isinstance(term, EntrywiseProduct):
            for j, factor in enumerate(term.args):
                rest = [*term.args[:j], *term.args[j + 1 :]]
                kept = hadamard(*rest)
                words = f"{spelled(factor)} is a factor of the whole sum"
                changed = hadamard(factor, with_part(expression, k, kept))
                yield "moved into a product", words, changed


def taken_out(expression: EntrywiseProduct, _around: Around) -> Found:
    """Yield a product with a sum that has some term of the sum outside of it."""
    for k, factor in enumerate(expression.args):
        if isinstance(factor, Addition):
            for j, term in enumerate(factor.args):
                rest = add(*factor.args[:j], *factor.args[j + 1 :])
                words = f"{spelled(term)} is added after the product, not before"
                yield "moved out of a product", words, add(with_part(expression, k, rest), term)


def product_after(expression: Multiplication, _around: Around) -> Found:
    """Yield M (r ⊙ h) as r ⊙ (M h): the reset gate of a GRU before or after its weights."""
    matrix, vector = expression.args
    if isinstance(vector, EntrywiseProduct) and matrix.shape[0] == matrix.shape[1]:
        for k, factor in enumerate(vector.args):
            rest = [*vector.args[:k], *vector.args[k + 1 :]]
            kept = hadamard(*rest)
            words = f"{spelled(factor)} is multiplied after {spelled(matrix)}, not before"
            yield "product after weights", words, hadamard(factor, multiply(matrix, kept))


def product_before(expression: EntrywiseProduct, _around: Around) -> Found:
    """Yield r ⊙ (M h + b) as M (r ⊙ h) + b: the reset gate of a GRU before its weights."""
    for k, factor in enumerate(expression.args):
        others = [*expression.args[:k], *expression.args[k + 1 :]]
        terms = factor.args if isinstance(factor, Addition) else (factor,)
        for j, term in enumerate(terms):
            if isinstance(term, Multiplication) and term.args[1].shape == expression.shape:
                inner = multiply(term.args[0], hadamard(*others, term.args[1]))
                words = f"{' ⊙ '.join(map(spelled, others))} is multiplied before {term.args[0]}"
                yield "product before weights", words, add(*terms[:j], inner, *terms[j + 1 :])


def one_added(quantity: Quantity, around: Around) -> Found:
    """Yield a gate with 1 added, and a state with a function of it in its place."""
    if quantity in around.gates:
        yield "one added", f"1 + {quantity} stands for {quantity}", add(ones(quantity), quantity)
    if quantity.time == before:
        for row in around.activations:
            words = f"{row.name} of {quantity} stands for {quantity}"
            yield "activation added", words, apply(row, quantity)


def of_the_whole(around: Around) -> Found:
    """Yield an equation with something done with all of its right-hand side."""
    rhs: MatrixExpr = around.equation.rhs
    whole = spelled(around.equation.lhs)
    for factor in FACTORS:
        yield "whole scaled", f"{whole} is {factor} times as large", scale(factor, rhs)
    for row in around.activations:
        if not isinstance(rhs, Elementwise):
            yield "activation around", f"{row.name} is applied to {whole}", apply(row, rhs)
    for other in around.vectors:
        if other.shape != rhs.shape:
            continue
        if not isinstance(rhs, Addition):
            words = f"{other} is added to {whole}"
            yield "added to the whole", words, add(rhs, other)
        if other in around.gates:
            words = f"{whole} is multiplied by {other}"
            yield "operand multiplied", words, hadamard(other, rhs)


def outside(
    function: Elementwise | Vectorwise, whole: Addition, term: Basic
) -> Mapping[Basic, Basic]:
    """Return what to put for what, for a term to be added after the function of a sum.

    The sum is what the function is of, or what computes that.
    """
    rest = add(*(one for one in whole.args if one != term))
    if function.argument == whole:
        return {function: add(apply(function.activation, rest), term)}
    return {whole: rest, function: add(function, term)}


def sums_inside(
    program: Sequence[Equation],
) -> list[tuple[Elementwise | Vectorwise, Addition]]:
    """Return the functions of sums, with the sums; those that have a name of their own, too.

    A root or a quotient of a named sum is of that, and not of its terms.
    """
    named = {one.lhs: one.rhs for one in program}
    entrywise = [part for one in program for part in one.rhs.atoms(Elementwise)]
    found: list[tuple[Elementwise | Vectorwise, Basic]] = [
        (part, part.argument) for part in entrywise if isinstance(part.activation, EntryFunction)
    ]
    for part in (*applied(program), *vectorwise(one.rhs for one in program)):
        found.append((part, named.get(part.argument, part.argument)))
    return [(part, whole) for part, whole in dict.fromkeys(found) if isinstance(whole, Addition)]
