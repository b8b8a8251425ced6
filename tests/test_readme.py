"""Every example of the README is run."""

import doctest
import re
import subprocess
import sys
from pathlib import Path

import pytest


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


def test_the_derivation_file_can_be_written_checked_and_tested(readme, tmp_path):
    file = re.search(r"```toml\n(.*?)```", readme, re.DOTALL)[1]
    (tmp_path / "mine.derivation.toml").write_text(file, encoding="utf-8")
    commands = re.findall(r"^\$ (.*mine\.derivation.*)$", readme, re.MULTILINE)
    assert len(commands) == 3
    for command in commands:
        program, *arguments = command.split()
        installed = Path(sys.executable).with_name(program)
        done = subprocess.run(
            [installed, *arguments], cwd=tmp_path, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
    assert "My cell, by hand" in (tmp_path / "mine.tex").read_text(encoding="utf-8")


def test_the_two_commands_install_and_run(readme):
    first, second = re.search(r"```console\n\$ (.*)\n\$ (.*)\n```", readme).groups()
    assert first == "pip install . && symlstm derive"
    assert second == "pip install -e '.[test]' && pytest"


def test_links_lead_somewhere(root, readme):
    for target in re.findall(r"\]\(([^)#]+)\)", readme):
        assert (root / target).exists(), target
