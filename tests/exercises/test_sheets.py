"""Sheets and keys: what is asked for stands on the key alone, and is what the engine computes."""

import re
import sys

import pytest
from own_cells import GRU

from symlstm.command import cli
from symlstm.derivations.derivation import Derivation
from symlstm.derivations.exercise import Blanks, Exercise
from symlstm.derivations.spec import load
from symlstm.errors import NumberError, OutputError, SpecError
from symlstm.exercises import sheets, variation
from symlstm.exercises.places import places

FILE = """
title = "Homework"
[cell]
type = "{cell}"
units = 1
activation = "linear"
recurrent_activation = "linear"
[weights]
kernel = {kernel}
recurrent_kernel = {recurrent_kernel}
bias = {bias}
[run]
inputs = [11, 17]
{further}
"""
LSTM = {
    "cell": "LSTM",
    "kernel": "[[101, 103, 107, 109]]",
    "recurrent_kernel": "[[1, 0, 0, 1]]",
    "bias": "[3, 5, 7, 9]",
    "further": "",
}
"""Numbers whose results are long, so that none of them stands anywhere by chance."""
BACKWARD = "[backward]\ngrad_state_h = 1\n"
BLANKS = [
    '"all"',
    "{from = 2}",
    '{names = ["c", "h"]}',
    "{every = 3}",
    '{names = ["f"], gradients = ["W_i", "c"]}',
]
FORMATS = [".tex", ".md"]


@pytest.fixture
def made(tmp_path):
    """Load a file with what is further in it."""

    def made_(further="", **options):
        path = tmp_path / "mine.derivation.toml"
        path.write_text(FILE.format(**{**LSTM, **options, "further": further}), encoding="utf-8")
        return load(path, written=True)

    return made_


def values(derivation):
    """Return the values of a page as it spells them, by place."""
    subject = derivation.subject
    trace = derivation.trace
    return {
        place: str(trace.entries(place.name, place.step or (1 if place.step is None else 0))[0, 0])
        for place in places(subject)
    }


def numbers(text):
    return re.findall(r"(?<![\d.])-?\d{4,}(?![\d.])", text)


def told(page):
    """Return what a page says, its figures too, without the places of what is drawn."""
    figures = [re.sub(r' (?:id|d|x|y|class)="[^"]*"', "", svg) for svg in page.figures.values()]
    text = re.sub(r"\\begin\{tikzpicture\}.*?\\end\{tikzpicture\}", _labels, page.text, flags=re.S)
    return "\n".join([text, *figures])


def _labels(picture):
    return "\n".join(re.findall(r"\{\\fontsize.*\};", picture[0]))


@pytest.mark.slow
@pytest.mark.parametrize("suffix", FORMATS)
@pytest.mark.parametrize("blanks", BLANKS)
def test_no_answer_stands_on_the_sheet_and_every_one_on_the_key(made, tmp_path, blanks, suffix):
    derivation = made(f"{BACKWARD}[exercise]\nblanks = {blanks}\n")
    every = values(derivation)
    asked = derivation.exercise.blanks.among(places(derivation.subject))
    found = sheets(derivation)
    sheet, key = found.sheet(tmp_path / f"s{suffix}"), found.key(tmp_path / f"k{suffix}")
    shown = set(numbers(told(sheet)))
    given = {every[place] for place in every if place not in asked}
    for place in asked:
        if len(every[place]) > 3 and every[place] not in given:
            assert every[place] not in shown, place
        assert every[place] in key.text, place
    assert sheet.text.count(r"\underline") >= len(asked)
    assert r"\underline" not in key.text


@pytest.mark.parametrize("suffix", FORMATS)
def test_every_line_of_a_blank_is_boxed_on_the_key(made, tmp_path, suffix):
    derivation = made("[exercise]\nblanks = {from = 2}\n")
    key = sheets(derivation).key(tmp_path / f"k{suffix}")
    boxed = re.findall(r"\\boxed\{(?:\\boldsymbol\{)?(-?\d+)", key.text)
    every = values(derivation)
    assert sorted(boxed) == sorted(every[p] for p in every if p.step == 2)


def test_wires_of_a_step_that_asks_are_empty_and_others_are_not(made, tmp_path):
    sheet = sheets(made("[exercise]\nblanks = {from = 2}\n")).sheet(tmp_path / "s.md")
    first, second = sheet.figures["step-1.svg"], sheet.figures["step-2.svg"]
    assert 'data-quantity="c"' in second
    assert not re.search(r'data-quantity="[ifoch]\w*" data-step="2" data-value', second)
    assert re.search(r'data-quantity="c" data-step="1" data-value="\d+"', first)
    assert re.search(r'data-quantity="x" data-step="2" data-value="17"', second)


def test_sums_over_sequences_are_asked_for_too(made, tmp_path):
    derivation = made(BACKWARD + "[exercise]\n")
    path = tmp_path / "mine.derivation.toml"
    text = path.read_text(encoding="utf-8").replace("[11, 17]", "[[[11], [17]], [[13], [19]]]")
    path.write_text(text, encoding="utf-8")
    derivation = load(path, written=True)
    found = sheets(derivation)
    total = str(derivation.subject["W_i"].item())
    assert len(total) > 6
    assert total in found.key(tmp_path / "k.md").text
    assert total not in told(found.sheet(tmp_path / "s.md"))


def test_a_cell_of_ones_own_has_sheets(tmp_path):
    cell = GRU(1, activation="linear", recurrent_activation="linear")
    subject = cell.bind(kernel=1009, recurrent_kernel=1013, bias=1019).run([103, 107]).backward()
    asked = Exercise(Blanks(start=2))
    derivation = Derivation(tmp_path / "own", "Own", subject, (), {}, exercise=asked)
    found = sheets(derivation)
    sheet, key = found.sheet(tmp_path / "s.md"), found.key(tmp_path / "k.md")
    answer = str(subject.adjoints.entries("h", 2)[0, 0])
    assert answer in key.text
    assert answer not in told(sheet)


VARIED = """[exercise]
blanks = {from = 2}
vary = {kernel = [-2, 2], recurrent_kernel = [-1, 1], bias = [0, 1], inputs = [-2, 2]}
"""


@pytest.mark.parametrize("language", ["en", "de"])
def test_copies_have_names_and_numbers_of_their_own_and_one_key(made, tmp_path, language):
    derivation = made(VARIED)
    found = sheets(derivation, seed=7, students=3)
    words = {"en": "Copy {}, seed 7", "de": "Exemplar {}, Startwert 7"}[language]
    key = found.key(tmp_path / "k.md", language).text
    parts = key.split("# ")
    for number in (1, 2, 3):
        one = found.sheet(tmp_path / "s.md", number, language).text
        assert words.format(number) in one
        assert words.format(number) in key
        copy = variation(derivation, seed=7, copy=number)
        line = f"h_2 = {copy.trace['h'][1]}"
        for value in values(copy).values():
            assert value in key
        assert copy.trace.given.inputs.tolist() == found.copies[number].trace.given.inputs.tolist()
        assert line
    assert sum("aligned" in part for part in parts) > 6
    whole = found.sheet(tmp_path / "s.md", None, language).text
    assert all(words.format(number) in whole for number in (1, 2, 3))


@pytest.mark.slow
@pytest.mark.latex
def test_sheets_and_keys_compile_with_every_reference(made, tmp_path, compile_latex):
    found = sheets(made(BACKWARD + VARIED), seed=1, students=2)
    for page in (found.sheet(tmp_path / "s.tex", None, "de"), found.key(tmp_path / "k.tex")):
        compile_latex(page.text)
        log = compile_latex(page.text)
        assert "undefined" not in log
        assert "Overfull" not in log
        assert "multiply defined" not in log


def test_rounded_results_do_not_stand_below_a_sheet(made, tmp_path):
    derivation = made("[exercise]\n", bias='["1/3", 1, 1, 1]\n')
    text = (tmp_path / "mine.derivation.toml").read_text()
    rounded = text.replace("inputs =", 'rounding = "each line"\ndigits = 4\ninputs =')
    path = tmp_path / "rounded.derivation.toml"
    path.write_text(rounded)
    found = sheets(load(path, written=True))
    assert "How far the rounding leads" not in found.sheet(tmp_path / "s.md").text
    assert "How far the rounding leads" in found.key(tmp_path / "k.md").text
    assert derivation.exercise is not None


@pytest.fixture
def run(made, monkeypatch, capsys, tmp_path):
    """Run ``symlstm exercise``; return the exit code and what it says on standard error."""

    def run_(*options, further=VARIED):
        made(further)
        monkeypatch.chdir(tmp_path)
        monkeypatch.setattr(sys, "argv", ["symlstm", "exercise", "mine.derivation.toml", *options])
        with pytest.raises(SystemExit) as caught:
            cli.main()
        return caught.value.code, capsys.readouterr().err

    return run_


def test_the_command_writes_a_file_for_each_student_and_one_key(run, tmp_path):
    assert run("-o", "s-{copy}.md", "--key", "key.md", "--students", "10") == (0, "")
    names = sorted(path.name for path in tmp_path.glob("*.md"))
    assert names == ["key.md", *(f"s-{number:02}.md" for number in range(1, 11))]
    first = (tmp_path / "s-03.md").read_text(encoding="utf-8")
    assert run("-o", "one.md", "--copy", "3") == (0, "")
    again = (tmp_path / "one.md").read_text(encoding="utf-8")
    assert again.replace("one.figures", "s-03.figures") == first


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["-o", "s.ipynb"], "end it in .tex, .pdf or .md"),
        (["-o", "s.md", "--key", "s.md"], "name another file for the key"),
        (["-o", "s.md", "--students", "0"], "1 or more"),
        (["-o", "s.md", "--students", "2", "--copy", "1"], "leave one of them out"),
        (["-o", "s.md", "--language", "xx"], "known: de, en"),
        (["-o", "mine.derivation.toml"], "end it in .tex, .pdf or .md"),
        (["-o", "mine.tex"], "is where the page itself goes"),
        (["-o", "s.md", "--key", "k{copy}.md"], "is one for all copies"),
        (["-o", "s{copy}.md", "--key", "s2.md", "--students", "2"], "another file of these"),
        (["-o", "s.md", "--key", "nowhere/k.md"], "nowhere/k.md: cannot be written"),
    ],
)
def test_what_cannot_be_is_an_error_and_nothing_is_written(run, tmp_path, options, message):
    code, said = run(*options)
    assert code == 2
    assert message in said
    assert [path.name for path in tmp_path.iterdir()] == ["mine.derivation.toml"]


def test_there_is_no_sheet_of_symbols_or_trainings_or_of_copies_that_do_not_differ(root, made):
    symbols = load(root / "derivations/symbolic-weights/symbolic-weights.derivation.toml")
    training = load(root / "derivations/one-training-step/one-training-step.derivation.toml")
    for derivation, message in ((symbols, "give"), (training, "ask for gradients")):
        with pytest.raises(SpecError, match=message):
            sheets(derivation)
    with pytest.raises(SpecError, match="nothing varies"):
        sheets(made(), seed=1)
    with pytest.raises(NumberError, match="leave one of them out"):
        sheets(made(VARIED), copy=1, students=2)
    with pytest.raises(OutputError, match="end it in"):
        sheets(made(VARIED)).sheet(root / "s.ipynb")


def test_there_is_no_sheet_on_which_nothing_is_left_out(made):
    with pytest.raises(SpecError, match="blanks leaves nothing out"):
        sheets(made("[exercise]\nblanks = {from = 9}\n"))
    with pytest.raises(SpecError, match="no key 'z_i' in names"):
        made('[exercise]\nblanks = {names = ["z_i"]}\n')


@pytest.mark.parametrize("suffix", FORMATS)
def test_a_gradient_does_not_tell_the_pre_activation_of_what_is_left_out(tmp_path, suffix):
    text = FILE.format(**{**LSTM, "further": '[backward]\n[exercise]\nblanks = {names = ["o"]}\n'})
    path = tmp_path / "mine.derivation.toml"
    text = text.replace('recurrent_activation = "linear"', 'recurrent_activation = "softsign"')
    path.write_text(text, encoding="utf-8")
    found = sheets(load(path))
    sheet, key = found.sheet(tmp_path / f"s{suffix}").text, found.key(tmp_path / f"k{suffix}").text
    assert "(1208)" in key
    assert "1208" not in sheet
