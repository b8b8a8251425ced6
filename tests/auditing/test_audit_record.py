"""The record of an audit: JSON at any time, and whole after whatever happened to it."""

import json
import subprocess
import sys

import pytest
from records import ABOUT, case, read, small, written

from symlstm.auditing.lines import FORMATS, TAIL, VERSION
from symlstm.auditing.record import opened
from symlstm.errors import OutputError

MARK = f'{{"format": "{FORMATS[VERSION]}"'.encode()
"""What a record begins with."""


@pytest.fixture
def path(tmp_path):
    return tmp_path / "record.json"


def test_it_is_json_after_every_case(path):
    for count, state in enumerate(written(path, 4, 0, 2)):
        whole = json.loads(state)
        assert whole["implementation"] == ABOUT["implementation"]
        assert [one["case"] for one in whole["cases"]] == [4, 0, 2][:count]
    assert read(path) == {number: case(number) for number in (4, 0, 2)}


def test_it_is_gone_on_with(path):
    written(path, 4, 0)
    written(path, 2)
    whole = path.read_bytes()
    path.unlink()
    assert whole == written(path, 4, 0, 2)[-1]


@pytest.mark.parametrize("count", [0, 1, 3])
def test_a_line_that_was_cut_off_anywhere_is_dropped(path, count):
    """At every byte: the file cut off there, or the rest of what it held before still behind it."""
    before, after = written(path, *range(count + 1), made=small)[-2:]
    start = len(before) - len(TAIL)
    for end in range(start, len(after) + 1):
        done = range(count + 1) if end >= len(after) - len(TAIL) else range(count)
        for torn in (after[:end], after[:end] + before[end:]):
            path.write_bytes(torn)
            assert sorted(read(path)) == list(done)
            assert [one["case"] for one in json.loads(path.read_bytes())["cases"]] == list(done)
            written(path, *range(len(done), count + 1), made=small)
            assert path.read_bytes() == after


def test_a_first_line_that_was_cut_off_anywhere_is_begun_anew(path):
    (whole,) = written(path)
    for end in (0, *range(len(MARK), len(whole) + 1)):
        path.write_bytes(whole[:end])
        assert written(path) == [whole]


def test_what_some_systems_fill_up_with_is_dropped(path):
    whole = written(path, 0, 1)[-1]
    for end in (len(whole) - len(TAIL), len(whole) - 40):
        path.write_bytes(whole[:end] + b"\0" * 300)
        written(path, *(() if end > len(whole) - 10 else (1,)))
        assert path.read_bytes() == whole


@pytest.mark.parametrize(
    "foreign", [b"my thesis", b"{}", b"[]", b'{"cases": []}', b"\n", b"\xff\x00", b"{", MARK[:-1]]
)
def test_a_file_of_someone_else_is_left_alone(path, foreign):
    path.write_bytes(foreign)
    with pytest.raises(OutputError, match="is no record of an audit; name another file"):
        opened(path, ABOUT)
    assert path.read_bytes() == foreign


def test_a_record_of_another_audit_is_left_alone(path):
    whole = written(path, 0, 1)[-1]
    with pytest.raises(OutputError, match=r"record of another audit \(layer differs\)"):
        opened(path, {**ABOUT, "layer": "1235"})
    with pytest.raises(OutputError, match=r"\(what it is of differs\)"):
        opened(path, {name: ABOUT[name] for name in ("layer", "shape")})
    assert path.read_bytes() == whole


def test_two_audits_do_not_write_to_one_file(path):
    pytest.importorskip("fcntl")
    first = opened(path, ABOUT)
    with pytest.raises(OutputError, match="another audit is writing to it"):
        opened(path, ABOUT)
    program = f"from symlstm.auditing.record import opened; opened({str(path)!r}, {ABOUT!r})"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    assert "another audit is writing to it" in done.stderr
    first.append(case(0))
    first.close()
    assert read(path) == {0: case(0)}


def test_what_cannot_be_written_is_named(path, tmp_path):
    for place in (tmp_path, tmp_path / "nowhere" / "record.json"):
        with pytest.raises(OutputError, match=r"cannot be written|is no file"):
            opened(place, ABOUT)
    record = opened(path, ABOUT)
    record.append(case(0))
    record._file = Disk(record._file, room=500)
    with pytest.raises(OutputError, match="cannot be written: No space left on device"):
        record.append(case(1))
    record.close()
    assert read(path) == {0: case(0)}


class Disk:
    """A file on a disk that has little room, and takes few bytes at a time."""

    def __init__(self, file, room):
        self.file, self.room = file, room

    def write(self, data):
        if not self.room:
            raise OSError(28, "No space left on device")
        taken = self.file.write(data[: min(7, self.room)])
        self.room -= taken
        return taken

    def __getattr__(self, name):
        return getattr(self.file, name)


def test_what_a_system_takes_bit_by_bit_is_written_whole(path, tmp_path):
    record = opened(path, ABOUT)
    record._file = Disk(record._file, room=10_000)
    record.append(case(0))
    record.close()
    assert path.read_bytes() == written(tmp_path / "other.json", 0)[-1]


def test_a_disk_that_is_full_is_one_error(tmp_path):
    pytest.importorskip("resource")
    program = (
        "import resource, signal; from symlstm.auditing.record import opened;"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN);"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (100, resource.RLIM_INFINITY));"
        f"opened({str(tmp_path / 'record.json')!r}, {ABOUT!r})"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    assert done.stderr.splitlines()[-1].endswith("record.json: cannot be written: File too large")


def test_appending_costs_the_same_however_long_the_record_is(path):
    record = opened(path, ABOUT)
    sizes = []
    whole = record._file

    class Counting:
        def write(self, data):
            sizes.append(len(data))
            return whole.write(data)

        def __getattr__(self, name):
            return getattr(whole, name)

    record._file = Counting()
    for number in range(100, 400):
        record.append(small(number))
    record.close()
    assert max(sizes) - min(sizes) <= 1
    assert len(read(path)) == 300
