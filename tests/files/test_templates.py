"""Templates of our own are compiled once, and kept where Python keeps its modules."""

import os
import subprocess
import sys

import pytest

PROGRAM = """
import jinja2, symlstm
compiled = []
compile_ = jinja2.Environment._compile
jinja2.Environment._compile = lambda *args: compiled.append(args) or compile_(*args)
trace = symlstm.LSTM(1, activation=None, recurrent_activation=None).bind(
    kernel=1, recurrent_kernel=1, bias=0
).run([1])
text = symlstm.hand_calculation(trace)
print(len(compiled), text)
"""


def told(folder, *options):
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    environment |= {"PYTHONPYCACHEPREFIX": str(folder), "PYTHONIOENCODING": "utf-8"}
    command = [sys.executable, *options, "-c", PROGRAM]
    done = subprocess.run(command, capture_output=True, check=True, env=environment, timeout=120)
    count, _, text = done.stdout.decode().partition(" ")
    return int(count), text


def kept(folder):
    return [path for path in folder.rglob("templates.*") if path.suffix != ".pyc"]


def test_what_was_compiled_is_compiled_no_more_and_what_is_broken_again(tmp_path):
    count, text = told(tmp_path)
    assert count
    assert told(tmp_path) == (0, text)
    files = kept(tmp_path)
    assert len(files) == count
    files[0].write_bytes(files[0].read_bytes()[:-9])
    files[1].write_bytes(b"")
    os.utime(files[-1], (0, 0))  # older than what would compile it
    assert told(tmp_path) == (len({*files[:2], files[-1]}), text)


@pytest.mark.slow
def test_nothing_is_kept_where_python_keeps_nothing(tmp_path):
    count, text = told(tmp_path, "-B")
    assert not kept(tmp_path)
    # A folder in which nothing can be written is as good: there, a file is in its place.
    (tmp_path / "file").write_bytes(b"")
    assert told(tmp_path / "file") == (count, text)
