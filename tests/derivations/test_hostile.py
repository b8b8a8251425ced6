"""Whatever a derivation file says, it ends, in a document or in one error that names the file."""

import pytest
from hostile import files
from hypothesis import HealthCheck, given, settings

from symlstm import load
from symlstm.command.check import _found
from symlstm.errors import SymlstmError, one_line


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    return tmp_path_factory.mktemp("hostile") / "mine.derivation.toml"


@given(files())
@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
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
