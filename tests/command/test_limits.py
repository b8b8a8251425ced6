"""The option --limit, and what stands in names of files and in texts that others wrote."""

import os
import sys

import pytest

from symlstm.command import cli

SYMBOLIC = "[cell]\nunits = 1\n[run]\nsteps = {steps}\n"


@pytest.fixture
def run(monkeypatch, capsys):
    """Run the command in this process; return its exit code, output and errors."""

    def run_(*arguments):
        monkeypatch.setattr(sys, "argv", ["symlstm", *map(str, arguments)])
        try:
            cli.main()
        except SystemExit as caught:
            code = caught.code or 0
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return run_


def test_a_limit_is_named_and_can_be_raised(run, tmp_path):
    path = tmp_path / "long.derivation.toml"
    path.write_text(SYMBOLIC.format(steps=3))
    code, _, err = run("check", path, "--limit", "symbolic_terms=35")
    assert code == 2
    assert f"{path}: [run] steps is 3: that comes to 36 products of symbols" in err
    assert "--limit symbolic_terms=..." in err
    assert run("check", path, "--limit", "symbolic_terms=36")[0] == 0
    assert run("derive", path, "--limit", "symbolic_terms=36", "--limit", "lines=99")[0] == 0


@pytest.mark.parametrize(
    ("limit", "message"),
    [("lines", "give NAME=NUMBER"), ("lines=many", "give NAME=NUMBER"), ("lines=-1", "NAME=NUMB"),
     ("line=3", "did you mean 'lines'"), ("lines=" + "9" * 40, "give NAME=NUMBER"), ("=", "NAME=")],
)  # fmt: skip
def test_limits_that_are_none_are_one_error(run, limit, message):
    code, _, err = run("derive", "--limit", limit)
    assert code == 2
    assert err.count("\n") == 1
    assert message in err


@pytest.mark.parametrize("name", [b"a\xff", b"\x1b[31mred", b"new\nline", "\u202eevil".encode()])
def test_odd_names_are_shown_escaped_and_work(run, tmp_path, name):
    path = tmp_path / os.fsdecode(name + b".derivation.toml")
    path.write_text(SYMBOLIC.format(steps=1))
    code, out, err = run("check", path)
    assert (code, err) == (0, "")
    assert all(line.isprintable() for line in out.splitlines())
    assert run("derive", path)[0] == 0
    for suffix in (".md", ".tex"):
        target = path.with_name(path.name.replace(".derivation.toml", suffix))
        assert run("derive", path, "-o", target)[0] == 0
        assert run("derive", path, "-o", target)[0] == 0  # ours, so that it is written again
    path.write_text("wrong = 1\n" + SYMBOLIC.format(steps=1))
    code, _, err = run("check", path)
    assert code == 2
    assert err.count("\n") == 1
    assert err.rstrip("\n").isprintable()


def test_control_characters_of_a_title_do_not_reach_the_terminal(run, tmp_path):
    path = tmp_path / "title.derivation.toml"
    path.write_text('title = "\\u001b[31mred"\n' + SYMBOLIC.format(steps=1))
    code, out, _ = run("derive", path)
    assert code == 0
    assert r"\x1b[31mred" in out
    assert "\x1b" not in out


def test_one_file_that_is_wrong_does_not_keep_others_from_being_checked(run, tmp_path):
    (tmp_path / "good.derivation.toml").write_text(SYMBOLIC.format(steps=1))
    long = SYMBOLIC.format(steps=1) + f'[document]\nbeside = "{"a" * 5000}"\n'
    (tmp_path / "zz.derivation.toml").write_text(long)
    code, out, err = run("check", tmp_path)
    assert code == 2
    assert "good" in out
    assert "File name too long" in err
    assert len(err) < 1200


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("derive", "--nope"), "No such option '--nope'"),
        (("derive", "a", "b\udcff\u202e"), r"b\xff\u202e"),
        (("check",), "Missing argument"),
        (("nothing",), "No such command 'nothing'"),
    ],
)
def test_what_the_command_does_not_have_is_one_line(run, arguments, message):
    code, _, err = run(*arguments)
    assert code == 2
    assert err.count("\n") == 1
    assert message in err
    assert err.rstrip("\n").isprintable()
    assert err.endswith("see symlstm --help\n")


def test_without_a_command_there_is_help(run):
    code, out, err = run()
    assert (code, err) == (0, "")
    assert "derive" in out


def test_a_document_does_not_replace_the_derivation_beside_it(run, tmp_path):
    beside = tmp_path / "beside.md"  # a name that a document may have
    beside.write_text(SYMBOLIC.format(steps=1))
    path = tmp_path / "mine.derivation.toml"
    path.write_text(SYMBOLIC.format(steps=1) + '[document]\nbeside = "beside.md"\n')
    before = beside.read_text()
    code, _, err = run("derive", path, "-o", beside, "--force")
    assert code == 2
    assert "which is read" in err
    assert beside.read_text() == before
