"""Recursion that goes deeper than Python's own."""

import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from symlstm.equations.recursion import deep

DEPTH = 30 * sys.getrecursionlimit()

trees = st.recursive(st.integers(), lambda tree: st.lists(tree, max_size=4), max_leaves=30)


@deep
def mirrored(tree, *, sign=1):
    """Return a tree from right to left, with a sign for the numbers at the top."""
    if isinstance(tree, int):
        return sign * tree
    branches = []
    for branch in reversed(tree):
        branches.append((yield (branch,)))
    return branches


def mirror(tree):
    return tree if isinstance(tree, int) else [mirror(branch) for branch in reversed(tree)]


@deep
def total(chain):
    head, tail = chain
    if head is None:
        raise LookupError("the end")
    return head + ((yield (tail,)) if tail else 0)


@given(trees)
def test_it_is_the_recursion_that_it_stands_for(tree):
    assert mirrored(tree) == mirror(tree)


def test_options_are_those_of_the_call_that_is_made():
    assert mirrored(3, sign=-1) == -3
    assert mirrored([3], sign=-1) == [3]


def chain_of(numbers, tail=None):
    for number in numbers:
        tail = number, tail
    return tail


def test_it_is_as_deep_as_memory_allows():
    assert total(chain_of(range(DEPTH))) == DEPTH * (DEPTH - 1) // 2


def test_an_error_comes_through_from_the_depth():
    with pytest.raises(LookupError, match="the end"):
        total(chain_of(range(DEPTH), (None, None)))
    assert total(chain_of([1, 2])) == 3


def test_it_is_called_what_its_function_is_called():
    assert mirrored.__doc__.startswith("Return a tree from right to left")
