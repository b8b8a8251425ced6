"""Figures as pdflatex sets them: they compile, and every text has the room that was kept for it."""

import re
from pathlib import Path
from random import Random

import pytest
from drawn_runs import KINDS, gallery, random_run
from every_cell import EVERY_KIND
from own_cells import EVERY

from symlstm import figure
from symlstm.figures.scene import TEXT, Box, Label, pieces
from symlstm.figures.tikz import UNIT, standalone

DOCUMENT = r"""\documentclass{article}
\usepackage[T1]{fontenc}
\usepackage[utf8]{inputenc}
\usepackage{lmodern,amsmath,amssymb,tikz}
\usepackage[paperwidth=4000pt,paperheight=2000pt,margin=20pt]{geometry}
\begin{document}
%s
\end{document}
"""
SET = r"\setbox0\hbox{\fontsize{%.3fpt}{12pt}\selectfont %s}\typeout{room \the\wd0}"


@pytest.fixture(scope="module")
def figures():
    random = Random(2)
    runs = [
        random_run(random, kind, *random.choice([*KINDS.values()]))
        for kind in (*EVERY_KIND, *EVERY)
    ]
    own = [figure(run, what=what) for run in runs for what in ("steps", "network")]
    return [*(drawn.figure for drawn in gallery(Path(__file__).parents[2])), *own]


def labels(figures):
    """Yield every label of figures, those in nodes, too."""
    for piece in (p for drawn in figures for p in pieces(drawn.scene.groups)):
        found = piece.label if isinstance(piece, Box) else piece
        if isinstance(found, Label):
            yield found


@pytest.mark.slow
@pytest.mark.latex
def test_texts_have_the_room_that_was_kept_for_them(compile_latex, figures):
    texts = {
        (text, label.size, label.bold)
        for label in labels(figures)
        for text in ((label.head,) if label.head else ()) + label.column
    }
    lines = [
        SET % (size * UNIT, rf"\bfseries\boldmath {text.latex}" if bold else text.latex)
        for text, size, bold in texts
    ]
    log = compile_latex(DOCUMENT % "\n".join(lines))
    taken = [float(width) for width in re.findall(r"^room ([\d.]+)pt", log, re.MULTILINE)]
    assert len(taken) == len(texts) > 100
    wide = {
        text.plain: (width, room)
        for (text, size, _), width in zip(texts, taken, strict=True)
        if width > (room := text.width * size / TEXT * UNIT) + 0.5
    }
    assert wide == {}


@pytest.mark.slow
@pytest.mark.latex
def test_figures_compile_in_one_document(compile_latex, figures):
    shown = "\n\\clearpage\n".join(f"\\noindent {drawn.tikz()}" for drawn in figures[::7])
    log = compile_latex(DOCUMENT % shown)
    assert "Overfull" not in log


@pytest.mark.latex
def test_a_figure_is_a_page(compile_latex, article):
    drawn = figure(article.run([1, 1, 1]))
    log = compile_latex(standalone(drawn.scene))
    assert "Overfull" not in log
    assert "Output written on document.pdf (1 page" in log
