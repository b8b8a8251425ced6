"""What a shell completes: in a bash that reads what was installed, and as other shells ask."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from components import missing

from symlstm.command import cli

BASH = """
shopt -s expand_aliases
source ~/.bashrc
COMP_WORDS=(symlstm {words}); COMP_CWORD={last}
_symlstm_completion symlstm 2>/dev/null
printf '%s\\n' "${{COMPREPLY[@]}}"
complete -p symlstm
"""


@pytest.fixture
def run(monkeypatch, capsys, tmp_path):
    """Run the command in this process, at home in a folder of its own."""
    monkeypatch.setenv("HOME", str(tmp_path))

    def run_(*arguments):
        monkeypatch.setattr(sys, "argv", ["symlstm", *arguments])
        with pytest.raises(SystemExit) as caught:
            cli.main()
        captured = capsys.readouterr()
        return caught.value.code, captured.out, captured.err

    return run_


@pytest.fixture
def bash(run, tmp_path):
    """A bash in which completion is installed; it returns what words are completed to."""
    program = shutil.which("bash")
    if program is None:
        missing("bash")
    (tmp_path / ".bashrc").write_text("export MINE=kept", encoding="utf-8")
    assert run("--install-completion", "bash")[0] == 0
    command = tmp_path / "bin" / "symlstm"
    command.parent.mkdir()
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m symlstm "$@"\n', encoding="utf-8")
    command.chmod(0o755)
    path = f"{command.parent}{os.pathsep}{os.environ['PATH']}"

    def complete(*words):
        script = BASH.format(words=" ".join(f"'{word}'" for word in words), last=len(words))
        settings = {**os.environ, "PATH": path}
        done = subprocess.run(
            [program, "--norc", "-c", script],
            capture_output=True, check=True, text=True, env=settings,
        )  # fmt: skip
        *completed, registered = done.stdout.splitlines()
        assert registered.endswith("_symlstm_completion symlstm")
        return completed

    return complete


@pytest.mark.parametrize(
    ("words", "completed"),
    [
        (("d",), ["derive", "draw", "diagnose"]),
        (("derive", "--temp"), ["--template", "--template-help"]),
        (("derive", "--as", "s"), ["summary", "slides"]),
        (("derive", "--language", ""), ["en", "de"]),
        (("derive", "-o", ""), [""]),
        (("derive", "none"), [""]),  # of files, the shell knows
    ],
)
def test_bash_completes_commands_options_and_words(bash, words, completed):
    assert bash(*words) == completed


def test_to_install_it_twice_changes_a_file_of_the_user_once(run, tmp_path, monkeypatch):
    begins = tmp_path / ".bashrc"
    begins.write_text("export MINE=kept", encoding="utf-8")
    monkeypatch.setenv("SHELL", "/usr/bin/bash")
    for _ in range(2):
        code, out, err = run("--install-completion")
        assert (code, err) == (0, "")
        assert f"{tmp_path / '.bash_completions/symlstm.sh'}: completes symlstm" in out
    lines = begins.read_text(encoding="utf-8").splitlines()
    assert lines == ["export MINE=kept", "source ~/.bash_completions/symlstm.sh"]


@pytest.mark.parametrize(
    ("shell", "script", "begins"),
    [
        (
            "zsh",
            ".zfunc/_symlstm",
            {".zshrc": "fpath+=~/.zfunc; autoload -Uz compinit; compinit\n"},
        ),
        ("fish", ".config/fish/completions/symlstm.fish", {}),
    ],
)
def test_other_shells_find_the_script_that_is_shown(run, tmp_path, shell, script, begins):
    assert run("--install-completion", shell)[0] == 0
    code, shown, err = run("--show-completion", shell)
    assert (code, err) == (0, "")
    assert f"_SYMLSTM_COMPLETE={shell}_complete" in shown
    assert (tmp_path / script).read_text(encoding="utf-8") + "\n" == shown
    written = {path.name: path.read_text() for path in tmp_path.iterdir() if path.is_file()}
    assert written == begins


@pytest.mark.parametrize(
    ("shell", "asked"),
    [
        ("zsh", {"COMP_WORDS": "symlstm dr", "COMP_CWORD": "1"}),
        ("fish", {"COMP_WORDS": "symlstm dr", "COMP_CWORD": "dr"}),
    ],
)
def test_other_shells_are_answered(run, monkeypatch, shell, asked):
    for name, value in {"_SYMLSTM_COMPLETE": f"{shell}_complete", **asked}.items():
        monkeypatch.setenv(name, value)
    code, out, _ = run()
    assert code == 0
    assert "draw" in out
    assert "derive" not in out


@pytest.mark.parametrize("named", [("tcsh",), ()])
def test_a_shell_that_has_none_is_one_error(run, monkeypatch, named):
    monkeypatch.setenv("SHELL", "/bin/tcsh")
    code, out, err = run("--show-completion", *named)
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert "shell is 'tcsh'; known: bash, zsh, fish" in err
    assert not list(Path.home().iterdir())
