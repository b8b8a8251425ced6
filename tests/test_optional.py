import sys

import pytest

from symlstm.errors import MissingExtraError
from symlstm.optional import require


@pytest.mark.parametrize("name", ["numpy", "numpy.linalg"])
def test_what_is_installed_is_imported(name):
    assert require(name, "extra") is sys.modules[name]


@pytest.mark.parametrize("name", ["nowhere", "nowhere.at.all"])
def test_what_is_missing_says_how_to_install_it(name):
    with pytest.raises(MissingExtraError, match=r"nowhere is not .* pip install 'symlstm\[some\]'"):
        require(name, "some")


def test_what_misses_something_itself_is_another_error(tmp_path, monkeypatch):
    (tmp_path / "broken.py").write_text("import nowhere", encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ModuleNotFoundError, match="nowhere"):
        require("broken", "some")
