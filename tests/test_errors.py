"""What a message says of a name that is not known."""

from dataclasses import fields

import pytest
from hypothesis import given
from hypothesis import strategies as st

from symlstm import GRU, LSTM
from symlstm.algebras import ALGEBRAS
from symlstm.cells import CELLS
from symlstm.derivations.spec import KEYS, TABLES
from symlstm.equations.activation_table import FAMILIES
from symlstm.errors import SYNONYMS, choices
from symlstm.losses import LOSSES
from symlstm.numbers.floats import FORMATS
from symlstm.runs.outputs import OUTPUTS
from symlstm.writers import FORMATS as DOCUMENTS

PLACES = {
    "activations": list(FAMILIES),
    "parameters": [name for family in FAMILIES.values() for name in family.parameters],
    "groups": [group for cell in CELLS.values() for group in cell.parameters],
    "each weight": list(LSTM(1).weights),
    "values": list(LSTM(1).computed),
    "values of a GRU": list(GRU(1).computed),
    "gates": ["i", "f", "c", "o"],
    "options": [field.name for cell in CELLS.values() for field in fields(cell)],
    "outputs": list(OUTPUTS),
    "tables": list(TABLES),
    "losses": list(LOSSES),
    "algebras": list(ALGEBRAS),
    "formats": list(FORMATS),
    "documents": list(DOCUMENTS),
    "cells": list(CELLS),
    "inputs": ["x"],
    **KEYS,
}
"""What is known, by where."""

PAIRS = [(theirs, ours) for ours, words in SYNONYMS.items() for theirs in words.split()]


def written(name):
    return "".join(character for character in name if character.isalnum()).casefold()


def test_each_name_in_the_table_is_known_somewhere():
    known = {name for names in PLACES.values() for name in names}
    assert set(SYNONYMS) <= known


@pytest.mark.parametrize(("theirs", "ours"), PAIRS)
def test_what_others_say_is_told_its_name_where_that_is_known(theirs, ours):
    assert written(theirs) != written(ours), "the letters alone say it"
    for names in PLACES.values():
        if ours in names and not {written(theirs)} & {written(name) for name in names}:
            message = choices(theirs, names)
            meant = message.partition("' is called '")[2].partition("' here")[0]
            assert written(theirs) in map(written, SYNONYMS[meant].split())
            assert meant in names


@pytest.mark.parametrize("place", PLACES)
def test_no_word_means_two_things_in_one_place(place):
    meanings = {}
    for theirs, ours in PAIRS:
        if ours in PLACES[place]:
            meanings.setdefault(written(theirs), set()).add(ours)
    several = {word: ours for word, ours in meanings.items() if len(ours) > 1}
    # A value g is c_tilde, and a gate g is c; a value that is the output is h, and a gate o.
    assert all(ours in ({"c_tilde", "c"}, {"h", "o"}) for ours in several.values()), several


@pytest.mark.parametrize(
    ("name", "known", "said"),
    [
        ("W", ["kernel", "bias"], "'W' is called 'kernel' here; known: kernel, bias"),
        ("w_ih", ["kernel", "bias"], "'w_ih' is called 'kernel' here; known: kernel, bias"),
        ("g", ["i", "f", "c", "o"], "'g' is called 'c' here; known: i, f, c, o"),
        ("g", ["c", "c_tilde"], "'g' is called 'c_tilde' here; known: c, c_tilde"),
        ("Hard-Tanh", ["tanh", "hard_tanh"], "did you mean 'hard_tanh'? known: tanh, hard_tanh"),
        ("lstm", ["LSTM"], "did you mean 'LSTM'? known: LSTM"),
        ("tahn", ["tanh", "relu"], "did you mean 'tanh'? known: tanh, relu"),
        ("W", ["W_i", "b_i"], "known: W_i, b_i"),
        ("quite another", ["tanh"], "known: tanh"),
        ("", ["tanh"], "known: tanh"),
        ("_", ["tanh"], "known: tanh"),
        (None, ["linear"], "known: linear"),
        (["W"], ["kernel"], "known: kernel"),
        ([10**5000], ["kernel"], "known: kernel"),
    ],
)
def test_the_word_that_was_given_and_the_one_that_is_meant(name, known, said):
    assert choices(name, known) == said


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("inputs", "'inputs' goes to run; "),
        ("x", "'x' is called 'inputs' here, which goes to run; "),
        ("Wi", "'Wi' is called 'W_i' here, which is a part; "),
        ("W_i", "'W_i' is a part; "),
        ("W_f", "'W_f' is called 'kernel' here; "),
        ("kernle", "did you mean 'kernel'? "),
        ("inptus", ""),
    ],
)
def test_what_is_known_elsewhere_is_sent_there(name, said):
    elsewhere = {"inputs": "goes to run", "W_i": "is a part"}
    assert choices(name, ["kernel"], elsewhere) == f"{said}known: kernel"


@given(st.text(max_size=8), st.lists(st.sampled_from([*SYNONYMS, "zeta"]), max_size=5))
def test_every_name_is_answered_with_all_that_is_known(name, known):
    said = choices(name, known, {"omega": "is elsewhere"})
    assert said.endswith(f"known: {', '.join(known) or 'none'}")
    assert said.startswith(("known: ", "did you mean ", repr(name)))
