"""Documents and the figures beside them: written together, and watched over."""

import os
import subprocess
import sys

import pytest

from symlstm import load
from symlstm.command import cli
from symlstm.errors import OutputError, SpecError

ARTICLE = "derivations/article/article.derivation.toml"
FIGURES = ["cell.svg", "reset.svg", "step-1.svg", "step-2.svg", "step-3.svg"]


@pytest.fixture
def spec(root, tmp_path):
    path = tmp_path / "mine.derivation.toml"
    path.write_text((root / ARTICLE).read_text(encoding="utf-8"), encoding="utf-8")
    return path


@pytest.fixture
def derive(monkeypatch, capsys):
    """Write a document with the command; return its exit code and its errors."""

    def derive_(*arguments):
        monkeypatch.setattr(sys, "argv", ["symlstm", "derive", *map(str, arguments)])
        with pytest.raises(SystemExit) as caught:
            cli.main()
        return caught.value.code or 0, capsys.readouterr().err

    return derive_


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def wanting(spec, figures):
    """Let a file ask for figures."""
    text = spec.read_text("utf-8").partition("\n[document]")[0]
    spec.write_text(f"{text}\n[document]\nfigures = {figures}\n", "utf-8")


def test_markdown_has_its_figures_in_a_folder_beside_it(derive, spec, root):
    document = spec.with_name("mine.md")
    assert derive(spec, "-o", document) == (0, "")
    folder = spec.with_name("mine.figures")
    assert names(folder) == FIGURES
    assert names(spec.parent) == ["mine.derivation.toml", "mine.figures", "mine.md"]
    committed = root / "derivations/article/article.figures"
    for name in FIGURES:
        assert (folder / name).read_text("utf-8") == (committed / name).read_text("utf-8")
        assert f"](mine.figures/{name})" in document.read_text("utf-8")


def test_latex_has_them_inside_and_leaves_those_of_markdown(derive, spec):
    derive(spec, "-o", spec.with_name("mine.md"))
    assert derive(spec, "-o", spec.with_name("mine.tex")) == (0, "")
    assert names(spec.with_name("mine.figures")) == FIGURES
    assert spec.with_name("mine.tex").read_text("utf-8").count(r"\begin{tikzpicture}") == 5


def test_a_file_says_which(derive, spec):
    document, folder = spec.with_name("mine.md"), spec.with_name("mine.figures")
    wanting(spec, '["cell", "steps"]')
    derive(spec, "-o", document)
    assert names(folder) == [name for name in FIGURES if name != "reset.svg"]
    wanting(spec, "false")
    derive(spec, "-o", document)
    assert not folder.exists()
    wanting(spec, "true")
    derive(spec, "-o", document)
    assert names(folder) == FIGURES


@pytest.mark.parametrize("wrong", ['"cell"', '["cel"]', "[1]", "1"])
def test_what_is_no_figure_is_an_error_of_the_file(spec, wrong):
    wanting(spec, wrong)
    with pytest.raises(SpecError, match=r"\[document\] figures .*cell, steps, reset, backward"):
        load(spec)


def test_old_figures_are_removed_and_others_kept(derive, spec):
    document, folder = spec.with_name("mine.md"), spec.with_name("mine.figures")
    derive(spec, "-o", document)
    (folder / "step-3.svg").rename(folder / "step-4.svg")
    (folder / "my own.svg").write_bytes((folder / "cell.svg").read_bytes())
    (folder / "step-5.svg").write_text("<svg/>")
    assert derive(spec, "-o", document) == (0, "")
    assert names(folder) == sorted([*FIGURES, "my own.svg", "step-5.svg"])


def test_nothing_is_written_over_what_symlstm_did_not_make(derive, spec):
    document, folder = spec.with_name("mine.md"), spec.with_name("mine.figures")
    folder.mkdir()
    (folder / "step-2.svg").write_text("<svg/>")
    code, err = derive(spec, "-o", document)
    assert code == 2
    assert "step-2.svg: is there already, and symlstm did not make it" in err
    assert names(folder) == ["step-2.svg"]
    assert not document.exists()
    assert derive(spec, "-o", document, "--force") == (0, "")
    assert names(folder) == FIGURES


def test_a_file_where_the_folder_is_to_be_is_an_error(derive, spec):
    spec.with_name("mine.figures").write_text("mine")
    code, err = derive(spec, "-o", spec.with_name("mine.md"))
    assert code == 2
    assert err.count("\n") == 1
    assert not spec.with_name("mine.md").exists()


def test_when_one_file_cannot_be_written_none_is(derive, spec, monkeypatch):
    write, count = os.fsync, []

    def full(handle):
        count.append(handle)
        if len(count) == 3:
            raise OSError(28, "No space left on device")
        write(handle)

    monkeypatch.setattr(os, "fsync", full)
    code, err = derive(spec, "-o", spec.with_name("mine.md"))
    assert code == 2
    assert "No space left" in err
    assert names(spec.parent) == [spec.name]


def test_a_page_alone_has_none_in_markdown(spec):
    derivation = load(spec)
    assert "![" not in derivation.write("markdown")
    assert "tikzpicture" in derivation.write("latex")


def test_figures_that_are_not_those_of_today_are_stale(derive, spec):
    document, folder = spec.with_name("mine.md"), spec.with_name("mine.figures")
    derive(spec, "-o", document)
    derivation = load(spec)
    assert derivation.documents() == [document]
    assert derivation.stale(document) == ""
    again = f"write it again with: symlstm derive {spec.name} -o mine.md"
    for change, words in (
        (lambda path: path.unlink(), "step-2.svg, which mine.md shows, is not there"),
        (lambda path: path.write_text("<!-- Generated by symlstm -->"), "step-2.svg, line 2, is"),
        (lambda path: path.rename(folder / "step-9.svg"), "step-9.svg is not shown in mine.md"),
    ):
        change(folder / "step-2.svg")
        assert f"mine.figures/{words}" in derivation.stale(document)
        assert derivation.stale(document).endswith(again)
        derive(spec, "-o", document)
        assert derivation.stale(document) == ""
    (folder / "notes.svg").write_text("<svg/>")
    assert derivation.stale(document) == ""


def test_a_document_that_is_no_longer_written_for_is_not_looked_at(derive, spec):
    document = spec.with_name("mine.tex")
    derive(spec, "-o", document)
    derive(spec, "-o", spec.with_name("mine.md"))
    spec.with_name("mine.figures").joinpath("cell.svg").unlink()
    assert load(spec).stale(document) == ""


def test_templates_are_given_figures(derive, spec):
    template = spec.with_name("own.jinja")
    template.write_text("{{ document.chapters[0].figure | picture }}\n")
    document = spec.with_name("mine.md")
    assert derive(spec, "-o", document, "--template", template) == (0, "")
    assert names(spec.with_name("mine.figures")) == ["cell.svg"]
    assert load(spec).stale(document) == ""
    template.write_text("{{ document.title }}\n")
    assert "cell.svg is not shown" in load(spec).stale(document)


def test_nothing_of_figures_is_imported_for_a_terminal():
    program = (
        "import sys\nfrom symlstm.command.cli import main\nsys.argv = ['symlstm', 'derive']\n"
        "try: main()\nexcept SystemExit: pass\n"
        "assert not [m for m in sys.modules if m.startswith('symlstm.figures')]"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=False)
    assert done.returncode == 0, done.stderr


def test_a_page_names_what_cannot_be_written(spec):
    with pytest.raises(OutputError, match="no such folder"):
        load(spec).page(spec.parent / "nowhere/mine.md").write()


def test_a_summary_in_markdown_shows_few_steps_at_once(derive, spec):
    document = spec.with_name("mine.md")
    assert derive(spec, "-o", document, "--as", "summary") == (0, "")
    assert names(spec.with_name("mine.figures")) == ["overview.svg"]
    assert load(spec).stale(document) == ""
    derive(spec, "-o", document)
    assert names(spec.with_name("mine.figures")) == FIGURES
