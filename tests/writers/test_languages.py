"""Documents in another language: nothing in them is left in English."""

import json
import re
from dataclasses import fields, is_dataclass, replace
from pathlib import Path

import pytest

from symlstm import LSTM, hand_calculation, load
from symlstm.errors import OutputError, SpecError
from symlstm.languages.catalogue import ENGLISH, catalogue
from symlstm.writers import document, line, remarks, summary
from symlstm.writers.template_help import template_help

GALLERY = sorted((Path(__file__).parents[2] / "derivations").glob("*/*.derivation.toml"))
MAIN = [path for path in GALLERY if path.name.startswith(f"{path.parent.name}.")]
GERMAN = catalogue("de")
SHORTEST = 4


def phrases():
    """Return what English has and German has not: words between formulas and parts."""
    for key, sentence in ENGLISH.sentences.items():
        for phrase in re.split(r"\$[^$]*\$|\{\w+\}", sentence):
            words = phrase.strip(" ,.:;()")
            if len(words) >= SHORTEST and words not in GERMAN.sentences.get(key, ""):
                yield words


PHRASES = re.compile(r"(?<![\w\\-])(" + "|".join(map(re.escape, phrases())) + r")(?![\w-])")


def untitled(derivation):
    """Return a derivation without the words of its author."""
    told = {k: v for k, v in derivation.document.items() if k != "introduction"}
    beside = derivation.beside and untitled(derivation.beside)
    return replace(derivation, title="", document=told, beside=beside, language="de")


def text_of(path, text):
    """Return a document without its comments and, of a notebook, without code."""
    if path.suffix == ".ipynb":
        cells = json.loads(text)["cells"]
        return "\n".join("".join(c["source"]) for c in cells if c["cell_type"] == "markdown")
    comments = r"^%.*$|rounded corners" if path.suffix == ".tex" else r"<!--.*?-->|\]\(\S*\)"
    return re.sub(comments, "", text, flags=re.MULTILINE)


WORD = re.compile("[A-Za-zÄÖÜäöüß]{4,}")
NAMES = {
    "LSTM",
    "PeepholeLSTM",
    "SLSTM",
    "Dense",
    "softmax",
    "SimpleRNN",
    "tanh",
    "lrelu",
    "diag",
    "hard",
    "sparse",
    "batch",
} | {"float"}
KNOWN = NAMES | {*WORD.findall(" ".join(GERMAN.sentences.values()))}
TEXT = re.compile(r"<(?:title|desc|text)[^>]*>(.*?)</|aria-label=.(.*?)[\"']", re.DOTALL)


def words_of(drawing):
    """Return the text of an .svg file."""
    return re.sub("<[^>]*>", " ", " ".join(map("".join, TEXT.findall(drawing))))


@pytest.fixture(scope="module", params=MAIN, ids=lambda path: path.parent.name)
def derivation(request):
    return untitled(load(request.param))


@pytest.mark.parametrize("suffix", [".md", ".tex"])
def test_a_german_page_has_no_english_in_it(derivation, suffix, tmp_path):
    assert_is_german(derivation, suffix, tmp_path)


@pytest.mark.parametrize(
    "path",
    [path for path in MAIN if "[[layers]]" not in path.read_text("utf-8")],
    ids=lambda path: path.parent.name,
)
def test_a_german_notebook_of_a_cell_has_no_english_in_it(path, tmp_path):
    assert_is_german(untitled(load(path)), ".ipynb", tmp_path)


def assert_is_german(derivation, suffix, tmp_path):
    page = derivation.page(tmp_path / f"document{suffix}")
    shown = [text_of(page.path, page.text), *map(words_of, page.figures.values())]
    assert not [found for text in shown for found in PHRASES.findall(text)]
    assert GERMAN.sentences["cell.heading"] in shown[0]
    drawn = " ".join(shown[1:])
    assert {*WORD.findall(drawn)} <= KNOWN


@pytest.mark.parametrize("kind", ["page", "summary"])
def test_a_german_text_for_a_terminal_has_no_english_in_it(derivation, kind):
    shown = " ".join(derivation.write("terminal", kind=kind).split())
    assert GERMAN.sentences["cell.heading"] in shown
    assert {*WORD.findall(shown)} <= KNOWN


@pytest.mark.parametrize("format", ["latex", "markdown"])
def test_a_german_summary_has_no_english_in_it(derivation, format):
    shown = text_of(Path("a.tex" if format == "latex" else "a.md"), derivation.write(
        format, kind="summary", language="de"))  # fmt: skip
    assert not PHRASES.findall(shown)


def test_german_slides_have_no_english_on_them(derivation):
    shown = text_of(Path("a.tex"), derivation.write("latex", kind="slides"))
    assert not PHRASES.findall(shown)
    assert GERMAN.sentences["cell.heading"] in shown


def test_english_pages_have_the_phrases_that_are_looked_for(tmp_path):
    found = PHRASES.findall(load(MAIN[0]).write("markdown"))
    assert {"The cell", "What goes in", "Time step"} <= {*found}


@pytest.mark.slow
@pytest.mark.latex
@pytest.mark.parametrize("path", MAIN, ids=lambda path: path.parent.name)
def test_a_german_page_compiles(path, compile_latex):
    log = compile_latex(load(path).write("latex", language="de"))
    assert "Overfull" not in log


@pytest.mark.latex
def test_a_german_summary_is_one_page(compile_latex):
    log = compile_latex(load(MAIN[0]).write("latex", kind="summary", language="de"))
    assert "Output written on document.pdf (1 page" in log


def test_a_hand_calculation_is_in_the_language_that_is_asked_for():
    trace = LSTM(units=1).unroll(1)
    assert "Schritt für Schritt" in hand_calculation(trace, language="de")
    with pytest.raises(OutputError, match="language is 'fr'; known: de, en"):
        hand_calculation(trace, language="fr")


def test_a_file_says_which_language_its_document_is_in(tmp_path):
    path = tmp_path / "mine.derivation.toml"
    text = '[cell]\nunits = 1\n[run]\nsteps = 1\n[document]\nlanguage = "{}"\n'
    path.write_text(text.format("de"))
    assert "Die Zelle" in load(path).write("markdown")
    path.write_text(text.format("fr"))
    with pytest.raises(SpecError, match=r"\[document\] language is 'fr'; known: de, en"):
        load(path)


def test_a_document_in_another_language_is_held_to_that_language(tmp_path):
    path = tmp_path / "mine.derivation.toml"
    path.write_text("[cell]\nunits = 1\n[run]\nsteps = 1\n")
    derivation = load(path)
    derivation.page(tmp_path / "mine.md", language="de").write()
    assert "mine.derivation.toml in de -->" in (tmp_path / "mine.md").read_text("utf-8")
    assert derivation.stale(tmp_path / "mine.md") == ""
    (tmp_path / "mine.md").write_text((tmp_path / "mine.md").read_text("utf-8") + "x")
    assert "--language de" in derivation.stale(tmp_path / "mine.md")


def test_a_template_of_ones_own_can_say_what_the_language_has(tmp_path):
    template = tmp_path / "own.jinja"
    template.write_text(
        "{{ document.language }}: "
        '{{ heading("cell.heading") }}, {{ say("rounded.brief", to="*1*") }}\n'
        '{{ say("rounded.differs", apart=document.chapters[0].equations[0].left | inline) }}\n'
    )
    trace = LSTM(units=1).unroll(1)
    shown = hand_calculation(trace, "markdown", template=template, language="de", figures=False)
    assert shown.startswith(r"de: Die Zelle, Jeder Wert wird auf \*1\* gerundet")
    assert "von der wahren um höchstens ${\\color" in shown
    template.write_text('{{ say("cell.nothing") }}')
    with pytest.raises(OutputError, match=r"nothing to say for 'cell\.nothing' in de\.toml"):
        hand_calculation(trace, "markdown", template=template, language="de", figures=False)


@pytest.mark.latex
def test_the_template_that_is_shown_to_contributors_compiles(root, tmp_path, compile_latex):
    page = (root / "CONTRIBUTING.md").read_text("utf-8")
    template = tmp_path / "own.jinja"
    template.write_text(re.search(r"```latex\n(.*?)```", page, re.DOTALL)[1])
    shown = hand_calculation(LSTM(1).unroll(1), "latex", template=template, language="de")
    assert r"berechnet die Zelle" in shown
    assert r"\color{Gate" in shown
    compile_latex(shown)


def test_the_help_lists_all_that_a_template_is_given():
    told = template_help("de")
    parts = [
        one
        for module in (document, line, remarks, summary)
        for one in vars(module).values()
        if is_dataclass(one) and one.__module__ == module.__name__
    ]
    assert len(parts) > 15
    for part in parts:
        assert f"\n{part.__name__}\n" in told
        assert all(f"\n    {field.name}: " in told for field in fields(part))
    for name in ("display", "inline", "table", "prose", "picture", "numbered", "say", "heading"):
        assert f"\n{name}(" in told
    assert "numbered(lines: Sequence[Line], label: str = '')  (in latex)" in told
    assert all(f"\n{key}  " in told for key in ENGLISH.sentences)
    assert "Die Zelle" in told
