"""What is written: whole or not at all, and never over what it should not be."""

import errno
import os
import stat

import pytest

from symlstm.errors import OutputError
from symlstm.files.writing import target


def ours(path):
    return path.read_bytes().startswith(b"ours")


def test_a_file_is_written_and_written_again(tmp_path):
    path = tmp_path / "out"
    for content in (b"ours, first", b"ours, second"):
        target(path, ours).write(content)
        assert path.read_bytes() == content
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_of_someone_else_is_left_alone_unless_forced(tmp_path):
    path = tmp_path / "out"
    path.write_bytes(b"precious")
    with pytest.raises(OutputError, match=r"symlstm did not make it; .* --force"):
        target(path, ours)
    target(path, ours, force=True).write(b"ours")
    assert path.read_bytes() == b"ours"


def test_what_is_read_is_never_written_to_by_whatever_name(tmp_path):
    model = tmp_path / "model"
    model.write_bytes(b"ours")
    (tmp_path / "link").symlink_to(model)
    (tmp_path / "second").hardlink_to(model)
    for name in ("model", "link", "second", "./model", "../" + tmp_path.name + "/model"):
        with pytest.raises(OutputError, match="which is read; name another file"):
            target(tmp_path / name, ours, force=True, given=[None, tmp_path / "none", model])


def test_a_link_is_followed(tmp_path):
    (tmp_path / "link").symlink_to("real")
    target(tmp_path / "link", ours).write(b"ours")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real").read_bytes() == b"ours"


@pytest.mark.parametrize("place", ["folder", "fifo", "loop", "null", "none/out", "a" * 5000, "\0"])
def test_what_is_no_place_for_a_file_is_refused_before_any_work(tmp_path, place):
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "fifo")
    (tmp_path / "loop").symlink_to("loop")
    (tmp_path / "null").symlink_to("/dev/null")
    with pytest.raises(OutputError):
        target(tmp_path / place, ours, force=True)


def test_permissions_are_kept_and_new_files_have_the_usual_ones(tmp_path):
    path = tmp_path / "out"
    target(path, ours).write(b"ours")
    other = tmp_path / "other"
    other.touch()
    assert path.stat().st_mode == other.stat().st_mode
    path.chmod(0o600)
    target(path, ours).write(b"ours")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.parametrize("where", ["write", "fsync", "replace"])
def test_a_full_disk_leaves_the_old_file_and_no_other(tmp_path, monkeypatch, where):
    path = tmp_path / "out"
    path.write_bytes(b"ours")
    place = target(path, ours)

    def full(*_args, **_options):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    if where == "fsync":
        monkeypatch.setattr(os, "fsync", full)
    elif where == "write":
        monkeypatch.setattr(os, "fdopen", full)
    else:
        monkeypatch.setattr("pathlib.Path.replace", full)
    with pytest.raises(OutputError, match="No space left on device"):
        place.write(b"ours, and longer")
    monkeypatch.undo()
    assert path.read_bytes() == b"ours"
    assert list(tmp_path.iterdir()) == [path]
