import re

import pytest

from symlstm import LSTM, Dense, SimpleRNN, figure
from symlstm.errors import CellError, OutputError, TooLargeError
from symlstm.numbers.budget import budget


@pytest.fixture
def trace(article):
    return article.run([1, 1, 1])


def test_everything_has_a_usual_figure(article, trace):
    long = article.cell.bind(kernel=0, recurrent_kernel=0, bias=0).run([0] * 20)
    subjects = {
        "The cell LSTM": article.cell,
        "A network of one LSTM": article,
        "Time steps 1 to 3": trace,
        "Gates and states of LSTM over 20 time steps": long,
        "The backward pass, time steps 3 to 1": trace.backward(),
        "How c carries itself through 3 time steps": trace.state_jacobian("c"),
        "Norms of gradients over 3 time steps": [trace.backward(), trace.backward()],
    }
    for title, subject in subjects.items():
        assert repr(figure(subject)) == f"Figure({title!r})"


@pytest.mark.parametrize(
    "what", ["cell", "network", "steps", "reset", "backward", "carousel", "lines", "heat", "norms"]
)
def test_gradients_can_show_all_that_there_is(trace, what):
    shown = figure(trace.backward(), what=what)
    assert shown._repr_svg_() == shown.svg()
    assert shown.svg().count("<svg") == 1
    assert r"\begin{tikzpicture}" in shown.tikz()


def test_one_step_of_a_batch():
    layer = LSTM(1, activation=None, recurrent_activation=None).bind(
        kernel=1, recurrent_kernel=1, bias=0
    )
    trace = layer.run([[[1], [1]], [[2], [0]]])
    for sequence, value in ((0, 6), (1, trace[2].c[1, 0])):
        svg = figure(trace, step=2, sequence=sequence).svg()
        assert f'data-quantity="c" data-step="2" data-value="{value}"' in svg


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"what": "stpes"}, "what is 'stpes'; did you mean 'steps'"),
        ({"what": "backward"}, "what is 'backward'; .* of a trace"),
        ({"what": "step"}, "step is missing; say which, from 1"),
        ({"what": "reset", "step": 1}, "step is 1, and 'reset' shows no single step"),
        ({"step": 1.5}, "step is 1.5; give a whole number"),
        ({"sequence": 1}, "sequence is 1; give a whole number from 0 to 0"),
    ],
)
def test_what_cannot_be_shown_is_one_error(trace, options, message):
    with pytest.raises(OutputError, match=message):
        figure(trace, **options)


def test_a_step_that_there_is_not(trace):
    for subject in (trace, trace.backward()):
        for step in (0, 4):
            with pytest.raises(IndexError, match=f"there is no step {step}"):
                figure(subject, step=step)


def test_a_state_that_there_is_not(trace):
    with pytest.raises(CellError, match="has no state 'q'"):
        figure(trace, what="carousel", state="q")


def test_a_cell_without_states_carries_none():
    trace = Dense(1).bind(W_y=1, b_y=0).run([1])
    with pytest.raises(OutputError, match="has no states, so that none is carried"):
        figure(trace, what="carousel")


def test_what_is_no_subject():
    for subject in (3, "lstm", [], [1], None):
        with pytest.raises(OutputError, match="there is no figure of"):
            figure(subject)


def test_more_steps_than_can_be_drawn_are_refused_before_they_are():
    layer = SimpleRNN(1, activation=None).bind(kernel=0, recurrent_kernel=0, bias=0)
    trace = layer.run([0] * 30)
    with (
        budget(drawn_values=50),
        pytest.raises(TooLargeError, match="a picture of 30 time steps: that comes to 60 values"),
    ):
        figure(trace, what="steps")


def test_it_is_saved_once_and_again_but_not_over_what_is_not_a_figure(tmp_path, trace):
    shown = figure(trace, step=1)
    for suffix in (".svg", ".tex"):
        path = tmp_path / f"step{suffix}"
        shown.save(path)
        first = path.read_text()
        shown.save(str(path))
        assert path.read_text() == first
        assert "CC0" in first
        path.write_text("mine")
        with pytest.raises(OutputError, match="symlstm did not make it"):
            shown.save(path)
        shown.save(path, force=True)
        assert path.read_text() == first


def test_a_pdf_is_the_same_every_time_and_known_again(tmp_path, trace, compile_latex):
    del compile_latex  # which skips the test where there is no LaTeX
    path = tmp_path / "step.pdf"
    figure(trace, step=1).save(path)
    first = path.read_bytes()
    assert first.startswith(b"%PDF")
    figure(trace, step=1).save(path)
    assert path.read_bytes() == first


def test_a_pdf_without_latex_is_one_error(tmp_path, trace, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(OutputError, match=r"none of pdflatex.* is installed.*write a \.tex"):
        figure(trace, step=1).save(tmp_path / "step.pdf")
    assert not list(tmp_path.iterdir())


def test_another_suffix_is_one_error(tmp_path, trace):
    with pytest.raises(OutputError, match=re.escape("end it in .svg, .tex, .pdf")):
        figure(trace, step=1).save(tmp_path / "step.png")
