"""The table [exercise] of a derivation file: what it takes, and what it says of anything else."""

import pytest
from flint import fmpq

from symlstm.derivations.exercise import Blanks, Bounds, Place
from symlstm.derivations.spec import load
from symlstm.errors import SpecError
from symlstm.exercises.places import gradient_names, places

GOOD = """
[cell]
units = 1
activation = "linear"
recurrent_activation = "linear"
[weights]
kernel = 1
recurrent_kernel = 1
bias = 0
[run]
inputs = [1, 1]
"""
TRAINING = '[training]\ntargets = [1]\nloss = "half_squared_error"\nlearning_rate = 1\n'


@pytest.fixture
def read(tmp_path):
    def read_text(text):
        path = tmp_path / "mine.derivation.toml"
        path.write_text(text, encoding="utf-8")
        return load(path)

    return read_text


def blanks(derivation):
    return [*derivation.exercise.blanks.among(places(derivation.subject))]


def test_without_the_table_all_values_are_blanks_and_nothing_varies(read):
    derivation = read(GOOD)
    assert blanks(derivation) == [*places(derivation.subject)]
    assert derivation.exercise.vary == {}
    assert derivation.exercise.bounds == Bounds()
    assert read(f'{GOOD}[exercise]\nblanks = "all"').exercise.blanks == Blanks()


@pytest.mark.parametrize(
    ("table", "found"),
    [
        ("from = 2", ["i_2", "f_2", "c_tilde_2", "o_2", "c_2", "h_2"]),
        ('names = ["h", "c"]', ["c_1", "h_1", "c_2", "h_2"]),
        ("every = 5", ["c_1", "o_2"]),
        ('from = 2, names = ["h", "c", "i"], every = 2', ["c_2"]),
        ("names = []", []),
    ],
)
def test_blanks_are_from_a_step_on_of_some_names_every_nth(read, table, found):
    derivation = read(f"{GOOD}[exercise]\nblanks = {{{table}}}")
    assert [f"{name}_{step}" for name, step in blanks(derivation)] == found


def test_gradients_are_named_by_what_they_are_by(read):
    table = 'blanks = {from = 2, gradients = ["W_i", "c", "z_o"]}'
    derivation = read(f"{GOOD}[backward]\n[exercise]\n{table}")
    found = [Place("delta_o", 2), Place("c_bar", 2), Place("W_bar_i", None)]
    assert sorted(blanks(derivation), key=str) == sorted(found, key=str)


def test_every_gradient_on_a_page_has_a_name(read):
    derivation = read(f"{GOOD}[backward]")
    page = {place for place in places(derivation.subject) if "bar" in place.name}
    assert page <= {*gradient_names(derivation.subject).values()}
    assert Place("h_bar", 0) in page


def test_what_is_named_alone_has_a_range_of_its_own(read):
    vary = 'W_f = {from = "1/2", to = 2, step = "1/2"}, kernel = [-3, 3], bias = {i = [0, 1]}'
    found = read(f"{GOOD}[exercise]\nvary = {{{vary}}}").exercise.vary
    assert set(found) == {"W_i", "W_f", "W_c", "W_o", "b_i"}
    assert (found["W_f"].low, found["W_f"].count) == (fmpq(1, 2), 4)
    assert (found["W_i"].low, found["W_i"].step, found["W_i"].count) == (-3, 1, 7)


@pytest.mark.parametrize(
    ("exercise", "said"),
    [
        ("blank = 1", r"\[exercise\] has no key 'blank'; did you mean 'blanks'\?"),
        ("blanks = 3", r'blanks is 3; give "all", or a table such as \{from = 2\}'),
        ("blanks = {form = 2}", r"\[exercise.blanks\] has no key 'form'; did you mean 'from'\?"),
        ("blanks = {from = 0}", "from is 0; give a whole number, 1 or more"),
        ("blanks = {every = 1.5}", "every is 1.5; give a whole number"),
        ('blanks = {names = ["g"]}', "has no key 'g' in names; 'g' is called 'c_tilde' here"),
        ('blanks = {names = "h"}', r"names is 'h'; give a list of names"),
        ('blanks = {gradients = ["c"]}', r"gradients are those of \[backward\]; give it, too"),
        ("vary = [1, 2]", r"vary is \[1, 2\]; make it a table"),
        ("vary = {kernle = [1, 2]}", "has no key 'kernle'; did you mean 'kernel'"),
        ("vary = {kernel = 3}", r"kernel is 3; give integers, \[-3, 3\], or \{from"),
        ("vary = {kernel = [1, 2, 3]}", r"kernel is \[1, 2, 3\]; give integers"),
        ("vary = {kernel = [0.5, 2]}", "give integers"),
        ("vary = {kernel = [3, 1]}", "kernel is from 3 to 1; give the lower end first"),
        ("vary = {kernel = {from = 1}}", "kernel has no 'to'; give integers"),
        ("vary = {kernel = {from = 1, to = 2, step = 0}}", "kernel.step is 0; give a number above"),
        ('vary = {kernel = {from = "x", to = 2}}', "kernel.from is 'x', which is no finite number"),
        ("vary = {kernel = {i = [0, 1], g = [0, 1]}}", r"\[exercise.vary.kernel\] has no key 'g'"),
        ("vary = {inputs = [0, 10000000]}", "more numbers than can be drawn from"),
        ("bounds = {size = 0}", "size is 0; give a number above 0"),
        ("bounds = {denominator = 0}", "denominator is 0; give a whole number, 1 or more"),
        ("bounds = {denominators = 1}", "did you mean 'denominator'"),
    ],
)
def test_what_the_table_cannot_be_is_said_with_a_mend(read, exercise, said):
    with pytest.raises(SpecError, match=said):
        read(f"{GOOD}[exercise]\n{exercise}")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (GOOD + TRAINING, r"\[exercise\] is not for \[training\]; ask for gradients"),
        ("[cell]\nunits = 1\n[run]\nsteps = 2\n", r"\[exercise\] needs numbers .*give \[weights\]"),
    ],
)
def test_there_is_no_exercise_of_trainings_and_symbols(read, text, said):
    text = text.replace("inputs = [1, 1]", "inputs = [[1, 1]]") if "training" in text else text
    assert read(text).exercise is None
    with pytest.raises(SpecError, match=said):
        read(f"{text}[exercise]")


def test_a_key_of_the_table_is_told_where_it_belongs(read):
    with pytest.raises(SpecError, match=r"\[run\] has no key 'vary'.*belongs in \[exercise\]"):
        read(f"{GOOD}vary = 1")
