"""What a derivation file says that an implementation gave, and the mistake that explains it."""

import re

import pytest

from symlstm import load
from symlstm.errors import SpecError, SymlstmError

FILE = """
[cell]
units = 1

[weights]
kernel = [[1, 2, -1, 0.5]]
recurrent_kernel = [[0.5, -1, 1, 0.25]]
bias = [0, 1, 0.5, -0.25]

[run]
inputs = [1, -1, 0.5]
algebra = "ball"

[actual]
{actual}
"""
# Printed by a program of NumPy in float32, with c = i * c + f * c_tilde.
SWAPPED = "sequence_out = [-0.2326348, 0.04947156, 0.0724291]"
RIGHT = "sequence_out = [-0.18301262, 0.03533995, 0.06109045]"


@pytest.fixture
def loaded(tmp_path):
    def load_with(actual, more=""):
        path = tmp_path / "one.derivation.toml"
        path.write_text(FILE.format(actual=actual) + more, "utf-8")
        return load(path)

    return load_with


@pytest.mark.parametrize("format_", ["latex", "markdown", "terminal"])
def test_a_document_says_which_equation_is_another_one(loaded, format_):
    text = loaded(SWAPPED).write(format_)
    assert "What an implementation gave" in text
    wrong = {"terminal": "c_t = i_t · c_{t-1} + f_t · c̃_t"}.get(format_)
    assert wrong is None or wrong in text


def test_both_cells_are_drawn_in_the_same_colours(loaded):
    drawn = loaded(SWAPPED).write("latex").split(r"\section{What an implementation gave}")[1]
    cells = drawn.split("and the implementation")
    colour = re.compile(r"\[[^]]*(Gate\w+)[^]]*\][^;]*?\$(\w|\\tilde c)_t\$\}")
    right, wrong = (set(colour.findall(cell)) for cell in cells)
    assert len(right) == 4
    assert right == wrong


def test_another_language_has_the_equations(loaded):
    told = " ".join(loaded(SWAPPED, "\n[document]\nlanguage = 'de'\n").write("terminal").split())
    assert "die eine andere Gleichung hat. Die Zelle berechnet c_t = f_t" in told
    assert "die Implementierung c_t = i_t · c_{t-1} + f_t · c̃_t" in told


def test_right_numbers_are_said_to_be_right(loaded):
    assert "They are right" in loaded(RIGHT).write("terminal")


@pytest.mark.slow
def test_numbers_that_nothing_explains_are_said_to_be_so(loaded):
    told = loaded("sequence_out = [0.5, -0.25, 0.75]").write("terminal")
    assert "neither does any mistake" in " ".join(told.split())


@pytest.mark.parametrize(
    ("actual", "more", "wanted"),
    [
        ("", "", "has no values"),
        ("sequence_out = [1, 2]", "", "shape"),
        ("sequence_ot = [1, 2, 3]", "", "did you mean 'sequence_out'"),
        ("sequence_out = ['a', 2, 3]", "", "sequence_out"),
        ("dtype = 'float31'\n" + SWAPPED, "", "float32"),
    ],
)
def test_what_is_no_run_is_an_error(loaded, actual, more, wanted):
    with pytest.raises(SymlstmError, match=wanted) as failure:
        loaded(actual, more).write("terminal")
    assert "[actual]" in str(failure.value) or "actual" in str(failure.value)


def test_symbols_have_no_implementation(tmp_path):
    path = tmp_path / "symbols.derivation.toml"
    path.write_text("[cell]\nunits = 1\n[run]\nsteps = 2\n[actual]\nsequence_out = [1, 2]", "utf-8")
    with pytest.raises(SpecError, match="is of a run with numbers"):
        load(path)
