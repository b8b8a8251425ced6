"""What notebooks show of cells, layers, gradients and findings, and that nothing can fail."""

import copy
import pickle
from decimal import Decimal

import numpy as np
import pytest
import sympy
from audited import NumpyLSTM
from own_cells import GRU, IndRNN
from pages import Page, latex, page, rows

import symlstm
from symlstm import LSTM, Cell, OnnxLSTM, PeepholeLSTM, ProjectedLSTM, SimpleRNN
from symlstm.equations import Equations
from symlstm.figures.spelling import DIGITS
from symlstm.notation.showing import Shown
from symlstm.notebook.shows import SHOWS
from symlstm.numbers.rounding import Rounding

CELLS = [LSTM(2, 3), SimpleRNN(1), PeepholeLSTM(1), ProjectedLSTM(3, proj_size=2)]
CELLS += [GRU(2), IndRNN(2)]


def flat(text):
    return text.replace(" ", "").replace("\N{NO-BREAK SPACE}", "")


@pytest.mark.parametrize("cell", CELLS, ids=repr)
def test_a_cell_shows_its_equations_and_its_figure(cell):
    shown = page(cell)
    assert repr(cell) in shown.text
    for equation in cell.equations:
        letters = str(equation).replace("_", "").replace("{", "").replace("}", "")
        assert flat(letters.replace("-", "−")) in flat(shown.text).replace("-", "−")
        assert sympy.latex(equation.lhs) in latex(cell)
    assert "svg" in shown.tags
    assert len(shown.html) < 40_000


@pytest.mark.latex
def test_the_mathematics_compiles(compile_latex):
    shown = [latex(cell) for cell in CELLS]
    for cell in CELLS:
        shown += [latex(cell.adjoint_equations), latex(cell.program), latex(cell.unroll(2))]
        shown += [latex(cell.unroll(2).backward()), latex(cell.unroll(2)[1])]
    trace = LSTM(2).bind(kernel=1, recurrent_kernel=1, bias=0).run([1], algebra="ball")
    shown += [latex(trace.state_jacobian("c")), latex(trace.state_jacobian("h"))]
    body = "\n\n".join(shown)
    log = compile_latex(
        r"\documentclass{article}\usepackage{amsmath}\usepackage[margin=1cm]{geometry}"
        rf"\begin{{document}}{body}\end{{document}}"
    )
    assert "Overfull" not in log


def test_equations_are_a_tuple_that_shows_itself():
    cell = LSTM(2)
    system = cell.equations
    assert isinstance(system, tuple)
    assert system == tuple(system)
    assert hash(system) == hash(tuple(system))
    assert repr(system) == str(system) == repr(tuple(system))
    assert pickle.loads(pickle.dumps(system)) == system == copy.deepcopy(system)
    assert type(pickle.loads(pickle.dumps(system))) is type(system[1:]) is Equations
    rows_ = latex(system).splitlines()
    assert rows_[:2] == ["$$", r"\begin{aligned}"]
    assert len(rows_) == len(system) + 4
    assert system[-1] is cell.equations[-1]
    assert Equations()._repr_mimebundle_() == {}


@pytest.mark.parametrize("many", [100, 10_000])
def test_of_many_equations_the_first_are_shown(many):
    system = Equations(LSTM(1).equations * many)
    assert latex(system).count("&") == 41
    assert r"\vdots" in latex(system)


def test_a_layer_shows_its_weights_by_gate_and_group():
    layer = LSTM(2).bind(kernel={"i": 1, "f": "1/3", "c": -1, "o": 0}, recurrent_kernel=0, bias=0.5)
    (table,) = page(layer).tables
    assert table[0] == ["kernel", "recurrent_kernel", "bias"]
    assert table[2] == ["Wf = 1/31/3", "Uf = 0000", "bf = 0.50.5"]
    assert table[3][0] == "Wc = −1−1"
    (peephole,) = page(
        PeepholeLSTM(1).bind(kernel=1, recurrent_kernel=1, bias=0, peephole=2)
    ).tables
    assert [row[3] for row in peephole] == ["peephole", "pi = 2", "pf = 2", "", "po = 2"]
    own = IndRNN(1).bind(kernel=1, bias=0, own=7)
    assert page(own).tables[0][1] == ["W = 1", "b = 0", "u = 7"]


def test_a_large_layer_shows_the_corners_of_its_weights():
    kernel = np.arange(50 * 4 * 300).reshape(50, 1200)
    shown = page(LSTM(300, 50).bind(kernel=kernel, recurrent_kernel=1, bias=0))
    first = kernel[:, :300].T
    corner = "".join(map(str, [*first[0, :2], "⋯", first[0, -1]]))
    assert shown.tables[0][1][0].startswith(f"Wi = {corner}")
    assert shown.tables[0][1][0].endswith(f"{first[-1, -1]}300×50")
    assert len(shown.html) < 20_000


def test_gradients_are_those_of_the_article(article):
    """By Greff et al.'s equations, in whole numbers; see the tests of gradients."""
    gradients = article.run([1, 1, 1]).backward()
    weights, values = page(gradients).tables
    assert weights[0] == ["kernel", "recurrent_kernel", "bias"]
    expected = {"i": 17602, "f": 1573, "c": 17602, "o": 15678}
    assert [row[0] for row in weights[1:]] == [f"W̄{gate} = {expected[gate]}" for gate in "ifco"]
    found = rows(values)
    assert found["x̄t"] == ("=", ["–", "40339", "11453", "663"])
    assert found["δf,t"][1][1:] == ["0", "1495", "78"]
    step = rows(page(gradients[3]).tables[0])
    assert step["c̄3"] == ("=", ["13"])
    assert rows(page(gradients[0]).tables[0])["h̄0"] == ("=", ["40339"])


@pytest.mark.parametrize("algebra", ["exact", "float", "ball"])
def test_gradients_of_a_batch_are_summed_by_weight(algebra):
    layer = SimpleRNN(1, activation=None).bind(kernel=1, recurrent_kernel=0, bias=0)
    gradients = layer.run([[[2]], [[5]]], algebra=algebra).backward()
    assert page(gradients).tables[0][1][0].endswith(" 7")


def test_a_state_jacobian_shows_its_parts(article):
    shown = page(article.run([1, 1, 1]).state_jacobian("c"))
    steps, whole = shown.tables
    assert steps[1] == ["∂ct/∂ct−1", "=", "1", "2", "13"]
    assert [row[2] for row in whole] == ["731", "26", "705"]
    assert "∂ct/∂ct−1=diag(ft)" in flat(shown.text)


def test_a_reference_shows_the_nearest_floats():
    layer = LSTM(1).bind(kernel=1, recurrent_kernel=1, bias=0)
    reference = layer.reference([1, 1])
    (table,) = page(reference).tables
    assert table[0] == ["t", "", "1", "2"]
    assert rows(table)["ht"] == ("≈", [f"{number:#.{DIGITS}g}" for number in reference["h"]])
    (weights,) = page(reference.backward()).tables
    assert weights[1][0] == f"W̄i ≈ {reference.backward()['W_i']:#.{DIGITS}g}"
    many = LSTM(20, 20).bind(kernel=0.1, recurrent_kernel=0.1, bias=0)
    assert "when it is asked for" in page(many.reference(np.ones((20, 20)))).text


def test_an_undecided_reference_shows_a_dash(monkeypatch):
    monkeypatch.setattr(Rounding, "floats", lambda self: None)
    reference = LSTM(1).bind(kernel=1, recurrent_kernel=1, bias=0).reference([1])
    assert rows(page(reference).tables[0])["ht"][1] == ["–"]


def test_a_check_shows_what_is_furthest_off():
    layer = LSTM(1).bind(kernel="1/3", recurrent_kernel=1, bias=0)
    check = layer.run([1, 1], algebra="ball").check()
    shown = page(check)
    assert str(check) in shown.text
    name, _, _, number, true, _ = shown.tables[0][1]
    assert name == str(check.worst).replace("_", "")
    assert float(number) == check.float_value
    assert true.startswith("≈ ")
    assert abs(Decimal(true[2:]) - Decimal(number)) < Decimal("1e-15")


def test_decimals_and_how_far_they_are_off():
    trace = SimpleRNN(1, activation=None).bind(kernel="1/3", recurrent_kernel=1, bias=0)
    trace = trace.run([1, 1], algebra="decimal", decimals=2)
    found = rows(page(trace).tables[0])
    assert found["xt"] == ("=", ["1", "1"])
    assert found["ht"] == ("≈", ["0.33", "0.66"])
    shown = page(trace.distance())
    assert rows(shown.tables[0])["Δht"] == ("≈", ["0.003333", "0.006667"])
    assert repr(trace.distance()) in shown.text


def test_a_training_shows_losses_and_weights(article):
    training = article.fit([[1, 1]], [10], loss="half_squared_error", learning_rate="1/10")
    losses, weights = page(training).tables
    assert losses[1] == ["1", "1", "1", "= 2"]
    assert weights[1] == ["Wi = 1", "→", "= −3.8"]
    assert page(training.updates[0]).tables == [losses, weights]
    rnn = SimpleRNN(1).bind(kernel=1, recurrent_kernel=1, bias=0)
    options = {"loss": "mean_squared_error", "learning_rate": 0.1, "algebra": "float"}
    long = page(rnn.fit([[1], [2]], [1, 2], epochs=30, **options))
    assert [row[0] for row in long.tables[0]] == ["update", *"123456", "⋯", "60"]


def test_an_audit_shows_its_table(audit):
    found = audit(NumpyLSTM(), cases=2, steps=3)
    shown = page(found)
    names = [row[0] for row in shown.tables[0][1:]]
    assert names == list(found.summary)
    assert shown.tables[0][1][1] == f"{found.summary[names[0]].totals.worst:.0f}"
    assert "NumPy" in shown.text


class Hostile(SimpleRNN):
    def __repr__(self):
        return "<script>alert('&')</script> $x$ \x00" + "y" * 1000


def test_what_users_call_things_is_escaped_and_cut():
    html = Hostile(1)._repr_mimebundle_()["text/html"]
    shown = Page(html)
    assert "script" not in shown.tags
    assert "<script>alert('&')</script> $x$ \\x00" in shown.text
    assert "y" * 200 not in shown.text
    assert "mathjax_ignore" in html


class Broken(SimpleRNN):
    def __repr__(self):
        raise RuntimeError


def test_what_fails_is_shown_as_text():
    assert Broken(1)._repr_mimebundle_() == {}
    assert Shown()._repr_mimebundle_() == {}


def test_every_public_thing_that_a_user_holds_shows_itself():
    silent = {
        "Derivation",
        "Equation",
        "Figure",
        "SymlstmError",
        "GatedCell",
        "Optimizer",
        "Setting",
    }
    classes = {name for name in symlstm.__all__ if isinstance(getattr(symlstm, name), type)}
    for name in classes - silent:
        kind = getattr(symlstm, name)
        assert issubclass(kind, Shown), name
        assert any(base in SHOWS for base in kind.__mro__), name
    assert issubclass(OnnxLSTM, Cell)
