"""In real notebooks: IPython's own choice of what to show, and one that nbclient executes."""

import pytest
import sympy
from components import missing, required

from symlstm import LSTM


@pytest.fixture
def formatter():
    """What chooses how a notebook shows something."""
    try:
        from IPython.core.formatters import DisplayFormatter
    except ImportError:
        missing("IPython")
    made = DisplayFormatter()
    made.active_types = made.format_types
    return made


@pytest.fixture
def shown(formatter):
    """What IPython would send to a notebook, by the kind of text."""
    return lambda subject: formatter.format(subject)[0]


def test_ipython_shows_html_mathematics_and_the_same_text(shown, article):
    trace = article.run([1, 1, 1])
    found = shown(trace)
    assert set(found) == {"text/html", "text/plain"}
    assert found["text/plain"] == repr(trace)
    cell = shown(article.cell)
    assert set(cell) == {"text/html", "text/latex", "text/plain"}
    assert set(shown(trace[1])) == {"text/html", "text/plain"}
    assert set(shown(trace.check())) == {"text/html", "text/plain"}


def test_sympys_own_printing_leaves_equations_to_us(shown, formatter):
    system = LSTM(1).equations
    before = shown(system)
    assert set(before) == {"text/latex", "text/plain"}
    assert before["text/plain"] == shown(tuple(system))["text/plain"]
    from IPython.core.interactiveshell import InteractiveShell

    shell = InteractiveShell.__new__(InteractiveShell)  # nothing of it is started
    shell.display_formatter = formatter
    sympy.init_printing(ip=shell, use_latex="mathjax")
    assert "text/latex" in shown(tuple(system))
    assert shown(system)["text/latex"] == before["text/latex"]


CELLS = [
    "from symlstm import LSTM\n"
    "cell = LSTM(units=1, activation=None, recurrent_activation=None)\n"
    "layer = cell.bind(kernel=1, recurrent_kernel=1, bias=0)\n"
    "trace = layer.run([1, 1, 1])",
    "cell",
    "cell.equations",
    "layer",
    "trace",
    "print(trace)",
    "trace.backward()",
    "trace.state_jacobian('c')",
    "trace.check()",
    "layer.fit([[1, 1]], [10], loss='half_squared_error', learning_rate='1/10')",
    "cell.unroll(3)",
]


@pytest.fixture(scope="module")
def outputs():
    """The outputs of a notebook of these cells, which is executed for real."""
    nbformat, nbclient, _ = required("Jupyter", "nbformat", "nbclient", "ipykernel")
    notebook = nbformat.v4.new_notebook(cells=list(map(nbformat.v4.new_code_cell, CELLS)))
    nbclient.NotebookClient(notebook, timeout=120, kernel_name="python3").execute()
    nbformat.validate(notebook)
    return {cell.source: cell.outputs for cell in notebook.cells}


@pytest.mark.slow
def test_a_notebook_runs_and_shows_everything(outputs):
    for source, found in outputs.items():
        if source in CELLS[1:] and not source.startswith("print"):
            (output,) = found
            assert {"text/html", "text/latex"} & set(output.data), source
    assert "3211" in outputs["trace"][0].data["text/html"]
    assert "h_t   =   1   12   3211" in outputs["print(trace)"][0].text
