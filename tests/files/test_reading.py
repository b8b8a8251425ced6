"""What is read: regular files of a bounded size, and nothing else is waited for."""

import os

import pytest

from symlstm import budget
from symlstm.errors import ModelError, SpecError, TooLargeError
from symlstm.files.reading import read_bytes, read_start


@pytest.fixture
def odd(tmp_path):
    """Places that hold no regular file."""
    os.mkfifo(tmp_path / "fifo")
    (tmp_path / "loop").symlink_to("loop")
    (tmp_path / "zero").symlink_to("/dev/zero")
    (tmp_path / "full").symlink_to("/dev/full")
    (tmp_path / "dangling").symlink_to("nowhere")
    (tmp_path / "folder").mkdir()
    return tmp_path


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("fifo", "it is a pipe or a device"),
        ("zero", "it is a pipe or a device"),
        ("full", "it is a pipe or a device"),
        ("folder", "it is a folder"),
        ("loop", "Too many levels of symbolic links"),
        ("dangling", "No such file"),
        ("a" * 5000, "File name too long"),
        ("null\0", "embedded null"),
        ("not utf-8 \udcff", "No such file"),
        ("missing/below", "No such file"),
    ],
)
def test_what_is_no_regular_file_is_refused_at_once(odd, name, why):
    for read in (lambda p: read_bytes(p, "text_bytes", ModelError),
                 lambda p: read_start(p, 200, ModelError)):  # fmt: skip
        with pytest.raises(ModelError, match=why) as caught:
            read(odd / name)
        assert str(caught.value).isprintable()


def test_a_file_is_read_whole_up_to_the_limit(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(b"0123456789")
    link = tmp_path / "link"
    link.symlink_to(path)
    with budget(text_bytes=10):
        assert read_bytes(path, "text_bytes", SpecError) == b"0123456789"
        assert read_bytes(link, "text_bytes", SpecError) == b"0123456789"
    with budget(text_bytes=9), pytest.raises(TooLargeError, match=f"{path}: .* 10 bytes of text"):
        read_bytes(path, "text_bytes", SpecError)
    assert read_start(path, 4, SpecError) == b"0123"


def test_a_file_that_is_larger_than_it_says_is_not_read_on(tmp_path):
    """Files of /proc say that they hold nothing."""
    with budget(text_bytes=100), pytest.raises(TooLargeError, match="101 bytes"):
        read_bytes("/proc/self/maps", "text_bytes", SpecError)


def test_a_sparse_file_of_many_bytes_costs_nothing(tmp_path):
    path = tmp_path / "sparse"
    path.touch()
    os.truncate(path, 10**12)
    with pytest.raises(TooLargeError, match="1,000,000,000,000 bytes"):
        read_bytes(path, "data_bytes", SpecError)
