"""Hand calculations with figures: which ones, where they stand, and that they compile."""

import re
from importlib import resources

import pytest

from symlstm import LSTM, SimpleRNN, hand_calculation
from symlstm.errors import OutputError, TooLargeError
from symlstm.numbers.budget import budget
from symlstm.writers import Topic, write
from symlstm.writers.illustrated import FIGURES
from symlstm.writers.markdown import MarkdownFormat

RATIONAL = {"activation": "hard_tanh", "recurrent_activation": "hard_sigmoid"}
NUMBERS = {"kernel": 1, "recurrent_kernel": 1, "bias": 0}
CELL, STEPS = ["The cell LSTM"], ["Time step 1", "Time step 2"]
RESET = ["The states are set back to zero"]
WHOLE = [*CELL, *STEPS, *RESET]
BACK = ["The backward pass, at time step 2", "The backward pass, at time step 1"]
CAROUSEL = "How c carries itself through 2 time steps"


def run(units=1, steps=2, **options):
    return LSTM(units, **RATIONAL).bind(**NUMBERS).run([1] * steps, **options)


def titles(page):
    """Return what the pictures of a page are called, in their order."""
    return re.findall(r"\{!\}\{%\n% (.*)\n", page)


def figures(subject, **options):
    return titles(hand_calculation(subject, "latex", **options))


def test_a_trace_has_its_cell_its_steps_and_its_reset(article):
    assert figures(article.run([1, 1])) == WHOLE
    kept = article.run([1, 1], stateful=True)
    assert figures(kept)[-1] == "The states are kept for the next sequence"


def test_gradients_have_theirs_from_the_last_step_to_the_first(article):
    gradients = article.run([1, 1]).backward()
    assert figures(gradients) == CELL + STEPS + BACK + RESET
    assert figures(gradients, state_jacobian="c") == [*CELL, *STEPS, *BACK, CAROUSEL, *RESET]


def test_each_stands_below_its_heading(article):
    page = hand_calculation(article.run([1, 1]).backward(), "latex", state_jacobian="c")
    sections = re.split(r"\\section(?={)", page.partition(r"\begin{document}")[2])
    found = {s.partition("\n")[0].strip("{}"): titles(s) for s in sections if titles(s)}
    assert found == {
        "The cell": CELL,
        "Time step 1": STEPS[:1],
        "Time step 2": STEPS[1:],
        "After the sequence": RESET,
        "Back at time step 2": BACK[:1],
        "Back at time step 1": BACK[1:],
        r"\texorpdfstring{How $c$ carries its gradient}{How a state carries its gradient": [
            CAROUSEL
        ],
    }


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (True, [*CELL, *STEPS, *BACK, CAROUSEL, *RESET]),
        (False, []),
        ([], []),
        (["cell"], CELL),
        (("carousel", "steps"), [*STEPS, CAROUSEL]),
        (["reset", "backward"], [*BACK, *RESET]),
    ],
)
def test_they_are_those_that_are_asked_for(article, wanted, found):
    gradients = article.run([1, 1]).backward()
    assert figures(gradients, state_jacobian="c", figures=wanted) == found


def test_those_that_do_not_apply_are_left_out(article):
    assert figures(article.run([1]), figures=["backward", "carousel", "cell"]) == WHOLE[:1]
    assert figures(article.run([1]), worked=False) == [WHOLE[0], WHOLE[3]]


def test_a_page_has_room_for_small_cells_and_few_steps():
    assert len(figures(run(units=3))) == 4
    assert figures(run(units=4)) == ["The cell LSTM"]
    assert len(figures(run(units=4), figures=True)) == 4
    assert len(figures(run(steps=12))) == 14
    assert figures(run(steps=13)) == ["The cell LSTM", "The states are set back to zero"]
    assert len(figures(run(steps=13), figures=True)) == 15


def test_the_steps_of_all_sequences_count():
    layer = LSTM(1, **RATIONAL).bind(**NUMBERS)
    assert len(figures(layer.run([[[1], [1]]] * 6))) == 14
    assert len(figures(layer.run([[[1], [1]]] * 7))) == 2


def test_symbols_have_the_cell_alone_unless_they_are_asked_for():
    gradients = LSTM(2).unroll(2).backward()
    assert figures(gradients) == WHOLE[:1]
    assert figures(gradients, figures=True) == [*WHOLE[:3], *BACK]


def test_trainings_have_the_cell(article):
    training = article.fit([[1, 1]], [1], loss="half_squared_error", learning_rate=1)
    assert figures(training) == WHOLE[:1]
    assert figures(training, worked=True, figures=True) == WHOLE[:1]


@pytest.mark.parametrize("wanted", ["cell", 1, ["cel"], [["cell"]], {"cell": 1}, ["cell", None]])
def test_what_is_no_figure_is_an_error(article, wanted):
    with pytest.raises(OutputError, match=", ".join(FIGURES)) as caught:
        hand_calculation(article.run([1]), "latex", figures=wanted)
    assert caught.value.argument == "figures"


@pytest.mark.parametrize("format", ["markdown", "terminal"])
def test_a_text_alone_has_none(article, format):
    trace = article.run([1])
    page = hand_calculation(trace, format)
    assert "![" not in page
    assert hand_calculation(trace, format, figures=False) == page
    with pytest.raises(OutputError, match="symlstm derive"):
        hand_calculation(trace, format, figures=["cell"])


def test_markdown_shows_files_in_a_folder_with_words_for_them(article):
    chosen = MarkdownFormat("my page.figures")
    page = write([Topic(article.run([1, 1]).backward()), Topic(LSTM(1).unroll(1))], chosen)
    shown = re.findall(r"!\[(.+)\]\(my%20page\.figures/(.*)\)", page)
    assert [name for _, name in shown] == [
        *("cell.svg", "step-1.svg", "step-2.svg"),
        *("backward-2.svg", "backward-1.svg", "reset.svg", "chapter-2-cell.svg"),
    ]
    assert list(chosen.files) == [name for _, name in shown]
    assert len({words for words, _ in shown[:-1]}) == len(shown) - 1
    assert all(drawing.startswith("<!-- Generated by") for drawing in chosen.files.values())
    assert 'data-value="12"' in chosen.files["step-2.svg"]


def test_sequences_of_a_batch_have_names_of_their_own(article):
    chosen = MarkdownFormat("x.figures")
    write([Topic(article.run([[[1]], [[2]]], stateful=True).backward())], chosen)
    steps = {"step-1.svg", "reset.svg", "backward-1.svg"}
    assert set(chosen.files) == {"cell.svg"} | {f"sequence-{k}-{n}" for k in (1, 2) for n in steps}


def test_what_would_be_too_much_to_draw_is_refused():
    trace = run(steps=5)
    with budget(drawn_values=10), pytest.raises(TooLargeError, match="drawn_values"):
        hand_calculation(trace, "latex")


def test_colours_are_defined_once(article):
    page = hand_calculation(article.run([1, 1]).backward(), "latex")
    defined = re.findall(r"\\definecolor\{(\w+)\}", page)
    assert sorted(defined) == ["GateBlue", "GateGreen", "GatePurple", "GateVermillion"]


def test_a_page_without_figures_loads_nothing_for_them(article):
    assert "tikz" not in hand_calculation(article.run([1]), "latex", figures=False)


OLD = r"""<% from "latex/macros.jinja" import stepped %>
\documentclass{article}
\usepackage{amsmath,booktabs}
\begin{document}
<< document.title >>
<% for chapter in document.chapters %>
<< chapter.equations | display >>
<% for sequence in chapter.sequences %>
<< stepped(sequence.steps, "section", "step.heading") | safe >>
<% endfor %>
<% include "latex/backward.jinja" %>
<% endfor %>
\end{document}
"""
"""A template that was copied before there were figures, which stands on parts of ours."""


@pytest.mark.latex
def test_a_template_that_knows_no_figures_has_none(article, tmp_path, compile_latex):
    template = tmp_path / "old.tex.jinja"
    template.write_text(OLD)
    gradients = article.run([1, 1]).backward()
    page = hand_calculation(gradients, "latex", template=template)
    assert "tikz" not in page
    assert "drawings" not in page
    compile_latex(page)


@pytest.mark.latex
def test_a_template_has_figures_once_it_loads_their_packages(article, tmp_path, compile_latex):
    template = tmp_path / "new.tex.jinja"
    packages = r"\usepackage{amsmath,booktabs}<< document.figures | packages >>"
    template.write_text(OLD.replace(r"\usepackage{amsmath,booktabs}", packages))
    page = hand_calculation(article.run([1, 1]).backward(), "latex", template=template)
    assert titles(page) == WHOLE[1:3] + BACK
    assert "drawings" in page
    assert r"\definecolor{GateGreen}" in page
    compile_latex(page)


@pytest.mark.latex
@pytest.mark.parametrize("case", ["gradients", "balls", "long numbers", "no gates", "symbols"])
def test_pages_compile_and_no_figure_is_wider_than_the_text(case, article, compile_latex):
    subject = {
        "gradients": lambda: article.run([1, 1, 1]).backward(),
        "balls": lambda: LSTM(3).bind(**NUMBERS).run([1, -1], algebra="ball").backward(),
        "long numbers": lambda: article.run([1] * 8),
        "no gates": lambda: SimpleRNN(2).unroll(2),
        "symbols": lambda: LSTM(1).unroll(2).backward(),
    }[case]()
    log = compile_latex(hand_calculation(subject, "latex", state_jacobian="h", figures=True))
    wide = [float(width) for width in re.findall(r"Overfull \\hbox \(([\d.]+)pt", log)]
    assert max(wide, default=0) <= 10


def test_templates_of_ours_load_packages_before_the_page_begins():
    own = (resources.files("symlstm.writers") / "templates/latex.tex.jinja").read_text("utf-8")
    assert own.index("document.figures | packages") < own.index(r"\begin{document}")
