"""Records that were damaged: one clear error, or what they held; never anything else."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
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
    written,
)

import symlstm
from symlstm import LSTM
from symlstm.auditing.record import opened
from symlstm.errors import OutputError


@pytest.fixture
def path(tmp_path):
    return tmp_path / "record.json"


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """The lines of a record of five cases; the first says what it is of, the last closes it."""
    return written(tmp_path_factory.mktemp("records") / "whole.json", *NUMBERS)[-1].split(b"\n")


def swapped(first, second):
    def damage(lines):
        lines[first - 1], lines[second - 1] = lines[second - 1], lines[first - 1]

    return damage


DAMAGED = {
    "key": (replaced(4, b'"sum"', b'"qum"'), ALTERED.format(4)),
    "digit": (replaced(5, b'"count": 10', b'"count": 11'), ALTERED.format(5)),
    "case": (replaced(3, b'"case": 0', b'"case": 7'), ALTERED.format(3)),
    "last": (replaced(6, b"undecided", b"undecidef"), ALTERED.format(6)),
    "space": (replaced(3, b": ", b":"), ALTERED.format(3)),
    "comma": (replaced(3, b",", b""), ALTERED.format(3)),
    "checksum": (replaced(6, b'"checksum": "', b'"checksum": "0'), SEALLESS.format(6)),
    "name of the checksum": (replaced(4, b"checksum", b"checksun"), SEALLESS.format(4)),
    "end": (lambda lines: lines.insert(3, lines.pop(3)[:-1] + b', "cases": ['), SEALLESS.format(4)),
    "closing line": (replaced(7, b"]}", b"]"), SEALLESS.format(7)),
    "line between": (lambda lines: lines.insert(3, b""), SEALLESS.format(4)),
    "line behind": (lambda lines: lines.insert(7, b"mine"), SEALLESS.format(7)),
    "doubled": (lambda lines: lines.insert(4, lines[3]), "line 5 is line 4 once more"),
    "closed twice": (lambda lines: lines.insert(6, b"]}"), SEALLESS.format(7)),
    "left out": (lambda lines: lines.pop(3), ALTERED.format(4)),
    "swapped": (swapped(4, 5), "line 4 is not in its place: it was written after line 5"),
    "moved": (
        lambda lines: lines.insert(2, lines.pop(5)),
        "line 3 is not in its place: it was written after line 6",
    ),
    "first": (swapped(2, 3), "line 2 is not in its place: it was written after line 3"),
    "joined": (lambda lines: lines.insert(2, lines.pop(2) + lines.pop(2)), ALTERED.format(3)),
}


@pytest.mark.parametrize("kind", DAMAGED)
def test_a_damaged_line_is_one_error_that_says_which(path, whole, kind):
    damage, message = DAMAGED[kind]
    lines = list(whole)
    damage(lines)
    path.write_bytes(b"\n".join(lines))
    with pytest.raises(OutputError, match=rf"record\.json: {message}; .*, or name another file$"):
        opened(path, ABOUT)
    assert path.read_bytes() == b"\n".join(lines)


@pytest.mark.parametrize("number", range(2, 8))
def test_what_an_error_says_that_can_be_kept_is_kept(path, whole, number):
    lines = list(whole)
    lines[number - 1] = b"," + lines[number - 1]
    path.write_bytes(b"\n".join(lines))
    kept = (
        "no case before it can be kept: remove the file",
        "case 4 before it is intact: remove line 3 and what follows",
        "the 2 cases before it are intact: remove line 4 and what follows",
        "the 3 cases before it are intact: remove line 5 and what follows",
        "the 4 cases before it are intact: remove line 6 and what follows",
        "cases 0 to 4 before it are intact: remove line 7 and what follows",
    )[number - 2]
    with pytest.raises(OutputError, match=f"; {kept}, or name another file"):
        opened(path, ABOUT)
    path.write_bytes(b"\n".join([*lines[: number - 1], b""]) if number > 2 else b"")
    assert list(read(path)) == list(NUMBERS[: number - 2])
    written(path, *NUMBERS[number - 2 :])
    assert path.read_bytes() == b"\n".join(whole)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (b'"seed": 0', b'"seed": 1', "line 1 is damaged, and no longer says which audit"),
        (b'"checksum": "', b'"checksum": "0', "line 1 is damaged"),
        (b'"cases": [', b'"cases": ', "line 1 is damaged"),
        (b"version 3", b"version 1", r"is the record of another audit \(what it is of differs\)"),
        (b"version 3", b"version 31", "is a record of version 31, which this symlstm does not kno"),
        (b"format", b"formaf", "is there already, and is no record of an audit"),
    ],
)
def test_a_damaged_first_line_is_one_error(path, whole, old, new, message):
    damaged = b"\n".join(whole).replace(old, new, 1)
    path.write_bytes(damaged)
    with pytest.raises(OutputError, match=rf"record\.json: {message}"):
        opened(path, ABOUT)
    assert path.read_bytes() == damaged


def test_lines_of_other_records_are_noticed(path, whole, tmp_path):
    """Of another audit, of one that is begun likewise, and of one that went another way."""
    other, third = tmp_path / "other.json", tmp_path / "third.json"
    of_other = written(other, *NUMBERS, about={**ABOUT, "seed": 1})[-1].split(b"\n")
    of_third = written(third, 4, 2, 0, 1, 3)[-1].split(b"\n")
    for number, lines in ((4, of_other), (5, of_third)):
        path.write_bytes(b"\n".join([*whole[: number - 1], lines[number - 1], *whole[number:]]))
        with pytest.raises(OutputError, match=ALTERED.format(number)):
            opened(path, ABOUT)


@OFTEN
@given(data=st.data(), count=st.integers(1, 3))
def test_nothing_that_was_altered_is_ever_read(path, whole, data, count):
    changed = b"\n".join(whole)
    for _ in range(count):
        changed = data.draw(changes(changed)) or b"\n"
    path.write_bytes(changed)
    try:
        results = read(path)
    except OutputError:
        assert path.read_bytes() == changed
    else:
        assert list(results.items()) == [(k, case(k)) for k in NUMBERS[: len(results)]]


def first_step(x):
    gate = 1 / (1 + np.exp(-x))
    return gate * np.tanh(gate * np.tanh(x))


@pytest.mark.parametrize("version", [1, 3])
def test_an_audit_with_a_damaged_record_is_that_error_or_the_same_table(path, version):
    layer = LSTM(units=1, use_bias=False).bind(kernel=1, recurrent_kernel=0)
    options = {"layer": layer, "steps": 1, "cases": 4, "record": path}
    with ThreadPoolExecutor(1) as executor:
        found = symlstm.audit(first_step, executor=executor, **options)
        if version == 1:
            path.write_bytes(of_version_1(found.results, found.about))
            found = symlstm.audit(first_step, executor=executor, **options)
            assert found.verdict is None
            assert "has no verdict: an older symlstm" in " ".join(str(found).split())
        good = path.read_bytes()
        for end in range(len(good) - 400, len(good), 23):
            path.write_bytes(good[:end])
            again = symlstm.audit(first_step, executor=executor, **options)
            assert str(again).partition("\n\n")[0] == str(found).partition("\n\n")[0]
            assert (
                again.summary["sequence_out"].totals.sum == found.summary["sequence_out"].totals.sum
            )
        lines = good.split(b"\n")
        damaged = {lines[3].replace(old, new, 1) for old, new in CHANGED.items()} - {lines[3]}
        assert len(damaged) > 10
        for line in damaged:
            path.write_bytes(b"\n".join([*lines[:3], line, *lines[4:]]))
            with pytest.raises(OutputError, match=r"record\.json: line 4 .* before it are intact"):
                symlstm.audit(first_step, executor=executor, **options)
