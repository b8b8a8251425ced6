"""What ``symlstm derive`` writes: PDF, fragments and summaries, and what it refuses."""

import os
import re
import shutil
import sys

import pytest
from components import missing

from symlstm import load
from symlstm.command import cli

ARTICLE = "derivations/article/article.derivation.toml"


@pytest.fixture
def spec(root, tmp_path):
    path = tmp_path / "mine.derivation.toml"
    path.write_text((root / ARTICLE).read_text("utf-8"), "utf-8")
    return path


@pytest.fixture
def run(spec, monkeypatch, capsys):
    """Derive from the file; return the exit code and what was printed."""
    monkeypatch.chdir(spec.parent)

    def run_(*arguments):
        monkeypatch.setattr(sys, "argv", ["symlstm", "derive", spec.name, *arguments])
        with pytest.raises(SystemExit) as caught:
            cli.main()
        return caught.value.code or 0, *capsys.readouterr()

    return run_


@pytest.fixture
def pretended(tmp_path_factory, monkeypatch):
    """Have a program of one's own in place of all others."""
    folder = tmp_path_factory.mktemp("bin")
    monkeypatch.setenv("PATH", str(folder))

    def pretend(name, script):
        program = folder / name
        program.write_text(f"#!/bin/sh\n{script}\n")
        program.chmod(0o755)

    return pretend


def names(folder):
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.slow
@pytest.mark.latex
@pytest.mark.parametrize("program", ["pdflatex", "lualatex"])
def test_a_pdf_is_the_same_every_time_and_may_be_written_again(run, spec, program, pretended):
    real = shutil.which(program, path=os.defpath)
    if real is None:
        missing(program)
    pretended(program, f'PATH="{os.defpath}" exec {real} "$@"')
    assert run("-o", "walk.pdf") == (0, "", "")
    first = spec.with_name("walk.pdf").read_bytes()
    assert first.startswith(b"%PDF")
    assert run("-o", "walk.pdf") == (0, "", "")
    assert spec.with_name("walk.pdf").read_bytes() == first
    assert names(spec.parent) == [spec.name, "walk.pdf"]
    assert load(spec).documents() == []


@pytest.mark.latex
def test_a_pdf_of_someone_else_stays(run, spec, compile_latex):
    compile_latex("\\documentclass{article}\\begin{document}Mine.\\end{document}")
    mine = spec.with_name("document.pdf")
    before = mine.read_bytes()
    code, _, err = run("-o", "document.pdf")
    assert (code, err.count("\n")) == (2, 1)
    assert "symlstm did not make it" in err
    assert mine.read_bytes() == before


@pytest.mark.latex
def test_what_does_not_compile_is_one_error_and_leaves_nothing(run, spec, compile_latex):
    del compile_latex
    spec.with_name("own.tex").write_text(
        "\\documentclass{article}\\begin{document}\\wrong\\end{document}"
    )
    before = names(spec.parent)
    code, _, err = run("-o", "walk.pdf", "--template", "own.tex")
    assert (code, err.count("\n")) == (2, 1)
    assert "does not compile the document: ! Undefined control sequence" in err
    assert names(spec.parent) == before


@pytest.mark.latex
def test_a_document_runs_no_command(run, spec, compile_latex):
    del compile_latex
    touch = rf"\immediate\write18{{touch {spec.with_name('touched')}}}"
    spec.with_name("own.tex").write_text(
        rf"\documentclass{{article}}\begin{{document}}{touch}Text.\end{{document}}"
    )
    assert run("-o", "walk.pdf", "--template", "own.tex")[0] == 0
    assert not spec.with_name("touched").exists()


def test_without_latex_one_error_names_what_would_do(run, spec, pretended):
    code, _, err = run("-o", "walk.pdf")
    assert (code, err.count("\n")) == (2, 1)
    assert "none of pdflatex, lualatex and tectonic is installed" in err
    assert names(spec.parent) == [spec.name]


def test_tectonic_is_taken_where_there_is_no_other(run, spec, pretended):
    script = 'PATH=/bin:/usr/bin; (echo "$@"; cat document.tex) >document.pdf'
    pretended("tectonic", script)
    assert run("-o", "walk.pdf") == (0, "", "")
    written = spec.with_name("walk.pdf").read_text("utf-8")
    assert written.startswith("--untrusted")
    assert "dvipdfmx:config" in written


@pytest.mark.parametrize(
    ("script", "words"),
    [("echo '! No memory.'; exit 1", "! No memory."), ("exit 0", "it says nothing"),
     ("echo 'error: no network' >&2; exit 1", "error: no network")],
)  # fmt: skip
def test_a_program_that_fails_is_quoted(run, pretended, script, words):
    pretended("lualatex", script)
    code, _, err = run("-o", "walk.pdf")
    assert (code, err.count("\n")) == (2, 1)
    assert words in err


def test_a_program_that_does_not_end_is_ended(run, pretended, monkeypatch):
    monkeypatch.setattr("symlstm.files.compiling.PATIENCE", 0.2)
    pretended("pdflatex", "exec /bin/sleep 60")
    code, _, err = run("-o", "walk.pdf")
    assert (code, err.count("\n")) == (2, 1)
    assert "pdflatex does not run to its end" in err


@pytest.mark.parametrize(
    ("kind", "name"), [("summary", "mine.tex"), ("summary", "mine.md"), ("fragment", "mine.tex")]
)
def test_a_kind_is_told_by_the_first_line_and_watched_over(run, spec, kind, name):
    assert run("-o", name, "--as", kind) == (0, "", "")
    document = spec.with_name(name)
    assert f" from {spec.name} as {kind}" in document.read_text("utf-8").partition("\n")[0]
    assert load(spec).documents() == [document]
    assert load(spec).stale(document) == ""
    document.write_text(document.read_text("utf-8").replace("3211", "3212"), "utf-8")
    said = load(spec).stale(document)
    assert f"symlstm derive {spec.name} -o {name} --as {kind}" in said
    assert run("-o", name) == (0, "", "")
    assert load(spec).stale(document) == ""


def test_a_summary_is_for_a_terminal_too(run):
    code, out, err = run("--as", "summary")
    assert (code, err) == (0, "")
    assert "h_3 = 3211" in out
    assert "Time step" not in out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--as", "fragment", "-o", "x.md"], "--as fragment is not for .md; write it with -o to a"),
        (["--as", "fragment", "-o", "x.pdf"], "--as fragment is not for .pdf"),
        (["--as", "fragment"], "--as fragment is not for a terminal"),
        (["--as", "sumary"], "did you mean 'summary'"),
        (["--as", "sumary", "-o", "x.tex"], "did you mean 'summary'"),
        (
            ["--as", "summary", "--template", "own.tex"],
            "--template and --as summary do not",
        ),
        (["-o", "x.docx"], "end it in .tex, .pdf, .md or .ipynb"),
    ],
)
def test_what_does_not_go_together_is_one_error(run, spec, arguments, words):
    code, out, err = run(*arguments)
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert words in err
    assert names(spec.parent) == [spec.name]


def test_the_help_names_the_formats(run):
    shown = re.sub(r"\s+", " ", run("--help")[1])
    for word in ("--as", "page|summary|fragment", ".pdf"):
        assert word in shown


def test_a_language_is_chosen_on_the_command_line(run, spec):
    code, shown, _ = run("--language", "de")
    assert code == 0
    assert "Zeitschritt 1" in shown
    assert run("--language", "de", "-o", "mine.md")[0] == 0
    assert "Zeitschritt 1" in (spec.parent / "mine.figures/step-1.svg").read_text("utf-8")
    code, _, error = run("--language", "fr")
    assert code == 2
    assert "language is 'fr'; known: de, en" in error


def test_what_a_template_is_given_is_said_without_a_file(run):
    code, shown, _ = run("--template-help")
    assert code == 0
    assert "\nChapter\n" in shown
    assert "cell.computes  At every time step" in shown
