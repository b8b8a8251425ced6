"""Catalogues: each language says all there is to say, with the same parts and formulas."""

import re
from pathlib import Path

import pytest

import symlstm
from symlstm.errors import OutputError
from symlstm.figures.dresses import GATES
from symlstm.languages.catalogue import ENGLISH, ONE, catalogue, languages, places
from symlstm.losses.table import LOSSES, OF_LOGITS
from symlstm.notation.formula import read_formula
from symlstm.training.optimizers import OPTIMIZERS

OTHERS = [language for language in languages() if language != "en"]
ALL = {f"{language} {key}": (sentence, ENGLISH.sentences[key.removesuffix(ONE)])
       for language in languages() for key, sentence in catalogue(language).sentences.items()
}  # fmt: skip
PACKAGE = Path(symlstm.__file__).parent
SOURCES = [path.read_text("utf-8") for suffix in ("py", "jinja")
           for path in PACKAGE.glob(f"**/*.{suffix}") if path.name != "catalogue.py"]  # fmt: skip
MATHEMATICS = re.compile(r"\$([^$]*)\$")
KEY = re.compile(r"""["']([a-z]+\.[a-z_]+)["']""")
PLAIN = re.compile(r"""words\(\s*(?:self, )?["']([a-z]+\.[a-z_]+)["']""")


def base(key):
    return key.removesuffix(ONE)


@pytest.mark.parametrize("language", OTHERS)
def test_a_language_says_all_that_english_says_and_nothing_else(language):
    assert {*map(base, catalogue(language).sentences)} == {*map(base, ENGLISH.sentences)}


def test_a_sentence_has_the_parts_and_the_formulas_of_the_english_one():
    for key, (sentence, english) in ALL.items():
        assert places(sentence) == places(english), key
        assert {*MATHEMATICS.findall(sentence)} == {*MATHEMATICS.findall(english)}, key


def test_a_sentence_is_one_line_whose_mathematics_is_known():
    for key, (sentence, _) in ALL.items():
        assert sentence == " ".join(sentence.split()) != "", key
        assert sentence.count("$") % 2 == 0, key
        assert all(read_formula(formula) for formula in MATHEMATICS.findall(sentence)), key
        rest = re.sub(r"\{\w+\}", "", MATHEMATICS.sub("", sentence))
        assert not {"{", "}", "\\"} & {*rest}, key


def test_every_key_is_said_somewhere():
    said = {key for source in SOURCES for key in KEY.findall(source)}
    logits = {f"{loss}_of_logits" for loss in OF_LOGITS}
    said |= {f"losses.{loss}" for loss in (*LOSSES, *logits, "other")} | {*GATES.values()}
    said |= {f"optimizers.{name}" for name in (*OPTIMIZERS, "other")}
    assert {*map(base, ENGLISH.sentences)} <= said


def test_whatever_is_said_has_a_key():
    tables = {key.partition(".")[0] for key in ENGLISH.sentences}
    calls = re.compile(r"(?:say|heading|words)\(.*")
    named = {
        key for source in SOURCES for call in calls.findall(source) for key in KEY.findall(call)
    }
    assert {key for key in named if key.partition(".")[0] in tables} <= {*ENGLISH.sentences}
    assert len(named) > 50


@pytest.mark.parametrize("language", languages())
def test_words_among_mathematics_have_no_special_characters(language):
    keys = {key for source in SOURCES for key in PLAIN.findall(source)}
    assert {"backward.value", "figure.after"} <= keys
    assert not [k for k in keys if {*catalogue(language).sentences[k]} & {*r"\$&%#_^~"}]


def test_an_unknown_language_is_an_error_that_lists_those_there_are():
    with pytest.raises(OutputError, match=r"language is 'fr'; known: de, en"):
        catalogue("fr")
    with pytest.raises(OutputError, match="known: de, en"):
        catalogue("../languages/en")


def test_an_unknown_key_and_other_parts_are_errors_that_name_them():
    with pytest.raises(OutputError, match=r"'cell\.headin' in en\.toml; did you mean"):
        ENGLISH.words("cell.headin")
    with pytest.raises(OutputError, match="which takes t, not nothing"):
        ENGLISH.words("step.heading")
    with pytest.raises(OutputError, match="which takes t, not t, x"):
        ENGLISH.words("step.heading", t=1, x=2)


def test_one_is_said_otherwise_where_a_language_has_words_for_it():
    assert ENGLISH.words("rounded.digits", count=1) == "1 significant digit"
    assert catalogue("de").words("rounded.digits", count=1) == "1 signifikante Stelle"
    assert catalogue("de").words("rounded.digits", count=3) == "3 signifikante Stellen"
