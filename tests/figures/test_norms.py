"""Norms of gradients, against NumPy's norm and exact sums of squares."""

import math
import re

import numpy as np
import pytest
from own_cells import GRU
from places import collisions, labels
from test_lines import bound

from symlstm import LSTM, SimpleRNN
from symlstm.errors import CellError, ShapeError
from symlstm.figures.norms import norms
from symlstm.figures.scene import Curve, Dot, pieces
from symlstm.figures.svg import svg
from symlstm.figures.tikz import standalone

HOSTILE = "a_b $x$ <b> \\input{x} " + "long " * 9


def gradients(cell, steps=30, algebra="float", **seeds):
    inputs = np.random.default_rng(1).normal(size=(steps, cell.input_dim))
    return bound(cell).run(inputs, algebra=algebra).backward(**seeds)


def lines_of(figure):
    every = (piece for piece in pieces(figure.groups) if isinstance(piece, Curve))
    return [curve for curve in every if curve.meaning]


def size_of(plain):
    """Return the logarithm of a power of ten; of zero, nothing."""
    power = re.fullmatch(r"10\^\{(-?\d+)\}", plain)
    return int(power[1]) if power else None if plain == "0" else len(plain) - 1


def sizes(figure, curve):
    """Return the logarithms that a line shows, as the marks of the axis say."""
    shown = ((label.head.plain, label.at.y) for label in labels(figure) if label.anchor == "end")
    found = sorted((size, y) for plain, y in shown if (size := size_of(plain)) is not None)
    (low, at), (high, to) = found[0], found[-1]
    return [low + (point.y - at) / (to - at) * (high - low) for point in curve.path]


@pytest.mark.parametrize("cell", [LSTM(4), SimpleRNN(4), GRU(3, 2)], ids=repr)
def test_lines_show_the_norms(cell):
    found = gradients(cell)
    figure = norms([found])
    (line,) = lines_of(figure)
    wanted = np.log10([np.linalg.norm(found[t].h.astype(float)) for t in range(1, 31)])
    assert np.allclose(sizes(figure, line), wanted, atol=1e-9)


def test_runs_are_named_at_the_ends_of_their_lines():
    figure = norms([gradients(LSTM(4)), gradients(SimpleRNN(4), 20)], ["kept", "lost"])
    assert len(lines_of(figure)) == 2
    assert {"kept", "lost"} <= {label.head.plain for label in labels(figure)}
    assert not collisions(figure)
    assert "kept, lost" in figure.description


def test_by_default_runs_have_the_names_of_their_cells():
    shown = [label.head.plain for label in labels(norms([gradients(LSTM(1)), gradients(GRU(1))]))]
    assert "LSTM" in shown
    assert "GRU" in shown


@pytest.mark.latex
def test_names_are_only_names(compile_latex):
    figure = norms([gradients(LSTM(1)), gradients(LSTM(1))], [HOSTILE, "b"])
    assert not collisions(figure)
    svg(figure)
    compile_latex(standalone(figure))


def test_the_gradient_by_another_value_can_be_asked_for():
    found = gradients(LSTM(2))
    figure = norms([found], by="c")
    wanted = np.log10(np.linalg.norm(found[3].c.astype(float)))
    assert sizes(figure, lines_of(figure)[0])[2] == pytest.approx(wanted)
    with pytest.raises(CellError, match="known"):
        norms([found], by="cc")


def test_exact_norms_of_any_size(article):
    found = article.run([1] * 8).backward()
    figure = norms([found])
    wanted = [math.log10(int(found[t].h)) for t in range(1, 9)]
    assert max(wanted) > 308
    assert np.allclose(sizes(figure, lines_of(figure)[0]), wanted, rtol=1e-9, atol=1e-9)
    assert not collisions(figure)


def test_norms_that_are_zero_are_marked_below_the_axis(article):
    seeds = [0, 1, 0, 0]
    figure = norms([article.run([1] * 4).backward(grad_sequence=seeds)])
    dots = [piece for piece in pieces(figure.groups) if isinstance(piece, Dot)]
    lowest = max(dot.at.y for dot in dots)
    assert sum(dot.at.y == lowest for dot in dots) == 2
    assert all(point.y < lowest for line in lines_of(figure) for point in line.path)
    assert not collisions(figure)


def test_all_norms_may_be_zero(article):
    figure = norms([article.run([1, 1]).backward(grad_sequence=[0, 0])])
    assert not lines_of(figure)
    assert not collisions(figure)


@pytest.mark.parametrize(("count", "names"), [(0, None), (1, ["a", "b"])])
def test_runs_and_names_are_as_many(count, names):
    with pytest.raises(ShapeError, match="names"):
        norms([gradients(LSTM(1), 2)] * count, names)


def test_symbolic_gradients_have_no_norms():
    with pytest.raises(CellError, match="bind"):
        norms([LSTM(1).unroll(2).backward()])
