"""Colours are for a terminal that shows them, and for nothing else."""

import os
import pty
import re
import subprocess
import sys

import pytest

from symlstm.command.cli import main

ESCAPE = re.compile(r"\x1b\[[\d;]*m")
COMMAND = [sys.executable, "-m", "symlstm", "derive"]


@pytest.fixture
def derive(monkeypatch, capsys):
    """Run the command as on a terminal with these settings; return its output."""

    def run(*arguments, terminal=True, **settings):
        for name in ("NO_COLOR", "COLORTERM", "TERM"):
            monkeypatch.delenv(name, raising=False)
        for name, value in {"TERM": "xterm-256color", **settings}.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setattr(sys, "argv", ["symlstm", "derive", *map(str, arguments)])
        monkeypatch.setattr(sys.stdout, "isatty", lambda: terminal)
        with pytest.raises(SystemExit):
            main()
        return capsys.readouterr().out

    return run


def test_a_terminal_shows_colours_and_whoever_pipes_gets_text():
    piped = subprocess.run(COMMAND, capture_output=True, check=True, text=True).stdout
    assert "\x1b" not in piped
    shown = on_a_terminal({"TERM": "xterm-256color", "COLORTERM": "truecolor"})
    assert "\x1b[38;2;197;87;0mf_3\x1b[0m" in shown
    assert ESCAPE.sub("", shown) == piped


def on_a_terminal(settings):
    kept = {name: value for name, value in os.environ.items() if name != "NO_COLOR"}
    screen, end = pty.openpty()
    with subprocess.Popen(COMMAND, stdout=end, env={**kept, **settings}) as process:
        os.close(end)
        parts = list(read(screen))
    os.close(screen)
    assert process.returncode == 0
    return b"".join(parts).decode().replace("\r\n", "\n")


def read(screen):
    while True:
        try:
            part = os.read(screen, 4096)
        except OSError:  # what Linux says at the end
            return
        if not part:
            return
        yield part


def test_a_terminal_says_how_many_colours_it_has(derive):
    assert "\x1b[38;5;166mf_3\x1b[0m" in derive()
    assert "\x1b[38;2;197;87;0mf_3\x1b[0m" in derive(COLORTERM="24bit")
    assert "\x1b[38;5;166mf_3\x1b[0m" in derive(NO_COLOR="")  # empty is as good as not there


@pytest.mark.parametrize(
    "settings",
    [
        {"terminal": False},
        {"terminal": False, "FORCE_COLOR": "1", "COLORTERM": "truecolor"},
        {"NO_COLOR": "1", "COLORTERM": "truecolor"},
        {"TERM": "dumb"},
    ],
)
def test_nothing_is_in_colour_where_nobody_wants_it(derive, settings):
    page = derive(**settings)
    assert "\x1b" not in page
    assert page == ESCAPE.sub("", derive())


@pytest.mark.parametrize("suffix", [".tex", ".md"])
def test_documents_have_no_escape_codes(derive, tmp_path, suffix):
    output = tmp_path / f"out{suffix}"
    assert derive("-o", output, COLORTERM="truecolor") == ""
    assert "\x1b" not in output.read_text(encoding="utf-8")
