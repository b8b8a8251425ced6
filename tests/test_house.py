"""The house: what stands where, counted. DESIGN's rules that no other tool watches over."""

import ast
import importlib
import subprocess
import sys
import tomllib

import pytest

import symlstm
from symlstm.writers import FORMATS

IN_THE_ROOT = {"__init__.py", "__main__.py", "errors.py", "optional.py", "py.typed"}
LONGEST_FILE = 320
MOST_OPENERS = 10
MOST_LAYERS = 18


@pytest.fixture
def package(root):
    return root / "symlstm"


def rooms(package):
    return sorted(p for p in package.iterdir() if p.is_dir() and p.name != "__pycache__")


def test_the_root_holds_rooms_and_little_else(package):
    files = {path.name for path in package.iterdir() if path.is_file()}
    assert files == IN_THE_ROOT, "each line has a room: put the module into one"


def test_each_room_says_what_comes_in_and_what_goes_out(package):
    for room in rooms(package):
        docstring = ast.get_docstring(ast.parse((room / "__init__.py").read_text("utf-8"))) or ""
        sentence = docstring.partition("\n\n")[0].replace("\n", " ")
        assert len(sentence) <= 140, room.name
        assert "in;" in sentence, f"{room.name} does not say what comes in"
        assert sentence.endswith("out."), f"{room.name} does not say what goes out"


def test_no_file_is_long(root):
    files = [*root.glob("symlstm/**/*.py"), *root.glob("tests/**/*.py")]
    lengths = {path: len(path.read_text("utf-8").splitlines()) for path in files}
    assert len(lengths) > 100
    assert not {str(p): n for p, n in lengths.items() if n > LONGEST_FILE}


def test_few_imports_run_up(root, package):
    contracts = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]
    layers = contracts["contracts"][0]
    assert not contracts.get("exclude_type_checking_imports")
    assert len(layers["ignore_imports"]) <= MOST_OPENERS
    assert len(layers["layers"]) <= MOST_LAYERS
    named = {name.strip() for layer in layers["layers"] for name in layer.split("|")}
    assert {room.name for room in rooms(package)} <= named


def test_openers_alone_import_late(root, package):
    """Other late imports are those of the command, of doors, and of what is optional."""
    contract = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]
    openers = {tuple(arrow.split(" -> ")) for arrow in contract["contracts"][0]["ignore_imports"]}
    late = set(late_imports(package))
    free = {pair for pair in late if pair[0].split(".")[1] == "command" or "plugin" in pair[0]}
    doors = {
        ("symlstm.testing", "symlstm.testing"),
        ("symlstm.writers", "symlstm.writers.illustrator"),  # a terminal has no figures
        *(("symlstm.writers", f"symlstm.writers.{name}") for name in [*FORMATS, "notebook"]),
    }
    assert late - free <= openers | doors


def late_imports(package):
    """Yield (module, imported module) of imports of symlstm inside functions."""
    for path in package.rglob("*.py"):
        parts = path.relative_to(package.parent).with_suffix("").parts
        module = ".".join(part for part in parts if part != "__init__")
        functions = [n for n in ast.walk(ast.parse(path.read_text("utf-8"))) if is_function(n)]
        for statement in (s for function in functions for s in ast.walk(function)):
            if isinstance(statement, ast.ImportFrom) and statement.module.startswith("symlstm"):
                yield module, statement.module


def is_function(node):
    return isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)


HOLDS = {"context", "printing", "precision", "undisturbed"}
"""What gives the precision of balls to one thread."""


def test_the_precision_of_balls_is_set_in_one_place_and_nobody_yields_with_it(package):
    sets, yields = set(), set()
    for path in package.rglob("*.py"):
        tree = ast.parse(path.read_text("utf-8"))
        sets |= {path.name for node in ast.walk(tree) if imports_ctx(node)}
        holding = [
            n for n in ast.walk(tree) if isinstance(n, ast.With) and any(map(holds, n.items))
        ]
        inside = [part for node in holding for part in ast.walk(node)]
        yields |= {path.name for part in inside if isinstance(part, ast.Yield | ast.YieldFrom)}
    assert sets == {"precision.py"}
    assert not yields - sets


def imports_ctx(node):
    return isinstance(node, ast.ImportFrom) and "ctx" in {alias.name for alias in node.names}


def holds(item):
    called = getattr(item.context_expr, "func", None)
    return getattr(called, "attr", getattr(called, "id", None)) in HOLDS


def test_tests_stand_in_the_rooms_that_they_test(root, package):
    folders = {path.parent.name for path in (root / "tests").glob("*/test_*.py")}
    assert folders <= {room.name for room in rooms(package)}


def test_the_public_names_are_those_of_all():
    assert set(symlstm.__all__) == set(symlstm._HOMES)
    for name in symlstm.__all__:
        assert getattr(symlstm, name) is not None
    namespace = {}
    exec("from symlstm import *", namespace)
    assert set(symlstm.__all__) <= set(namespace)


@pytest.mark.parametrize(
    ("public", "home"),
    [
        ("symlstm.ulps", "symlstm.numbers.ulps"),
        ("symlstm.expression", "symlstm.equations.expression"),
        ("symlstm.activations", "symlstm.equations.activations"),
    ],
)
def test_a_door_leads_to_the_very_module(public, home):
    module = importlib.import_module(public)
    assert module is importlib.import_module(home)
    assert module.__spec__.name == home
    assert getattr(symlstm, public.partition(".")[2]) is module


def run(program):
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, capture_output=True, check=False, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_importing_symlstm_loads_nothing():
    program = "before = {*sys.modules}; import symlstm; print({*sys.modules} - before)"
    shown = run(f"import sys; {program}")
    loaded = ast.literal_eval(shown)
    assert {name for name in loaded if name.startswith("symlstm")} == {"symlstm"}
    assert not loaded & {"sympy", "numpy", "flint", "click", "rich"}


@pytest.mark.parametrize(
    "use",
    [
        "symlstm.testing.assert_ulp",
        "symlstm.ulps.ulp_distance",
        "symlstm.expression.hadamard",
        "symlstm.errors.TooLargeError",
        "symlstm.exercises.mark",
        "symlstm.ACTIVATIONS['tanh']",
    ],
)
def test_public_names_are_reached_by_importing_symlstm_alone(use):
    run(f"import symlstm; {use}")


@pytest.mark.parametrize(
    "line",
    [
        "from symlstm.ulps import ulp_distance",
        "from symlstm.expression import add, hadamard, multiply, scale",
        "from symlstm.testing import assert_ulp",
        "import symlstm.ulps; symlstm.ulps.ulp_distance",
    ],
)
def test_public_modules_are_imported_by_their_names(line):
    run(line)


def test_python_m_symlstm_is_the_command():
    done = subprocess.run(
        [sys.executable, "-m", "symlstm", "--version"], capture_output=True, text=True, check=True
    )
    assert done.stdout == f"symlstm {symlstm.__version__}\n"
