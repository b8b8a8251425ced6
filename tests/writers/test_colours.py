"""Each gate has one colour, wherever its symbols stand; all else is as it was without colours."""

import re
from importlib import resources

import pytest
from coloured import coloured, uncoloured
from own_cells import GRU

from symlstm import LSTM, Equation, GatedCell, PeepholeLSTM, SimpleRNN, hand_calculation
from symlstm.equations.expression import add, multiply
from symlstm.notation.palette import PALETTE
from symlstm.writers import FORMATS, Topic, write
from symlstm.writers.terminal import TerminalFormat

RATIONAL = {"activation": "hard_tanh", "recurrent_activation": "hard_sigmoid"}
NUMBERS = {"kernel": "1/3", "recurrent_kernel": "-1/2", "bias": 1}
SHADES = {
    "latex": ("Green", "Vermillion", "Blue", "Purple"),
    "markdown": ("008963", "C55700", "007EC4", "BD518D"),
    "terminal": ("38;2;0;137;99", "38;2;197;87;0", "38;2;0;126;196", "38;2;189;81;141"),
}
TILDE, BAR = "\N{COMBINING TILDE}", "\N{COMBINING MACRON}"


class Chained(GatedCell):
    """A cell whose weights multiply a gate, which is transposed on the way back."""

    def define(self):
        r, h = self.vector("r"), self.h
        seen = multiply(self.U("h"), r)
        return (
            Equation(r, self.sigma(self.weighted("r"))),
            Equation(h, self.phi(add(seen, self.b("h")))),
        )


PASSES = {
    "one unit": lambda: LSTM(1, **RATIONAL).bind(**NUMBERS).run([1, "1/2"]),
    "two units": lambda: LSTM(2, 2, **RATIONAL).bind(**NUMBERS).run([[1, "1/2"], [3, 0]]),
    "peepholes": lambda: PeepholeLSTM(1, **RATIONAL).bind(**NUMBERS, peephole=2).run([1, 2]),
    "symbols": lambda: LSTM(2).unroll(2),
    "balls": lambda: LSTM(1).bind(**NUMBERS).run([1, 2], algebra="ball", digits=8),
    "a cell of one's own": lambda: GRU(1, **RATIONAL).bind(**NUMBERS).run([1, "1/2"]),
}


def gates(case):
    return ["z", "r", "h_tilde"] if case == "a cell of one's own" else ["i", "f", "c_tilde", "o"]


def written(subject, format, **options):
    chosen = TerminalFormat(colours="truecolor") if format == "terminal" else format
    return write([Topic(subject, figures=False, **options)], chosen).replace("_ ", "_")


def symbols(gate, format, times=("1", "2"), *, merged=False):
    """Return how a gate is written at some times, and what it weighs, and their gradients.

    Where lines are ``merged``, the gate's own gradient stands in that of what it weighs.
    """
    letter, mark = gate[0], ""
    if format == "terminal":
        base = letter + TILDE if "tilde" in gate else letter
        barred, delta = letter + BAR + ("~" if "tilde" in gate else ""), "δ"
    else:
        base = rf"\tilde {letter}" if "tilde" in gate else letter
        barred, delta = rf"\bar {letter}", r"\delta"
        mark = r"^{\sim}" if "tilde" in gate else ""
    for time in times:
        index = time if len(time) == 1 else f"{{{time}}}"
        yield f"{base}_{index}"
        yield from () if merged else (f"{barred}_{index}{mark}",)
        yield from (f"z_{{{base},{time}}}", f"{delta}_{{{base},{time}}}")


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("case", PASSES)
def test_a_gate_has_one_colour_wherever_its_symbols_stand(case, format):
    gradients = PASSES[case]().backward()
    page = written(gradients, format)
    found = coloured(page, format)
    for gate, shade in zip(gates(case), SHADES[format], strict=False):
        mine = {symbol for colour, symbol in found if colour == shade}
        assert mine >= {*symbols(gate, format, merged=True)}
        assert mine <= {*symbols(gate, format, ("t", "t+1", "1", "2", "3"))}
    assert {colour for colour, _ in found} <= {*SHADES[format]}


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("case", PASSES)
def test_no_symbol_of_a_gate_is_without_its_colour(case, format):
    rest = without_what_is_coloured(written(PASSES[case]().backward(), format), format)
    for gate in gates(case):
        for symbol in symbols(gate, format):
            alone = rf"(?<![\w{BAR}{TILDE}])(?<!bar ){re.escape(symbol)}(?!\w)"
            assert not re.search(alone, rest), symbol


def without_what_is_coloured(page, format):
    """Return the page without the symbols that are in colour."""
    for colour, symbol in {*coloured(page, format)}:
        whole = {
            "latex": rf"{{\color{{Gate{colour}}}{symbol}}}",
            "markdown": rf"{{\color{{#{colour}}}{{{symbol}}}}}",
            "terminal": f"\x1b[{colour}m{symbol}\x1b[0m",
        }[format]
        page = page.replace(whole, "")
    return page


@pytest.mark.parametrize("case", PASSES)
def test_colours_are_all_that_is_new(case, tmp_path):
    """A page without colours is one of a template that does not know of them, as old copies do."""
    gradients = PASSES[case]().backward()
    template = tmp_path / "copied.tex.jinja"
    template.write_text(without_definitions(), encoding="utf-8")
    plain = hand_calculation(gradients, "latex", template=template)
    assert "color" not in plain
    preamble = r"\\usepackage\{xcolor\}\n(\\definecolor\{Gate\w+\}\{HTML\}\{[0-9A-F]{6}\}\n)+"
    page, found = re.subn(preamble, "", written(gradients, "latex"))
    assert found == 1
    assert uncoloured(page) == plain
    assert uncoloured(written(gradients, "terminal"), "terminal") == hand_calculation(gradients)


def without_definitions():
    """Return our template as it was before there were colours and figures."""
    own = (resources.files("symlstm.writers") / "templates/latex.tex.jinja").read_text("utf-8")
    own = re.sub(r"<% if (chapter\.figure|sequence\.reset) %>.*?<% endif %>\n", "", own, flags=re.S)
    start, end = own.index("<% if document.colours %>"), own.index("\\setlength")
    return own[:start] + own[end:]


def test_a_template_has_colours_once_it_has_defined_them(article, tmp_path):
    template = tmp_path / "mine.tex.jinja"
    lines = "<< document.chapters[0].equations | display >>"
    template.write_text(f"{lines}\n<< document.colours | definitions >>\n{lines}\n")
    before, after = hand_calculation(article.run([1]), "latex", template=template).split(
        r"\definecolor{GateGreen}{HTML}{007354}"
    )
    assert r"  f_t &= W_f x_t" in before
    assert r"{\color{GateVermillion}f_t} &= W_f x_t" in after


def test_a_cell_without_gates_needs_no_colours():
    page = hand_calculation(SimpleRNN(1).unroll(2).backward(), "latex")
    assert "color" not in page


def test_chapters_have_the_colours_of_their_own_gates():
    topics = [Topic(cell.unroll(1)) for cell in (GRU(1), LSTM(1), SimpleRNN(1))]
    page = write(topics, "latex")
    assert page.count(r"\definecolor") == 4
    assert {(c, s) for c, s in coloured(page, "latex") if s in ("z_1", "i_1")} == {
        ("Green", "z_1"),
        ("Green", "i_1"),
    }


def test_what_marks_a_gate_as_transposed_is_in_its_colour_too():
    """In LaTeX, a mark behind the braces would not stand above the time."""
    gradients = Chained(2).unroll(1).backward()
    assert r"\delta_{h,t} {\color{GateGreen}r_t^{\top}}" in hand_calculation(gradients, "latex")


@pytest.mark.parametrize("format", FORMATS)
def test_gates_in_formulas_of_a_table_have_their_colours(format):
    """What a use hands back is a formula of several symbols."""
    page = written(LSTM(2).unroll(1).backward(), format, closed_form_size=0)
    green, vermillion = SHADES[format][:2]
    start = page.index("The equations follow from the chain rule")
    table = page[start : page.index("taken for a mistake")]
    for colour, symbol in ((green, "i_t"), (vermillion, "f_{t+1}"), (vermillion, "z_{f,t}")):
        assert coloured(table, format).count((colour, symbol)) >= 2


def test_a_page_for_a_terminal_is_plain_text_unless_it_is_asked_for_colours(article):
    assert "\x1b" not in hand_calculation(article.run([1]).backward(), state_jacobian="c")


@pytest.mark.parametrize("colours", ["256", "truecolor"])
def test_every_colour_of_the_palette_has_its_own_on_a_terminal(colours):
    screen = TerminalFormat(colours=colours)
    assert len({screen.paint("x", colour) for colour in PALETTE}) == len(PALETTE)


def test_a_screen_shows_its_own_colours_whatever_another_has_shown():
    gradients = LSTM(2).unroll(1).backward()
    for colours, codes in [("256", "38;5;"), ("truecolor", "38;2;"), ("256", "38;5;")]:
        page = write([Topic(gradients, figures=False)], TerminalFormat(colours=colours))
        assert {code[:5] for code in re.findall(r"\x1b\[([\d;]{2,})m", page)} == {codes}


def test_numbers_and_weights_stay_black(article):
    page = hand_calculation(article.run([1, 1]).backward(), "latex", state_jacobian="c")
    assert not [s for _, s in coloured(page, "latex") if re.match(r"[WUbxhcL\d-]|\\bar [WUb]", s)]


def test_equations_alone_are_plain():
    equation = LSTM(1).equations[0]
    assert str(equation) == "i_t = σ(W_i x_t + U_i h_{t-1} + b_i)"
    assert "color" not in equation._repr_latex_()
