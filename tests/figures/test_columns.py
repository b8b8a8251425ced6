"""What stands above a gate belongs to it: its colour, and what the gate is called."""

import pytest

from symlstm import GRU, LSTM, SLSTM, LayerNormLSTM, figure
from symlstm.figures.graph import Graph

CALLED = [
    (LSTM(1), {"input", "forget", "candidate", "output"}),
    (GRU(1), {"update", "reset"}),
    (SLSTM(1), {"input", "forget", "candidate", "output"}),
    (SLSTM(1, stabilised=False), {"input", "forget", "candidate", "output"}),
    (LayerNormLSTM(2), {"input", "forget", "candidate", "output"}),
]
NAMES = {"input", "forget", "candidate", "output", "update", "reset"}


def spelled(graph):
    return {str(value): operation.sign.plain for value, operation in graph.operations.items()}


@pytest.mark.parametrize(("cell", "names"), CALLED, ids=[repr(cell) for cell, _ in CALLED])
def test_gates_are_called_what_they_are_each_once(cell, names):
    shown = figure(cell).svg()
    assert {name: shown.count(f">{name}<") for name in NAMES} == {
        name: int(name in names) for name in NAMES
    }


def test_a_norm_has_the_colour_of_its_gate_and_an_accent_changes_none():
    graph = Graph(LayerNormLSTM(2))
    norms = [value for value, sign in spelled(graph).items() if sign == "norm"]
    assert len(norms) == 4
    names = [value.name for value in graph.operations if str(value) in norms]
    assert len({graph.colours[name] for name in names}) == 4
    colours = Graph(SLSTM(1)).colours
    assert colours["i_tilde"] == colours["i"] == colours["z_i"] != colours["f"]


def test_a_normalised_state_keeps_its_rail_and_gains_are_on_it():
    graph = Graph(LayerNormLSTM(2, state_norm=True))
    (rail,) = [rail for rail in graph.rails if rail.state.name == "c"]
    assert [operation.sign.plain for operation in rail.path] == ["⊙", "+", "norm", "Σ"]


def test_signs_are_those_of_the_operations():
    of_numbers, of_vectors = (spelled(Graph(SLSTM(units))).values() for units in (1, 2))
    assert {"max", "exp", "logσ", "−", "/"} <= set(of_numbers)
    assert {"max", "exp", "logσ", "−", "⊘"} <= set(of_vectors)
