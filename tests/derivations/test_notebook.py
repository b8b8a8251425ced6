"""Notebooks: they hold what the page holds, and run from top to bottom."""

import json
import re
import sys
from pathlib import Path

import pytest
from components import required

from symlstm import load
from symlstm.command import cli
from symlstm.derivations.page import is_generated
from symlstm.writers import format_named

GALLERY = sorted((Path(__file__).parents[2] / "derivations").glob("*/*.derivation.toml"))

LAYER = """[weights]
kernel = { i = [[1, "1/2"]], f = 0, c = [[0.5, -1]], o = "1/3" }
recurrent_kernel = 0.25
bias = 0
"""
LSTM = '[cell]\nunits = 2\nactivation = "hard_tanh"\nrecurrent_activation = "hard_sigmoid"\n'
SEVERAL = f'{LSTM}{LAYER}[run]\ninputs = [[[1], ["1/2"]], [[0], [-1]]]\n'
FILES = {
    "several": f"{SEVERAL}initial_state = [1, [0, 1]]\nstateful = true\n[backward]\n"
    '[document]\nstate_jacobian = "c"\n',
    "one in a batch": f"{LSTM}{LAYER}[run]\ninputs = [[[1], [0.1]]]\n[backward]\n",
    "interval": f'{LSTM}{LAYER}[run]\ninputs = ["0.5 ± 0.01", 1]\nalgebra = "ball"\n[backward]\n',
    "epochs": '[cell]\nunits = 1\nactivation = "linear"\nrecurrent_activation = "linear"\n'
    "[weights]\n"
    "kernel = 0\nrecurrent_kernel = 0\nbias = 1\n[run]\ninputs = [[1, 1], [0, -1], [1, 0]]\n"
    '[training]\ntargets = [1, 0, 1]\nloss = "mean_squared_error"\nlearning_rate = 0.5\n'
    "batch_size = [2, 3]\nepochs = 2\nmax_digits = 500\n",
    "trained in balls": f"[cell]\nunits = 2\n{LAYER}[run]\ninputs = [[1, 0]]\nalgebra = 'ball'\n"
    "[training]\ntargets = [[1, 0]]\nloss = 'mean_squared_error'\nlearning_rate = 0.5\n"
    "optimizer = 'torch_nesterov'\nmomentum = 0.5\nepochs = 2\n",
    "seeds": f"{LSTM}{LAYER}[run]\ninputs = [1, 2]\n[backward]\nseeds.c = {{ 1 = [1, 0] }}\n",
    "symbols": "[cell]\nunits = 2\ninput_dim = 3\n[run]\nsteps = 2\n"
    'initial_state = "symbolic"\n[backward]\n',
    "projected": '[cell]\ntype = "ProjectedLSTM"\nunits = 3\nproj_size = 2\nuse_bias = false\n'
    'activation = "softsign"\nrecurrent_activation = "hard_sigmoid"\n[weights]\nkernel = "1/3"\n'
    "recurrent_kernel = -1\nprojection = 1\n[run]\ninputs = [1]\n[backward]\n",
    "printed": f"{LSTM}input_dim = 2\n[weights]\n"
    "W = { i = [[1, 2], [3, 4]], f = 0, c = 1, o = 0 }\nU = 0\nb_i = [0, 1]\nb_f = 1\n"
    "b_c = 0\nb_o = '1/3'\n[run]\ninputs = [[1, 2]]\n",
    "of flax": f'{LSTM}[weights]\nlayout = "flax"\n'
    + "".join(f"i{g}.kernel = 1\nh{g} = {{ kernel = 0, bias = [0, 1] }}\n" for g in "ifgo")
    + "[run]\ninputs = [1, '1/2']\n",
    "of chainer": f"{LSTM}[weights]\nlayout = 'chainer'\n'upward/W' = 1\n"
    "'upward/b' = [0, 1, 0, 1, 0, 1, 0, 1]\nlateral.W = '1/3'\n[run]\ninputs = [1]\n",
    "long": f"{LSTM}{LAYER}[run]\ninputs = {[1] * 40}\nmax_digits = 5000\nalgebra = 'ball'\n",
    "large": "[cell]\nunits = 9\nactivation = 'relu'\nrecurrent_activation = 'relu'\n[weights]\n"
    f"kernel = 1\nrecurrent_kernel = 1\nbias = {[k / 8 for k in range(36)]}\n"
    "[run]\ninputs = [1, 2]\n",
}
RNN = "[[layers]]\ntype = 'SimpleRNN'\nunits = 1\nactivation = 'linear'\n"
SIZES = "kernel = 1\nrecurrent_kernel = '1/2'\nbias = 0\n"
BOTH = f"{RNN}bidirectional = true\n[layers.weights]\n{SIZES}[layers.backward_weights]\n{SIZES}"
DENSE = (
    "[head]\nunits = 3\nactivation = 'softmax'\n[head.weights]\nkernel = '1/3'\nbias = [0, 1, 2]\n"
)
FIT = "learning_rate = '1/4'\nbatch_size = [1, 2]\n"
FILES |= {
    "network": f"{BOTH}{RNN}[layers.weights]\n{SIZES}"
    "[run]\ninputs = [1, 2]\n[backward]\ngrad_sequence = 1\n",
    "network, forward": f"{RNN}[layers.weights]\n{SIZES}{RNN}go_backwards = true\n"
    f"[layers.weights]\n{SIZES}[run]\ninputs = [[[1], [2]], [[0], [1]]]\n",
    "network, rounded": f"{BOTH}[run]\ninputs = [0.3, 2]\nrounding = 'each line'\ndigits = 3\n",
    "network, masked": f"{BOTH}[run]\ninputs = [1, 2]\nmask = [true, false]\n[backward]\n",
    "network, with a loss": f"{BOTH}{DENSE}[run]\ninputs = [1, 2]\nalgebra = 'ball'\n"
    "[loss]\ntype = 'categorical_crossentropy'\ntargets = [0, 1]\n[backward]\n",
    "network, a loss alone": f"{BOTH}[run]\ninputs = [1, 2]\n"
    "[loss]\ntype = 'mean_squared_error'\ntargets = [[0, 1], [1, 0]]\n",
    "network, trained": f"{BOTH}[run]\ninputs = [[1, 2], [0, 1], [1, 1]]\n[training]\n"
    f"targets = [[0, 1], [1, 0], [0, 0]]\nloss = 'half_squared_error'\nepochs = 2\n{FIT}",
    "network, trained in balls": f"{BOTH}{DENSE}[run]\ninputs = [[1, 2]]\nalgebra = 'ball'\n"
    "[training]\ntargets = [[0, 1]]\nloss = 'categorical_crossentropy'\n"
    "learning_rate = '1/4'\noptimizer = 'adam'\nepochs = 2\n[document]\nworked = false\n",
}


@pytest.fixture
def spec(tmp_path):
    path = tmp_path / "mine.derivation.toml"
    article = next(one for one in GALLERY if one.name == "article.derivation.toml")
    path.write_text(article.read_text("utf-8"), "utf-8")
    return path


@pytest.fixture
def run(spec, monkeypatch, capsys):
    """Derive from the file; return the exit code and the error."""
    monkeypatch.chdir(spec.parent)

    def run_(*arguments):
        monkeypatch.setattr(sys, "argv", ["symlstm", "derive", spec.name, *arguments])
        with pytest.raises(SystemExit) as caught:
            cli.main()
        return caught.value.code or 0, capsys.readouterr().err

    return run_


def written(path):
    """Return the notebook of a derivation file."""
    return json.loads(load(path).page(path.with_name("walk.ipynb")).text)


def sources(notebook, kind):
    return ["".join(cell["source"]) for cell in notebook["cells"] if cell["cell_type"] == kind]


def drawings(notebook):
    """Return the drawings below the cells of a notebook."""
    outputs = [output for cell in notebook["cells"] for output in cell.get("outputs", ())]
    shown = (output.get("data", {}).get("image/svg+xml") for output in outputs)
    return ["".join(drawing) for drawing in shown if drawing]


def made(notebook):
    """Run the code of a notebook here, and return what it has made."""
    names = {"__name__": "__main__"}
    for code in sources(notebook, "code"):
        exec(code, names)
    return names


@pytest.mark.slow
def test_they_run_in_jupyter_and_their_figures_are_those_that_stand_there(tmp_path):
    nbformat, nbclient, _ = required("Jupyter", "nbformat", "nbclient", "ipykernel")
    files = [p for p in GALLERY if p.name.startswith(f"{p.parent.name}.")]
    notebooks = [nbformat.reads(json.dumps(written(path)), as_version=4) for path in files]
    before = [drawings(notebook) for notebook in notebooks]
    for notebook in notebooks:
        nbformat.validate(notebook)
        notebook.cells.insert(0, nbformat.v4.new_code_cell("%reset -f"))
    # One after the other: to start a kernel takes longest, and each forgets the one before.
    cells = [cell for notebook in notebooks for cell in notebook.cells]
    for number, cell in enumerate(cells):
        cell.id = f"cell-{number}"
    whole = nbformat.v4.new_notebook(cells=cells, metadata=notebooks[0].metadata)
    options = {"timeout": 120, "resources": {"metadata": {"path": str(tmp_path)}}}
    nbclient.NotebookClient(whole, **options).execute()
    assert [drawings(notebook) for notebook in notebooks] == before
    assert len(before) > 10
    assert all(before)


@pytest.mark.parametrize("name", FILES)
def test_it_runs_for_every_kind_of_file(spec, name):
    spec.write_text(FILES[name], "utf-8")
    notebook = written(spec)
    names = made(notebook)
    assert "cell" in names
    asserted = "\n".join(sources(notebook, "code")).count("assert ")
    assert (asserted > 0) == (name not in ("symbols",))


def test_what_does_not_hold_is_found(spec):
    notebook = written(spec)
    for cell in notebook["cells"]:
        cell["source"] = [line.replace("'247'", "'248'") for line in cell["source"]]
    with pytest.raises(AssertionError):
        made(notebook)


def test_it_has_the_text_of_the_page(spec):
    words = re.compile(r"[^\W\d_]{4,}")
    page = re.sub(r"!\[.*\n", "", load(spec).page(spec.with_name("walk.md")).text)
    said = [word for text in sources(written(spec), "markdown") for word in words.findall(text)]
    assert said == words.findall(page.partition("\n")[2])


def test_each_section_is_a_cell_and_ids_are_their_own(spec):
    notebook = written(spec)
    texts = sources(notebook, "markdown")
    assert [text for text in texts if "## Time step 2" in text] == ["## Time step 2"]
    ids = [cell["id"] for cell in notebook["cells"]]
    assert len(set(ids)) == len(ids)
    assert written(spec) == notebook


HOSTILE = "'''\n\"\"\" <!-- cell 0 --> <script>alert(1)</script> $x$ {{ 7 }} touch(x)"


def test_text_is_shown_and_never_run(spec):
    text = json.dumps(f"{HOSTILE}\n\n<!-- cell 0 -->\n\n# Mine\n", ensure_ascii=False)
    tables = spec.read_text("utf-8").partition("\n\n")[2]
    document = f"[document]\nauthor = {text}\nintroduction = {text}\n"
    spec.write_text(f"title = {json.dumps(HOSTILE)}\n{tables}\n{document}", "utf-8")
    notebook = written(spec)
    assert not [code for code in sources(notebook, "code") if "alert" in code or "touch" in code]
    assert "<script>" not in "".join(sources(notebook, "markdown"))
    assert sources(notebook, "code").count("figure(cell)") == 1


def test_an_option_that_is_code_is_a_string(spec):
    spec.write_text(spec.read_text("utf-8").replace('"linear"', '"leaky_relu(negative_slope=0.1)"'))
    assert "activation='leaky_relu(negative_slope=0.1)'" in sources(written(spec), "code")[0]
    made(written(spec))


def test_it_is_known_again_also_when_it_was_run(run, spec):
    document = spec.with_name("mine.ipynb")
    assert run("-o", "mine.ipynb") == (0, "")
    assert is_generated(document)
    assert load(spec).documents() == [document]
    notebook = json.loads(document.read_text("utf-8"))
    assert (
        format_named("notebook").origin(document.read_text("utf-8"))
        == f"Generated by symlstm from {spec.name}"
    )
    for number, cell in enumerate(notebook["cells"]):  # as Jupyter saves it
        cell["source"] = "".join(cell["source"])
        if cell["cell_type"] == "code":
            cell["execution_count"] = number
            cell["outputs"] += [{"output_type": "stream", "name": "stdout", "text": ["3"]}]
    document.write_text(json.dumps(notebook, indent=2), "utf-8")
    assert load(spec).stale(document) == ""
    notebook["cells"][0]["source"] = "# Mine"
    document.write_text(json.dumps(notebook), "utf-8")
    said = load(spec).stale(document)
    assert "committed: # Mine" in said
    assert f"symlstm derive {spec.name} -o mine.ipynb" in said
    assert run("-o", "mine.ipynb") == (0, "")
    assert load(spec).stale(document) == ""


@pytest.mark.parametrize(
    "theirs", ["", "{}", "[1]", '{"metadata": {"symlstm": 1}}', '{"metadata": 3}', "[" * 99999, "é"]
)
def test_a_notebook_of_someone_else_stays(run, spec, theirs):
    spec.with_name("mine.ipynb").write_text(theirs, "utf-8")
    code, err = run("-o", "mine.ipynb")
    assert (code, err.count("\n")) == (2, 1)
    assert "symlstm did not make it" in err
    assert spec.with_name("mine.ipynb").read_text("utf-8") == theirs


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--template", "own.jinja"], "--template and .ipynb, whose cells are symlstm's own, do"),
        (["--as", "summary"], "--as summary is not for .ipynb; write it with -o to a file"),
        (["--as", "fragment"], "--as fragment is not for .ipynb"),
    ],
)
def test_what_a_notebook_cannot_be_is_one_error(run, spec, options, words):
    code, err = run("-o", "mine.ipynb", *options)
    assert (code, err.count("\n")) == (2, 1)
    assert words in err
    assert not spec.with_name("mine.ipynb").exists()
