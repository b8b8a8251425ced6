"""Whatever a derivation file says, it ends, in a document or in one error that names the file."""

import pytest
from hostile import files
from hypothesis import HealthCheck, given, settings

from symlstm import load
from symlstm.command.check import _found
from symlstm.errors import SpecError, SymlstmError, one_line


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    return tmp_path_factory.mktemp("hostile") / "mine.derivation.toml"


@pytest.mark.slow
@given(files())
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_hostile_file_ends_in_a_document_or_in_one_error(path, text):
    path.write_text(text, encoding="utf-8")
    pages, error = outcome(path)
    assert (len(pages) == 3) == (error == "")
    assert all(pages)
    assert "\x1b" not in "".join(pages[2:])
    assert not error or str(path) in error
    assert error.isprintable()


def outcome(path):
    """Return the pages of a file that can be run and written, and otherwise the error."""
    try:
        derivation = load(path, written=True)
        _found(derivation)
        return [derivation.write(name) for name in ("latex", "markdown", "terminal")], ""
    except SymlstmError as error:
        return [], one_line(error)


SIZE = 1_990_000
EXPLOSIVE = {
    "quotes": '"' * SIZE,
    "triple quotes": '"""a' * (SIZE // 4),
    "single quotes": "'" * SIZE,
    "escapes": r"\"" * (SIZE // 2),
    "dots": "a" + ".a" * (SIZE // 2) + " = 1",
    "spaced dots": "a" + " . a" * (SIZE // 4) + " = 1",
    "quoted dots": '"a"' + '."a"' * (SIZE // 4) + " = 1",
    "a header": "[" + "a." * (SIZE // 2) + "a]",
    "brackets": "a = " + "[" * (SIZE - 10),
    "braces": "a = " + "{a = " * (SIZE // 6),
    "tables": "[[a]]\n" * (SIZE // 6),
    "an integer": "a = " + "9" * (SIZE - 10),
    "a decimal": "a = 1." + "9" * (SIZE - 10),
    "an exponent": "a = 1e" + "9" * (SIZE - 10),
    "underscores": "a = " + "1_" * (SIZE // 2 - 10) + "1",
}
"""Files that a parser of TOML would take minutes or gigabytes for."""


@pytest.mark.parametrize("kind", EXPLOSIVE)
def test_a_file_that_explodes_in_the_parser_does_not_get_there(path, kind, monkeypatch):
    def parse(text, **_options):
        raise AssertionError(f"{len(text)} characters are parsed")

    if kind != "escapes":
        monkeypatch.setattr("tomllib.loads", parse)
    path.write_text(EXPLOSIVE[kind])
    with pytest.raises(SpecError, match=r"more than the|not TOML"):
        load(path)
