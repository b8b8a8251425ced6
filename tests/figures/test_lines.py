"""Lines over time, read off against their axes' marks and compared with the traces."""

import numpy as np
import pytest
from own_cells import GRU, IndRNN
from places import collisions, curves, labels, read_off

from symlstm import LSTM, PeepholeLSTM, SimpleRNN
from symlstm.errors import CellError, TooLargeError
from symlstm.figures.lines import lines
from symlstm.figures.scene import Area, Dot, Point, Tiles, pieces
from symlstm.figures.svg import svg
from symlstm.figures.tikz import standalone
from symlstm.numbers.budget import budget

CELLS = [LSTM(1), PeepholeLSTM(1), SimpleRNN(1), GRU(1), IndRNN(1), LSTM(3, 2), GRU(3), IndRNN(2)]


def bound(cell, seed=0):
    rng = np.random.default_rng(seed)
    shapes = {group: cell.stack(group, lambda w: np.zeros(w.shape)).shape for group in cell.groups}
    return cell.bind(**{group: rng.normal(size=shape) for group, shape in shapes.items()})


def run(cell, steps=30, **options):
    inputs = np.random.default_rng(1).normal(size=(steps, cell.input_dim))
    return bound(cell).run(inputs, algebra="float", **options)


def over_time(trace, name):
    first = 0 if name in trace.cell.states else 1
    steps = range(first, len(trace) + 1)
    return np.stack([trace.entries(name, step)[:, 0] for step in steps]).astype(float).T


@pytest.mark.parametrize("cell", CELLS, ids=repr)
def test_lines_are_where_the_numbers_are(cell):
    trace = run(cell)
    figure = lines(trace)
    for name in (equation.lhs.name for equation in cell.equations):
        found = [read_off(figure, curve) for curve in curves(figure, name)]
        assert np.allclose(np.array(found), over_time(trace, name), atol=1e-9)


@pytest.mark.parametrize("cell", CELLS, ids=repr)
@pytest.mark.parametrize("steps", [1, 2, 21, 200])
def test_names_do_not_collide(cell, steps):
    assert not collisions(lines(run(cell, steps)))


def test_time_runs_evenly_to_the_right():
    figure = lines(run(LSTM(1), 40))
    (of_i,), (of_c,) = curves(figure, "i"), curves(figure, "c")
    assert len(of_i.path) == 40
    assert len(of_c.path) == 41
    assert of_i.path[0].x == of_c.path[1].x
    assert np.allclose(np.diff([point.x for point in of_c.path], 2), 0)


def test_lines_have_the_colours_of_their_gates_and_a_pattern_each():
    figure = lines(run(LSTM(1)))
    drawn = [curves(figure, name)[0] for name in ("i", "f", "c_tilde", "o")]
    assert [curve.colour.name for curve in drawn] == ["green", "vermillion", "blue", "purple"]
    assert len({curve.dashes for curve in drawn}) == 4
    assert curves(figure, "c")[0].colour is None


def test_units_are_named_and_many_of_them_are_a_heat_map():
    names = [label.head.plain for label in labels(lines(run(LSTM(3))))]
    assert names.count("unit 3") == 6
    assert any(isinstance(piece, Tiles) for piece in pieces(lines(run(LSTM(9))).groups))


def test_a_single_step_is_a_point(article):
    figure = lines(article.run([1]))
    assert not curves(figure, "i")
    assert len(curves(figure, "c")) == 1
    assert sum(isinstance(piece, Dot) for piece in pieces(figure.groups)) == 4 + 2 * 2


def test_values_of_any_size_are_drawn(article):
    trace = article.run([1] * 9)
    figure = lines(trace)
    (curve,) = curves(figure, "h")
    down = np.array([point.y for point in curve.path])
    assert np.isfinite(down).all()
    assert (np.diff(down[2:]) < 0).all()
    digits = [len(str(trace[t].h)) for t in range(5, 10)]
    rise = down[1] - down[5:]
    assert np.allclose(rise / rise[-1], np.array(digits) / digits[-1], atol=0.02)
    assert not collisions(figure)


@pytest.mark.parametrize("value", [0, 1, "-1/3", "1/1000000", 10**20, 10**400])
def test_constant_values_have_an_axis(value):
    cell = SimpleRNN(1, activation=None, use_bias=False)
    figure = lines(cell.bind(kernel=1, recurrent_kernel=0).run([value] * 5))
    (curve,) = curves(figure, "h")
    assert len({point.y for point in curve.path[1:]}) == 1
    assert not collisions(figure)


def test_gates_of_other_ranges_have_panels_of_their_own():
    cell = LSTM(1, activation=None)
    weights = {"i": 0, "f": 0, "c": 1, "o": 0}
    layer = cell.bind(kernel=weights, recurrent_kernel=0, bias=0)
    figure = lines(layer.run(np.array([90.0, 80.0, 70.0]), algebra="float"))
    assert [group.name for group in figure.groups] == ["gates", "c_tilde", "c", "h", "time"]


def test_what_is_no_number_is_a_gap():
    cell = SimpleRNN(1, activation=None, use_bias=False)
    layer = cell.bind(kernel=1, recurrent_kernel="1e200")
    trace = layer.run(np.array([1.0] * 5), algebra="float")
    assert not np.isfinite(over_time(trace, "h")).all()
    figure = lines(trace)
    (curve,) = curves(figure, "h")
    assert len(curve.path) == 3
    svg(figure)


def test_masked_steps_are_gaps():
    trace = run(LSTM(1), 6, mask=[True, True, False, True, True, True])
    assert [len(curve.path) for curve in curves(lines(trace), "i")] == [2, 3]


def test_intervals_are_bands_around_their_middles():
    cell = LSTM(1)
    layer = cell.bind(kernel="0.5 ± 0.1", recurrent_kernel=0, bias=0)
    figure = lines(layer.run([1, -1, 2], algebra="ball"))
    bands = [piece for piece in pieces(figure.groups) if isinstance(piece, Area)]
    assert len(bands) == 6
    (line,) = curves(figure, "f")
    inside = [band for band in bands if band.colour == line.colour]
    assert len(inside) == 1
    (band,) = inside
    for k, point in enumerate(line.path):
        over, under = band.path[k], band.path[-1 - k]
        assert over.x == under.x == point.x
        assert over.y < point.y < under.y


def test_certified_values_are_lines_without_bands():
    layer = LSTM(1).bind(kernel=1, recurrent_kernel="1/2", bias=0)
    figure = lines(layer.run(["1/3", "-1/7"], algebra="ball"))
    assert not [piece for piece in pieces(figure.groups) if isinstance(piece, Area)]
    exact = np.tanh(1 / 3)
    assert read_off(figure, curves(figure, "c_tilde")[0])[0] == pytest.approx(exact)


def test_another_sequence_of_a_batch_can_be_drawn():
    trace = bound(LSTM(1)).run(np.random.default_rng(2).normal(size=(2, 5, 1)), algebra="float")
    (one,), (other,) = (curves(lines(trace, sequence), "h") for sequence in (0, 1))
    assert one.path != other.path
    found = read_off(lines(trace, 1), other)[1:]
    assert np.allclose(found, trace["h"][1, :, 0].astype(float))


def test_a_symbolic_trace_has_no_numbers():
    with pytest.raises(CellError, match="bind"):
        lines(LSTM(1).unroll(2))


def test_what_is_too_much_is_refused(article):
    with budget(page_numbers=10), pytest.raises(TooLargeError, match="page_numbers"):
        lines(article.run([1, 1]))


def test_every_line_says_what_it_shows(article):
    (curve,) = curves(lines(article.run([1, 1, 1])), "c")
    assert curve.meaning.value == "0 at t = 0, 247 at t = 3"
    assert curve.meaning.equation == "c_t = f_t ⊙ c_{t-1} + i_t ⊙ c̃_t"


@pytest.mark.latex
def test_lines_compile(compile_latex):
    assert "Overfull" not in compile_latex(standalone(lines(run(GRU(2), 40))))


def test_points_are_within_the_figure():
    figure = lines(run(LSTM(8), 50))
    for name in ("i", "c"):
        for curve in curves(figure, name):
            assert all(
                isinstance(p, Point) and 0 < p.x < figure.width and 0 < p.y < figure.height
                for p in curve.path
            )
