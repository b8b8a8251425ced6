"""Every example of the README is run."""

import doctest
import re
import subprocess
import sys
from pathlib import Path

import pytest
from components import missing


@pytest.fixture
def readme(root):
    return (root / "README.md").read_text(encoding="utf-8")


def test_the_python_examples_give_what_they_show(root):
    options = doctest.IGNORE_EXCEPTION_DETAIL | doctest.ELLIPSIS
    results = doctest.testfile(
        str(root / "README.md"), module_relative=False, optionflags=options, encoding="utf-8"
    )
    assert results.attempted > 15
    assert results.failed == 0


def blocks(readme, holds):
    """Return the Python program of the README that holds a word."""
    programs = re.findall(r"```python\n(.*?)```", readme, re.DOTALL)
    return next(program for program in programs if holds in program)


def test_a_layer_of_pytorch_is_taken_over(readme, capsys):
    try:
        import torch
    except ImportError:
        missing("torch")
    torch.manual_seed(0)
    exec(compile(blocks(readme, "from_torch"), "README.md", "exec"), {})
    difference, shapes = capsys.readouterr().out.splitlines()
    assert float(difference) < 1e-6
    assert shapes == "(8, 16) (2, 5, 3)"


def test_an_lstm_of_your_own_is_tested_in_five_lines(readme, pytester):
    pytester.makeconftest("")
    lstm = Path(__file__).with_name("oracles.py").read_text(encoding="utf-8")
    own = """
class MyLSTM:
    def __init__(self, *weights):
        self.weights = [w.astype("float64") for w in weights]

    def __call__(self, inputs):
        each = [numpy_lstm(x, *self.weights, "sigmoid", "tanh") for x in inputs.astype("float64")]
        return np.float32([[step["h"] for step in steps] for steps in each])
"""
    pytester.makepyfile(lstm + own + blocks(readme, "layer_case"))
    pytester.runpytest().assert_outcomes(passed=1)


def test_the_derivation_file_can_be_written_checked_and_tested(readme, tmp_path):
    file = re.search(r"```toml\n(.*?)```", readme, re.DOTALL)[1]
    (tmp_path / "mine.derivation.toml").write_text(file, encoding="utf-8")
    commands = re.findall(r"^\$ (.*mine\.derivation.*)$", readme, re.MULTILINE)
    assert len(commands) == 7
    for command in commands[:3]:
        assert run(command, tmp_path) == 0
    assert "My cell, by hand" in (tmp_path / "mine.tex").read_text(encoding="utf-8")


@pytest.mark.slow
def test_a_class_gets_sheets_marks_and_slides_of_the_same_file(readme, tmp_path):
    file, exercise = re.findall(r"```toml\n(.*?)```", readme, re.DOTALL)[:2]
    text = f"{file}\n{exercise}"
    (tmp_path / "mine.derivation.toml").write_text(text, encoding="utf-8")
    commands = re.findall(r"^\$ (.*mine\.derivation.*)$", readme, re.MULTILINE)[3:]
    answers = 'seed = 7\ncopy = 3\n[answers]\nc_2 = "3/2"\n'
    (tmp_path / "ada.toml").write_text(answers, encoding="utf-8")
    for command in commands:
        mark = " mark " in command
        assert run(command.replace(".pdf", ".tex"), tmp_path) == int(mark)
    sheets, keys = ((tmp_path / name).read_text("utf-8") for name in ("sheets.tex", "keys.tex"))
    for copy in range(1, 31):
        assert f"Copy {copy}, seed 7" in sheets
        assert f"Copy {copy}, seed 7" in keys


def run(command, folder):
    """Return the exit code of a command of the README, with what is installed here."""
    program, *arguments = command.split()
    installed = Path(sys.executable).with_name(program)
    done = subprocess.run(
        [installed, *arguments], cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.returncode < 2, done.stdout + done.stderr
    return done.returncode


def test_the_picture_is_what_the_command_draws(root, tmp_path):
    from symlstm.command.draw import draw

    article = root / "derivations" / "article"
    drawn = tmp_path / "steps.svg"
    draw(article / "article.derivation.toml", output=drawn, what="steps")
    assert drawn.read_bytes() == (article / "steps.svg").read_bytes()


def test_the_two_commands_install_and_run(readme):
    first, second = re.search(r"```console\n\$ (.*)\n\$ (.*)\n```", readme).groups()
    assert first == "pip install . && symlstm derive"
    assert second == "pip install -e '.[test]' && pytest"


@pytest.mark.parametrize("page", ["README.md", "CONTRIBUTING.md"])
def test_links_lead_somewhere(root, page):
    targets = re.findall(r"\]\(([^)#]+)\)", (root / page).read_text(encoding="utf-8"))
    assert targets
    for target in targets:
        assert (root / target).exists(), target
