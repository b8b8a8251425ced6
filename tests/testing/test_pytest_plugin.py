"""The pytest plugin, in the pytest runs of other people."""

import importlib
import shutil
import sys
from pathlib import Path

import pytest

from symlstm.command import cli


@pytest.fixture(scope="module", autouse=True)
def _imported():
    """What runs in this process finds NumPy imported already, which cannot be imported twice."""
    importlib.import_module("symlstm.derivations.spec")


@pytest.fixture
def derivation(root, pytester):
    """A folder with the article's derivation, its documents beside it."""
    shutil.copytree(root / "derivations/article", pytester.path, dirs_exist_ok=True)
    return pytester.path / "article.derivation.toml"


def test_everything_that_a_file_promises_is_a_test(pytester, derivation):
    result = pytester.runpytest_inprocess("-v")
    result.assert_outcomes(passed=4)
    result.stdout.fnmatch_lines(
        ["*expect PASSED*", "*float64 PASSED*", "*article.tex PASSED*", "*article.md PASSED*"]
    )


def test_of_a_rounded_run_it_is_tested_how_far_off_it_is(pytester, root):
    shutil.copytree(root / "derivations/pocket-calculator", pytester.path, dirs_exist_ok=True)
    result = pytester.runpytest_inprocess("-v")
    result.assert_outcomes(passed=4)
    result.stdout.fnmatch_lines(["*expect PASSED*", "*distance PASSED*", "*.tex PASSED*"])
    result.stdout.no_fnmatch_line("*float64*")


def test_a_value_that_is_not_expected_is_shown(pytester, derivation):
    derivation.write_text(derivation.read_text().replace("c = [1, 6, 247]", "c = [1, 6, 248]"))
    result = pytester.runpytest_inprocess()
    result.assert_outcomes(passed=3, failed=1)
    result.stdout.fnmatch_lines(["step 3, c: expected 248, got 247"])
    result.stdout.no_fnmatch_line("*Traceback*")


@pytest.mark.parametrize("name", ["article.tex", "article.md"])
def test_a_document_that_is_out_of_date_is_shown(pytester, derivation, name):
    document = derivation.with_name(name)
    document.write_text(document.read_text("utf-8").replace("{3211}", "{3212}"), "utf-8")
    result = pytester.runpytest_inprocess()
    result.assert_outcomes(passed=3, failed=1)
    result.stdout.fnmatch_lines(
        [f"{name}, line *, is not what article.derivation.toml generates:", "*committed:*3212*",
         "*generated:*3211*", f"*symlstm derive article.derivation.toml -o {name}"]
    )  # fmt: skip


def test_a_figure_that_is_out_of_date_is_shown(pytester, derivation):
    figure = derivation.with_name("article.figures") / "step-3.svg"
    figure.write_text(figure.read_text("utf-8").replace("3211", "3212"), "utf-8")
    result = pytester.runpytest_inprocess()
    result.assert_outcomes(passed=3, failed=1)
    result.stdout.fnmatch_lines(
        ["article.figures/step-3.svg, line *, is not what article.derivation.toml generates:",
         "*committed:*3212*", "*symlstm derive article.derivation.toml -o article.md"]
    )  # fmt: skip


def test_a_document_that_someone_else_wrote_is_left_alone(pytester, derivation):
    derivation.with_name("article.tex").write_text("my own words")
    pytester.runpytest_inprocess().assert_outcomes(passed=3)


def test_a_document_with_a_template_is_written_with_it_again(pytester, derivation, monkeypatch):
    (derivation.parent / "own.jinja").write_text("{{ document.title }}\n")
    monkeypatch.chdir(derivation.parent)
    output = derivation.with_name("article.md")
    monkeypatch.setattr(
        "sys.argv",
        ["symlstm", "derive", derivation.name, "-o", output.name, "--template", "own.jinja"],
    )
    with pytest.raises(SystemExit, match="0"):
        cli.main()
    assert output.read_text().endswith("Stepping through an LSTM cell\n")
    pytester.runpytest_inprocess().assert_outcomes(passed=4)
    (derivation.parent / "own.jinja").unlink()
    result = pytester.runpytest_inprocess()
    result.assert_outcomes(passed=3, failed=1)
    result.stdout.fnmatch_lines(["*template *own.jinja: is not there, or cannot be read"])


@pytest.mark.slow
def test_odd_names_do_not_confuse_the_first_line(pytester, derivation, monkeypatch):
    text = derivation.read_text("utf-8")
    for suffix in (".derivation.toml", ".tex", ".md"):
        derivation.with_name(f"article{suffix}").unlink()
    monkeypatch.chdir(pytester.path)
    names = ["a--b", "a with template b", "a--->b", "ü%41"]
    for name in names:
        Path(f"{name}.derivation.toml").write_text(text, "utf-8")
        Path(f"{name}.jinja").write_text("{{ document.title }}\n")
        own = ["-o", f"{name}.md", "--template", f"{name}.jinja"]
        for arguments in (["-o", f"{name}.tex"], own):
            monkeypatch.setattr(
                "sys.argv", ["symlstm", "derive", f"{name}.derivation.toml", *arguments]
            )
            with pytest.raises(SystemExit, match="0"):
                cli.main()
        assert Path(f"{name}.md").read_text("utf-8").splitlines()[0].count("-->") == 1
    pytester.runpytest_inprocess().assert_outcomes(passed=4 * len(names))


def test_a_folder_that_is_called_like_a_document_is_none(pytester, derivation):
    derivation.with_name("article.tex").unlink()
    derivation.with_name("article.tex").mkdir()
    pytester.runpytest_inprocess().assert_outcomes(passed=3)


def test_a_document_that_is_no_text_is_out_of_date(pytester, derivation):
    document = derivation.with_name("article.tex")
    document.write_bytes(document.read_bytes() + b"\xff\n")
    pytester.runpytest_inprocess().assert_outcomes(passed=3, failed=1)


def test_a_file_that_is_wrong_is_one_error(pytester, derivation):
    derivation.write_text("[cell]\n")
    result = pytester.runpytest_inprocess()
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*article.derivation.toml: [[]cell] units is missing*"])


def test_nothing_is_imported_before_a_file_is_collected(pytester):
    pytester.makepyfile(
        "import sys\n"
        "def test_nothing():\n"
        "    assert 'symlstm.testing.pytest_plugin' in sys.modules\n"
        "    assert not {'sympy', 'numpy', 'flint', 'jinja2'} & set(sys.modules)\n"
        "    assert {m for m in sys.modules if m.startswith('symlstm')} == "
        "{'symlstm', 'symlstm.testing', 'symlstm.testing.pytest_plugin'}\n"
    )
    pytester.runpytest_subprocess("-p", "no:hypothesispytest").assert_outcomes(passed=1)


CERTIFIED = """
[cell]
type = "LSTM"
units = 1
activation = "softsign"
recurrent_activation = "hard_sigmoid"
[weights]
kernel = "1/3"
recurrent_kernel = 1
bias = 0
[run]
inputs = [1, -0.5]
algebra = "ball"
[expect]
i = [0.5556, 0.4835]
"""


def test_certified_digits_are_watched_over(pytester):
    path = pytester.path / "mine.derivation.toml"
    path.write_text(CERTIFIED)
    pytester.run(sys.executable, "-m", "symlstm", "derive", path, "-o", path.with_name("mine.md"))
    result = pytester.runpytest_inprocess("-v")
    result.assert_outcomes(passed=3)
    result.stdout.fnmatch_lines(["*expect PASSED*", "*float64 PASSED*", "*mine.md PASSED*"])
    path.write_text(CERTIFIED.replace("0.5556", "0.5555"))
    result = pytester.runpytest_inprocess()
    result.stdout.fnmatch_lines(["step 1, i: expected 0.5555, got 0.5555556"])


def test_intervals_have_no_float64_to_agree_with(pytester):
    path = pytester.path / "mine.derivation.toml"
    path.write_text(CERTIFIED.replace('kernel = "1/3"', 'kernel = "1/3 ± 1e-6"', 1), "utf-8")
    pytester.runpytest_inprocess().assert_outcomes(passed=1)
