"""Plans of drawings: all that a cell computes has its place, and nothing stands on anything."""

from dataclasses import replace

import pytest
from every_cell import every_cell
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from inspected import drawing, misplaced
from own_cells import EVERY
from random_cells import drawn_cells, drawn_labels
from wired import miswired

from symlstm import LSTM, OnnxLSTM, PeepholeLSTM
from symlstm.figures.pictures import planned
from symlstm.figures.scene import Box, Label, Point, Wire
from symlstm.figures.spelling import words

OURS = (*every_cell(1), *every_cell(2), LSTM(3, 2, use_bias=False), OnnxLSTM(2, clip="1/2"))
OWN = tuple(kind(units, units) for kind in EVERY for units in (1, 2))


def faults(cell, scene):
    return [*misplaced(scene), *miswired(cell, scene)]


@pytest.mark.parametrize("cell", [*OURS, *OWN], ids=repr)
@given(st.data())
@settings(max_examples=5)
def test_a_cell_is_drawn_with_room_for_its_labels(cell, data):
    assert faults(cell, drawing(cell, data.draw(drawn_labels(cell)))) == []


@given(drawn_cells(), st.data())
@settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
def test_whatever_can_be_written_can_be_drawn(cell, data):
    assert faults(cell, drawing(cell, data.draw(drawn_labels(cell)))) == []


def changed(scene, change):
    (group,) = scene.groups
    return replace(scene, groups=(replace(group, pieces=tuple(change(group.pieces))),))


def without_a_wire(pieces):
    first = next(piece for piece in pieces if isinstance(piece, Wire))
    return (piece for piece in pieces if piece is not first)


def without_a_node(pieces):
    *_, last = (piece for piece in pieces if isinstance(piece, Box))
    return (piece for piece in pieces if piece is not last)


def shifted(kind):
    """Put a piece where another one of its kind is."""

    def change(pieces):
        *_, other, last = (piece for piece in pieces if isinstance(piece, kind))
        return (replace(one, at=other.at) if one is last else one for one in pieces)

    return change


def beside_its_node(pieces):
    first = next(piece for piece in pieces if isinstance(piece, Wire))
    moved = tuple(Point(place.x, place.y + 20) for place in first.path)
    return (replace(piece, path=moved) if piece is first else piece for piece in pieces)


def without_hops(pieces):
    return (replace(p, hops=()) if isinstance(p, Wire) else p for p in pieces)


@pytest.mark.parametrize(
    "change",
    [
        without_a_node,
        without_a_wire,
        shifted(Box),
        shifted(Label),
        beside_its_node,
        without_hops,
    ],
)
def test_what_is_wrong_with_a_drawing_is_noticed(change):
    cell = PeepholeLSTM(2)
    label = Label(Point(0, 0), words("a label"))
    scene = drawing(cell, dict.fromkeys(planned(cell)[0].operations, label))
    assert faults(cell, scene) == []
    assert faults(cell, changed(scene, change))
