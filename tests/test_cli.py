import subprocess
import sys

import pytest

from symlstm import cli
from symlstm.errors import OutputError

ARTICLE = "derivations/article/article.derivation.toml"


@pytest.fixture
def run(monkeypatch, capsys):
    """Run the command in this process; return its exit code, output and errors."""

    def run_(*arguments):
        monkeypatch.setattr(sys, "argv", ["symlstm", *map(str, arguments)])
        with pytest.raises(SystemExit) as caught:
            cli.main()
        captured = capsys.readouterr()
        return caught.value.code or 0, captured.out, captured.err

    return run_


@pytest.fixture
def spec(root, tmp_path):
    path = tmp_path / "mine.derivation.toml"
    path.write_text((root / ARTICLE).read_text(encoding="utf-8"), encoding="utf-8")
    return path


def test_derive_alone_walks_through_the_article(run):
    code, out, err = run("derive")
    assert (code, err) == (0, "")
    assert "c_3 = f_3 ⊙ c_2 + i_3 ⊙ c̃_3 = 13 · 6 + 13 · 13 = 247" in out
    assert "h_3 = o_3 ⊙ c_3 = 13 · 247 = 3211" in out
    assert "set back to zero" in out


@pytest.mark.parametrize("suffix", [".tex", ".md"])
def test_the_suffix_chooses_the_format(run, root, spec, suffix):
    output = spec.with_name(f"out{suffix}")
    assert run("derive", spec, "-o", output) == (0, "", "")
    committed = (root / "derivations/article/article").with_suffix(suffix).read_text("utf-8")
    assert output.read_text("utf-8") == committed.replace("article.derivation", "mine.derivation")
    assert output.stat().st_mode & 0o777 == 0o666 & ~current_umask()


def current_umask():
    import os

    umask = os.umask(0)
    os.umask(umask)
    return umask


def test_only_what_was_generated_is_overwritten(run, spec):
    output = spec.with_name("out.tex")
    output.write_text("my thesis")
    code, out, err = run("derive", spec, "-o", output)
    assert (code, out) == (2, "")
    assert err.count("\n") == 1
    assert "did not generate it" in err
    assert "--force" in err
    assert output.read_text() == "my thesis"
    assert run("derive", spec, "-o", output, "--force")[0] == 0
    assert run("derive", spec, "-o", output)[0] == 0


@pytest.mark.parametrize("name", ["out.pdf", "out", "nowhere/out.tex", "folder.tex"])
def test_output_that_cannot_be_written_is_named(run, spec, name):
    spec.with_name("folder.tex").mkdir()
    code, _, err = run("derive", spec, "-o", spec.with_name("x").parent / name)
    assert code == 2
    assert err.startswith("symlstm: ")
    assert err.count("\n") == 1


def test_bad_input_writes_nothing(run, spec):
    spec.write_text(spec.read_text().replace("kernel = 1", "kernel = true", 1))
    code, out, err = run("derive", spec, "-o", spec.with_name("out.tex"))
    assert (code, out) == (2, "")
    assert err.count("\n") == 1
    assert "[weights] kernel is True" in err
    assert [path.name for path in spec.parent.iterdir()] == [spec.name]


def test_a_write_that_fails_leaves_the_old_file_and_no_other(run, spec, monkeypatch):
    output = spec.with_name("out.tex")
    run("derive", spec, "-o", output)
    before = output.read_text()

    def full(_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(cli.os, "fsync", full)
    code, _, err = run("derive", spec, "-o", output)
    assert code == 2
    assert "No space left on device" in err
    assert output.read_text() == before
    assert {path.name for path in spec.parent.iterdir()} == {spec.name, "out.tex"}


def test_templates_can_be_given(run, spec):
    template = spec.with_name("short.jinja")
    template.write_text("{{ document.title }}\n")
    assert run("derive", spec, "--template", template)[1] == "Stepping through an LSTM cell\n"
    code, _, err = run("derive", spec, "--template", spec.with_name("none.jinja"))
    assert code == 2
    assert "none.jinja" in err


def test_check_prints_a_table_and_says_whether_all_holds(run, root):
    code, out, err = run("check", root / "derivations")
    assert (code, err) == (0, "")
    for part in ("article", "symbolic", "holds", "agrees to"):
        assert part in out


def test_check_exits_with_1_when_something_does_not_hold(run, spec):
    spec.write_text(spec.read_text().replace("state_c = 247", "state_c = 248"))
    code, out, err = run("check", spec)
    assert (code, err) == (1, "")
    assert f"{spec}: step 3, state_c: expected 248, got 247" in out
    assert "1 wrong" in out


def test_check_reports_bad_input_and_checks_the_rest(run, spec):
    bad = spec.with_name("bad.derivation.toml")
    bad.write_text("[cell")
    code, out, err = run("check", spec.parent)
    assert code == 2
    assert "holds" in out
    assert "bad.derivation.toml: is not TOML" in err


def test_check_of_nothing_is_bad_input(run, tmp_path):
    code, _, err = run("check", tmp_path)
    assert code == 2
    assert "holds no file *.derivation.toml" in err


def test_an_overflow_is_said(run, spec, monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    spec.write_text(spec.read_text().split("[expect]")[0].replace("[1, 1, 1]", "[1,1,1,1,1,1,1,1]"))
    code, out, _ = run("check", spec)
    assert code == 0
    assert "inf from step 8" in out


@pytest.mark.parametrize("arguments", [["--help"], ["derive", "--help"], ["--version"], []])
def test_help_and_version_need_nothing_heavy(arguments):
    program = (
        "import sys; from symlstm.cli import main; sys.argv = ['symlstm', *sys.argv[1:]]\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "assert not {'sympy', 'numpy', 'flint', 'jinja2'} & set(sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, *arguments], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_help_keeps_its_brackets(run):
    assert "against [expect], and against NumPy" in " ".join(run("check", "--help")[1].split())


def test_importing_symlstm_imports_nothing_heavy():
    program = "import symlstm, sys; assert not {'sympy', 'numpy', 'flint'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", program], check=True)


def test_errors_are_one_line():
    assert cli._one_line(OutputError("a\n  b")) == "a b"
