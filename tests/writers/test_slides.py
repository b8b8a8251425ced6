"""Slides: they say what the page says, each line once, and their figures grow with the lines."""

import re
from pathlib import Path

import pytest
from own_cells import GRU, GRUAfter, IndRNN, Mean

from symlstm import LSTM, OnnxLSTM, ProjectedLSTM, hand_calculation, load
from symlstm.errors import OutputError
from symlstm.notation import LATEX, width
from symlstm.writers.document import TimeStep
from symlstm.writers.latex import LatexFormat
from symlstm.writers.screens import HEIGHT, NORMAL, SMALLEST, arranged, chunks

GALLERY = sorted((Path(__file__).parents[2] / "derivations").glob("*/*.derivation.toml"))
MAIN = [path for path in GALLERY if path.name.startswith(f"{path.parent.name}.")]
RATIONAL = {"activation": "softsign", "recurrent_activation": "hard_sigmoid"}
CELLS = {
    "GRU": GRU(units=1, **RATIONAL).bind(kernel=1, recurrent_kernel="1/2", bias=0),
    "GRUAfter": GRUAfter(units=1, **RATIONAL).bind(kernel=1, recurrent_kernel="1/2", bias=0),
    "IndRNN": IndRNN(units=2, activation="relu").bind(kernel=1, bias=0, own=1),
    "Mean": Mean(units=2, **RATIONAL).bind(kernel=1, recurrent_kernel=1, bias=0),
    "OnnxLSTM": OnnxLSTM(units=1, peepholes=True, output_activation="linear", **RATIONAL).bind(
        kernel=1, recurrent_kernel=1, bias=0, peephole=1
    ),
    "ProjectedLSTM": ProjectedLSTM(units=2, proj_size=1, **RATIONAL).bind(
        kernel=1, recurrent_kernel=1, bias=0, projection=1
    ),
}
FRAME = re.compile(r"\\begin\{frame\}(.*?)\\end\{frame\}", re.DOTALL)
SEEN = re.compile(r"\\(?:only|uncover)<(\d+)-?>\{")
GROWN = re.compile(r"\\now<(\d+)>\{(\$.*?\$) \$(?:=|\\approx)\$ \\later<(\d+)->\{\$(.*?)\$\}\}")


def widest_overfull(log):
    found = re.findall(r"Overfull \\[hv]box \(([\d.]+)pt", log)
    return max(map(float, found), default=0)


@pytest.mark.slow
@pytest.mark.latex
@pytest.mark.parametrize(
    ("name", "language"),
    [("article", "de"), ("constant-error-carousel", "en"), ("one-training-step", "de"),
     ("pocket-calculator", "en")],
)  # fmt: skip
def test_the_gallery_compiles_within_the_slides(compile_latex, root, name, language):
    derivation = load(root / f"derivations/{name}/{name}.derivation.toml")
    log = compile_latex(derivation.write("latex", kind="slides", language=language))
    assert widest_overfull(log) <= 10
    assert "undefined" not in log


@pytest.mark.latex
def test_notes_can_be_shown(compile_latex, article):
    shown = hand_calculation(article.run([1]), "latex", kind="slides", title="50% of $x_1 & {y}")
    log = compile_latex(shown.replace("%\\setbeameroption", "\\setbeameroption"))
    assert widest_overfull(log) <= 10


@pytest.mark.slow
@pytest.mark.latex
@pytest.mark.parametrize("case", ["four units", "products", "many sequences"])
def test_wide_and_high_lines_stay_on_the_slides(compile_latex, article, case):
    if case == "four units":
        layer = LSTM(4, 2, **RATIONAL).bind(kernel="1/3", recurrent_kernel="1/7", bias=1)
        shown = hand_calculation(layer.run([[1, 2], [3, 4]]).backward(), "latex", kind="slides")
    elif case == "products":
        layer = LSTM(2, **RATIONAL).bind(kernel="1/3", recurrent_kernel=-1, bias=1)
        shown = hand_calculation(layer.run(["1/7"]), "latex", kind="slides", steps=True)
    else:
        shown = hand_calculation(article.run([[[1], [2]]] * 12), "latex", kind="slides")
    assert widest_overfull(compile_latex(shown)) <= 10


@pytest.fixture
def told(monkeypatch):
    """Return slides, with the document that they are filled in with."""
    documents = []
    write = LatexFormat.write

    def noted(self, document, template=None):
        documents.append(document)
        return write(self, document, template)

    monkeypatch.setattr(LatexFormat, "write", noted)
    return lambda written: (written, documents[-1])


def steps_of(chapter):
    for sequence in chapter.sequences:
        yield "Time step {}", sequence.steps
        yield "Back at time step {}", sequence.backward.steps if sequence.backward else ()


def frames_of(text):
    """Return the contents of frames that have a title, in their order."""
    found = {}
    for frame in FRAME.findall(text):
        title = re.match(r"\{(.*)\}", frame)
        if title:
            found.setdefault(title[1], []).append(frame)
    return found


def bare(text):
    """Return mathematics without colours, overlays, and where its rows end."""
    marks = r"\\color\{\w+\}|\\boldsymbol|\\uncover<\d+->|\\quad|[\\{}&\s]"
    return re.sub(marks, "", text)


@pytest.mark.parametrize("path", MAIN, ids=lambda path: path.parent.name)
def test_every_line_of_the_page_is_on_a_slide_once_and_can_be_read(path, told):
    text, document = told(load(path).write("latex", kind="slides", language="en"))
    steps = [step for one in document.chapters for _, each in steps_of(one) for step in each]
    lines = [
        bare("".join(token.text for part in (line.left, *line.related(LATEX)) for token in part))
        for step in steps
        for line in step.lines
    ]
    shown = bare(text)
    for line in lines:
        assert shown.count(line) == sum(line in other for other in lines)
    assert not re.findall(r"\\(?:small|footnotesize|scriptsize|tiny)\b", text.split("document}")[1])
    assert all(float(scale) >= SMALLEST for scale in re.findall(r"scalebox\{([\d.]+)", text))


@pytest.mark.parametrize("name", CELLS)
@pytest.mark.parametrize("backward", [False, True])
def test_a_value_comes_into_the_figure_with_its_line(name, backward, told):
    trace = CELLS[name].run([1, "1/2"])
    subject = trace.backward() if backward else trace
    text, document = told(hand_calculation(subject, "latex", kind="slides"))
    frames = frames_of(text)
    for title, steps in steps_of(document.chapters[0]):
        for step in steps:
            (frame,) = frames[title.format(step.t)]
            arrangement = arranged(steps, steps[0].figure.size)
            order = arrangement.order(step)
            assert [*order.values()] == sorted({*order.values()})
            assert {*order} == {line.of for line in step.lines}
            later = {int(overlay) for overlay in re.findall(r"\\later<(\d+)->", frame)}
            assert later <= {*order.values()}
            assert {int(overlay) for overlay in re.findall(r"\\now<(\d+)>", frame)} == later
            assert len(later) >= len(order) - 1, "a line that no wire shows"


def test_the_last_overlay_has_the_values_of_the_trace(article):
    trace = article.run([1, 1, 1])
    frames = frames_of(hand_calculation(trace, "latex", kind="slides"))
    for t in (1, 2, 3):
        (frame,) = frames[f"Time step {t}"]
        for name, symbol in (("i", "i"), ("c_tilde", r"\tilde c"), ("c", "c"), ("h", "h")):
            value = str(trace.entries(name, t, 0)[0, 0])
            found = {(one[1], one[3]) for one in GROWN.findall(frame)}
            assert (f"${symbol}_{t}$", value) in found
        assert all(now == later for now, _, later, _ in GROWN.findall(frame))


def test_what_is_given_is_there_from_the_first_overlay(article):
    frames = frames_of(hand_calculation(article.run([1, 1]), "latex", kind="slides"))
    (frame,) = frames["Time step 2"]
    for symbol in ("x_2", "h_1", "c_1"):
        assert f"selectfont ${symbol}$ $=$ $1$}};" in frame
    assert [*map(int, SEEN.findall(frame))] == [1, 2, 3, 4, 5, 6, 7]


def test_notes_ask_for_the_next_value_and_say_what_it_needs(article):
    text = hand_calculation(article.run([1, 1]), "latex", kind="slides", figures=False)
    plain = re.sub(r"\{\\color\{\w+\}((?:[^{}]|\{[^{}]*\})*)\}", r"\1", text)
    asked = r"\note<5>{Next: $c_2$. Which values does it need?\par It needs $f_2$, $c_1$, $i_2$, "
    assert asked + r"$\tilde c_2$.}" in plain
    assert r"\note<7>{Next: time step 2. What goes into it?}" in plain
    german = hand_calculation(article.run([1, 1]), "latex", kind="slides", language="de")
    assert "Als Nächstes Zeitschritt 2: Was wird eingesetzt?" in german


def test_a_figure_that_cannot_be_read_is_left_out():
    layer = LSTM(2).bind(kernel="1 ± 1e-3", recurrent_kernel=1, bias=0)
    trace = layer.run([1, "0.5 ± 0.01"], algebra="ball")
    text = hand_calculation(trace, "latex", kind="slides")
    assert r"\uncover<2->" in text
    assert r"\later" not in text.split("document}")[1]


def test_many_time_steps_are_told_in_tables_unless_lines_are_asked_for(article):
    trace = article.run([0] * 50)
    assert "Time step" not in hand_calculation(trace, "latex", kind="slides")
    assert "Time step 13" in hand_calculation(
        article.run([0] * 13), "latex", kind="slides", worked=True
    )


def test_rows_of_a_line_stay_together_as_far_as_a_slide_is_high():
    layer = LSTM(9, 8, **RATIONAL).bind(kernel="-1/3", recurrent_kernel="1/7", bias="-2/3")
    told = []
    trace = layer.run([[1] * 8])
    write = LatexFormat.write
    try:
        LatexFormat.write = lambda self, document, template=None: told.append(document) or ""
        hand_calculation(trace, "latex", kind="slides", worked=True)
    finally:
        LatexFormat.write = write
    (step,) = told[0].chapters[0].sequences[0].steps
    for line in step.lines:
        parts = list(chunks(line, NORMAL, HEIGHT))
        rows = line.rows(NORMAL.room - width(line.left), LATEX)
        assert [row for part in parts for row in part] == rows
        assert all(len(part) == 1 or NORMAL.high(part) <= HEIGHT for part in parts)


def test_a_step_of_which_nothing_is_given_begins_with_its_figure():
    screens = list(arranged([step := TimeStep(1, (), ())], (100, 100)).screens(step))
    assert [(screen.line, screen.drawn) for screen in screens] == [(None, True)]


def test_slides_are_for_latex_and_pdf_alone(article):
    for name in ("markdown", "terminal"):
        with pytest.raises(OutputError, match="kind is 'slides'"):
            hand_calculation(article.run([1]), name, kind="slides")


def test_slides_are_held_to_what_their_file_generates(tmp_path):
    path = tmp_path / "mine.derivation.toml"
    path.write_text("[cell]\nunits = 1\n[run]\nsteps = 2\n")
    derivation = load(path)
    slides = tmp_path / "mine.tex"
    derivation.page(slides, kind="slides").write()
    first = slides.read_text("utf-8").partition("\n")[0]
    assert first == "% Generated by symlstm from mine.derivation.toml as slides"
    assert derivation.stale(slides) == ""
    slides.write_text(slides.read_text("utf-8") + "x")
    assert "--as slides" in derivation.stale(slides)
