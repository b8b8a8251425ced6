"""What is built without SymPy's constructors, against what these build."""

import pytest
import sympy
from hypothesis import given
from hypothesis import strategies as st
from oracles import FRACTION_ACTIVATIONS, TRANSCENDENTAL

from symlstm import GRU, LSTM
from symlstm.algebras import canonical
from symlstm.equations.activations import ACTIVATIONS, activation

NAMES = sorted({*ACTIVATIONS, *FRACTION_ACTIVATIONS, *TRANSCENDENTAL})
SYMBOLS = [sympy.Symbol(name, real=True) for name in ("U[0, 0]", "h_9[0]", "h_10[0]", "x_2", "z")]
HEADS = [ACTIVATIONS["sigmoid"].head, sympy.tanh, sympy.exp, sympy.Abs, lambda part: part**2]
atoms = st.sampled_from([*SYMBOLS, *map(sympy.Rational, (-1, 0, 1, 2, "1/2", "-2/3"))])


def composed(parts):
    """Return expressions that SymPy makes of others."""
    several = st.lists(parts, min_size=2, max_size=3)
    return st.one_of(
        several.map(lambda some: sympy.Add(*some)),
        several.map(lambda some: sympy.Mul(*some)),
        st.tuples(st.sampled_from(HEADS), parts).map(lambda pair: pair[0](pair[1])),
    )


operands = st.lists(st.recursive(atoms, composed, max_leaves=6), min_size=1, max_size=5)


def assert_same(ours, theirs):
    """Assert that two expressions are one, to the order of their parts."""
    assert sympy.srepr(ours) == sympy.srepr(theirs)
    assert (ours, hash(ours)) == (theirs, hash(theirs))
    assert (ours.is_commutative, ours.is_real) == (theirs.is_commutative, theirs.is_real)


@given(terms=operands)
def test_sums_are_those_of_sympy(terms):
    assert_same(canonical.add(terms), sympy.Add(*terms))


@given(factors=operands)
def test_products_are_those_of_sympy(factors):
    assert_same(canonical.multiply(factors), sympy.Mul(*factors))


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("argument", [SYMBOLS[2], SYMBOLS[0] * SYMBOLS[3], sympy.Integer(0)])
def test_functions_are_their_heads(name, argument):
    for row in (activation(name), activation(name).prime, activation(name).prime.prime):
        ours, theirs = canonical.apply(row, argument), row.head(argument)
        assert_same(ours, theirs)
        assert getattr(ours, "nargs", None) == getattr(theirs, "nargs", None)
        assert_same(ours.diff(SYMBOLS[2]), theirs.diff(SYMBOLS[2]))


@pytest.mark.parametrize("cell", [LSTM(2), GRU(2)], ids=str)
def test_sympy_is_asked_for_no_sum_or_product_of_a_long_trace(monkeypatch, cell):
    cell.unroll(2).backward()  # which asks for the functions once
    asked = []
    for kind in (sympy.Add, sympy.Mul):
        flatten = kind.flatten
        monkeypatch.setattr(kind, "flatten", lambda parts, do=flatten: asked.append(1) or do(parts))
    cell.unroll(12, initial_state="symbolic").backward()
    assert not asked
