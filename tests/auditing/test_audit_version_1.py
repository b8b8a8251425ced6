"""Records of the version before, which had no checksums."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from records import (
    ABOUT,
    ALTERED,
    CHANGED,
    NUMBERS,
    OFTEN,
    SEALLESS,
    case,
    changes,
    of_version_1,
    read,
    replaced,
    small,
    written,
)
from records import before as before_it

from symlstm.auditing import lines
from symlstm.auditing.findings import Audit
from symlstm.auditing.lines import TAIL
from symlstm.auditing.record import opened
from symlstm.errors import OutputError

GONE_ON_WITH = [(k, before_it(case(k)) if at < 3 else case(k)) for at, k in enumerate(NUMBERS)]
"""What a record holds that version 1 began, with three cases."""


@pytest.fixture
def path(tmp_path):
    return tmp_path / "record.json"


def test_a_record_of_the_version_before_is_read_and_gone_on_with(path):
    before = of_version_1(map(case, NUMBERS[:3]))
    path.write_bytes(before)
    assert read(path) == {k: before_it(case(k)) for k in NUMBERS[:3]}
    assert path.read_bytes() == before
    written(path, *NUMBERS[3:])
    assert path.read_bytes().startswith(before.removesuffix(TAIL))
    assert len(json.loads(path.read_bytes())["cases"]) == 5
    assert list(read(path).items()) == GONE_ON_WITH
    path.write_bytes(path.read_bytes()[: -len(TAIL) - 9])
    assert list(read(path)) == list(NUMBERS[:4])
    path.write_bytes(before[:-300])
    assert list(read(path)) == list(NUMBERS[:2])
    for end in (60, len(of_version_1([])) - 7, len(of_version_1([]))):
        path.write_bytes(of_version_1([])[:end])
        assert not read(path)
        assert b"version 3" in path.read_bytes()


@pytest.fixture(scope="module")
def gone_on_with(tmp_path_factory):
    """A record that the version before began, and this one went on with."""
    path = tmp_path_factory.mktemp("records") / "old.json"
    path.write_bytes(of_version_1(map(case, NUMBERS[:3])))
    written(path, *NUMBERS[3:])
    return path.read_bytes()


@OFTEN
@given(data=st.data())
def test_a_line_with_a_checksum_holds_for_those_before_that_have_none(path, gone_on_with, data):
    changed = data.draw(changes(gone_on_with))
    path.write_bytes(changed or b"\n")
    try:
        results = read(path)
    except OutputError:
        return
    assert list(results.items()) == GONE_ON_WITH[: len(results)]


def test_lines_without_checksums_that_do_not_fit_keep_nothing(path, gone_on_with):
    path.write_bytes(gone_on_with.replace(b'"sum": ', b'"sum": 1', 1))
    with pytest.raises(OutputError, match=r"line 2 says what cannot be: .*; no case before it can"):
        opened(path, ABOUT)
    lines = gone_on_with.split(b"\n")
    lines[2] = lines[2].replace(b'"case": 0', b'"case": 9')
    path.write_bytes(b"\n".join(lines))
    with pytest.raises(OutputError, match=f"{ALTERED.format(5)}; no case before it can be kept"):
        opened(path, ABOUT)
    path.write_bytes(gone_on_with.removesuffix(TAIL) + b"\n," + json.dumps(case(9)).encode() + TAIL)
    with pytest.raises(OutputError, match=f"{SEALLESS.format(7)}; cases 0 to 4 before it are"):
        opened(path, ABOUT)


@pytest.mark.parametrize("old", CHANGED)
def test_a_line_of_the_version_before_has_to_fit_together(path, old):
    lines = of_version_1(map(case, range(3))).split(b"\n")
    replaced(3, old, CHANGED[old])(lines)
    path.write_bytes(b"\n".join(lines))
    with pytest.raises(OutputError, match=r"line 3 .*; case 0 before it is intact: remove line 3"):
        opened(path, ABOUT)
    assert path.read_bytes() == b"\n".join(lines)


def test_a_line_of_the_version_before_that_is_there_twice_is_an_error(path):
    path.write_bytes(of_version_1([small(0), small(1), small(2), small(1)]))
    with pytest.raises(OutputError, match="line 5 is line 3 once more; cases 0 to 2 before it are"):
        opened(path, ABOUT)
    path.write_bytes(of_version_1([small(0), small(1), {**case(1), "case": 0}]))
    with pytest.raises(OutputError, match="line 4 says what cannot be: its outputs are not those"):
        opened(path, ABOUT)
    path.write_bytes(of_version_1([case(0), case(1), {**case(2), "case": 0}]))
    with pytest.raises(OutputError, match="line 4 has case 0 once more"):
        opened(path, ABOUT)


@OFTEN
@given(data=st.data())
def test_whatever_a_record_of_the_version_before_holds_can_be_summed_up(path, data):
    path.write_bytes(data.draw(changes(of_version_1(map(case, range(4))))) or b"\n")
    try:
        results = read(path)
    except OutputError:
        return
    assert str(Audit(ABOUT, tuple(results.values()))) if results else True


def test_a_record_of_version_2_is_read_and_gone_on_with(path, monkeypatch):
    """It had checksums, and neither verdicts nor errors."""
    with monkeypatch.context() as before:
        before.setattr(lines, "VERSION", 2)
        before.setattr(lines.head, "__defaults__", (2,))
        begun, *_, whole = written(path, *NUMBERS[:3], made=lambda k: before_it(case(k)))
    assert whole.startswith(b'{"format": "symlstm audit, version 2"')
    assert list(read(path).items()) == GONE_ON_WITH[:3]
    written(path, *NUMBERS[3:])
    assert path.read_bytes().startswith(whole.removesuffix(TAIL))
    assert list(read(path).items()) == GONE_ON_WITH
    path.write_bytes(whole.replace(b'"sum": ', b'"sum": 1', 1))
    with pytest.raises(OutputError, match="line 2 does not fit its checksum"):
        opened(path, ABOUT)
    for end in (60, len(begun) - 7):
        path.write_bytes(begun[:end])
        assert not read(path)
