"""The command while it works: what a terminal sees of it, and what Ctrl-C does."""

import os
import pty
import signal
import subprocess
import sys

import pytest

from symlstm.command.cli import main

LONG = """
[cell]
type = "LSTM"
units = 1
activation = "hard_tanh"
recurrent_activation = "hard_sigmoid"
[weights]
kernel = "1/3"
recurrent_kernel = 1
bias = 0
[run]
algebra = "ball"
digits = 30
inputs = [{inputs}]
[backward]
"""


@pytest.fixture
def slow(tmp_path):
    """A derivation whose document takes seconds."""
    path = tmp_path / "slow.derivation.toml"
    path.write_text(LONG.format(inputs=", ".join(["1"] * 600)))
    return path


def started(*arguments, **options):
    return subprocess.Popen([sys.executable, "-m", "symlstm", *map(str, arguments)], **options)


def test_a_terminal_sees_that_there_is_work_and_ctrl_c_ends_it_cleanly(slow):
    ours, theirs = pty.openpty()
    process = started("derive", slow, "-o", slow.with_name("out.md"), stderr=theirs)
    os.close(theirs)
    seen = b""
    while b"deriving slow.derivation.toml" not in seen:
        seen += os.read(ours, 1000)
    process.send_signal(signal.SIGINT)
    try:
        while chunk := os.read(ours, 1000):
            seen += chunk
    except OSError:  # the terminal is closed
        pass
    os.close(ours)
    assert process.wait() == 130
    assert b"symlstm: interrupted while deriving slow.derivation.toml" in seen
    assert [path.name for path in slow.parent.iterdir()] == [slow.name]


def test_what_is_quick_or_no_terminal_sees_nothing_of_it(slow):
    done = subprocess.run(
        [sys.executable, "-m", "symlstm", "derive"], capture_output=True, check=True
    )
    assert done.stderr == b""


def test_ctrl_c_before_there_is_work_is_said_in_a_line(monkeypatch, capsys):
    def pressed():
        raise KeyboardInterrupt

    monkeypatch.setattr("symlstm.command.derive.article", pressed)
    monkeypatch.setattr(sys, "argv", ["symlstm", "derive"])
    with pytest.raises(SystemExit) as caught:
        main()
    assert caught.value.code == 130
    assert capsys.readouterr().err.strip() == "symlstm: interrupted"
