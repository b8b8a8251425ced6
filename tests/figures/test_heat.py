"""Heat maps, painted square by square and compared with the numbers."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from own_cells import GRU
from places import collisions, labels, number
from test_lines import over_time, run

from symlstm import LSTM, SimpleRNN
from symlstm.errors import CellError, TooLargeError
from symlstm.figures.heat import heat_map
from symlstm.figures.readings import Reading
from symlstm.figures.scene import Point, Tiles
from symlstm.figures.svg import svg
from symlstm.figures.tikz import standalone
from symlstm.figures.tiles import NONE, range_of, tiles
from symlstm.numbers.budget import budget


def painted(group, rows, columns):
    """Return the shades of a map's squares, painted one over the other."""
    found = [piece for piece in group.pieces if isinstance(piece, Tiles)]
    runs = [(tile, at, length) for tile in found for at, length in tile.runs]
    left, top = min(at.x for _, at, _ in runs), min(at.y for _, at, _ in runs)
    width = (max(at.x + length for _, at, length in runs) - left) / columns
    height = (max(at.y + tile.height for tile, at, _ in runs) - top) / rows
    shades = np.full((rows, columns), np.nan)
    for tile, at, length in runs:
        first, last = round((at.y - top) / height), round((at.y - top + tile.height) / height)
        start, end = round((at.x - left) / width), round((at.x + length - left) / width)
        shades[first:last, start:end] = tile.shade
    return shades


def groups(figure):
    return {group.name: group for group in figure.groups}


@given(st.integers(1, 9), st.integers(1, 12), st.integers(0, 10**6), st.booleans())
def test_squares_have_the_levels_of_their_numbers(rows, columns, seed, holes):
    rng = np.random.default_rng(seed)
    levels = rng.integers(-3, 4, size=(rows, columns))
    if holes:
        levels = np.where(rng.random(levels.shape) < 0.3, NONE, levels)
    shown = np.full(levels.shape, np.nan)
    for tile in tiles(levels, 3, Point(5, 7), (2, 3)):
        for at, length in tile.runs:
            row, column = round((at.y - 7) / 3), round((at.x - 5) / 2)
            shown[row : row + round(tile.height / 3), column : column + round(length / 2)] = (
                tile.shade * 3
            )
    wanted = np.where(levels == NONE, np.nan, levels.astype(float))
    assert np.array_equal(np.rint(shown), wanted, equal_nan=True)


@pytest.mark.parametrize("cell", [LSTM(12), GRU(10, 3), SimpleRNN(2)], ids=repr)
def test_shades_are_where_the_numbers_are(cell):
    trace = run(cell, 25)
    figure = groups(heat_map(trace))
    for name in (equation.lhs.name for equation in cell.equations):
        values = over_time(trace, name)
        shades = painted(figure[name], *values.shape)
        low, high = values.min(), values.max()
        if low < 0 < high:
            wanted = values / max(-low, high)
        else:
            low = 0 if low < high / 4 else low
            wanted = (values - low) / (high - low)
        assert np.abs(shades - wanted).max() <= 0.5 / 8 + 1e-9


def test_the_range_stands_beside_the_map():
    trace = run(LSTM(4), 20)
    values = over_time(trace, "c_tilde")
    ends = [number(label.head.plain) for label in labels(heat_map(trace, "c_tilde"))]
    most = float(f"{np.abs(values).max():.3g}")
    assert {most, -most, 0} <= {*ends}


def test_gates_have_their_colours_and_signs_have_two():
    figure = groups(heat_map(run(LSTM(4), 20)))
    colours = {
        name: {piece.colour for piece in figure[name].pieces if isinstance(piece, Tiles)}
        for name in ("f", "c_tilde", "c")
    }
    assert {colour.name for colour in colours["f"]} == {"vermillion"}
    assert colours["c_tilde"] == colours["c"] == {None}


@pytest.mark.parametrize("units", [1, 2, 5, 64])
@pytest.mark.parametrize("steps", [1, 7, 200])
def test_labels_do_not_collide(units, steps):
    assert not collisions(heat_map(run(LSTM(units), steps)))


def test_huge_values_are_shaded_by_their_size(article):
    figure = heat_map(article.run([1] * 9), "h")
    assert "log" in {label.head.plain for label in labels(figure)}
    shades = painted(figure.groups[0], 1, 10)
    assert (np.diff(shades) >= 0).all()
    assert shades[0, -1] == 1
    assert not collisions(figure)


def test_what_is_no_number_is_blank():
    layer = SimpleRNN(2, activation=None, use_bias=False).bind(kernel=1, recurrent_kernel="1e200")
    figure = heat_map(layer.run(np.ones((5, 1)), algebra="float"))
    assert "blank: no number" in {label.head.plain for label in labels(figure)}
    shades = painted(figure.groups[0], 2, 3)
    assert not np.isnan(shades).any()
    assert not collisions(figure)


def test_values_that_are_all_equal_or_all_missing_are_drawn():
    for value in (0.0, 0.7, -2.0, np.nan, np.inf):
        values = np.full((2, 3), value)
        with np.errstate(divide="ignore"):
            numbers = Reading(values, np.log10(np.abs(values)))
        found = list(tiles(range_of(numbers).levels(numbers), 8, Point(0, 0), (2, 2)))
        assert len(found) == np.isfinite(value)


def test_a_value_can_be_asked_for_and_an_unknown_one_is_named():
    figure = heat_map(run(LSTM(3), 5), "z_f")
    assert [group.name for group in figure.groups] == ["z_f", "time"]
    with pytest.raises(CellError, match="did you mean"):
        heat_map(run(LSTM(3), 5), "z_ff")


def test_many_units_and_steps_are_a_small_file():
    written = svg(heat_map(run(LSTM(64, 16), 200)))
    assert len(written.encode()) < 300_000


def test_what_is_too_much_is_refused():
    with budget(page_numbers=100), pytest.raises(TooLargeError, match="page_numbers"):
        heat_map(run(LSTM(3), 20))


@pytest.mark.latex
def test_heat_maps_compile(compile_latex):
    assert "Overfull" not in compile_latex(standalone(heat_map(run(LSTM(16), 100))))
