"""Scripts that audit: what workers import of them, and on how many threads PyTorch computes."""

import os
import subprocess
import sys

import numpy as np
import pytest
from audited import NumpyLSTM
from components import required

from symlstm.auditing.implementation import computed
from symlstm.auditing.packing import is_of_script, packed

BEGINS = """
import os, symlstm
from pathlib import Path
Path(os.environ["FOLDER"], str(os.getpid())).touch()
"""
PLAIN = """
from audited import NumpyLSTM
symlstm.audit(NumpyLSTM(), cases=3, workers=2)
"""
OWN = """
from audited import NumpyLSTM
from symlstm import LSTM

class Mine(LSTM):
    pass

if __name__ == "__main__":
    layer = Mine(1).bind(kernel=1, recurrent_kernel=0, bias=0)
    symlstm.audit(lambda x: 0 * x, layer=layer, cases=3, workers=2)
"""


@pytest.mark.parametrize(("script", "alone"), [(PLAIN, True), (OWN, False)])
def test_workers_import_a_script_only_if_they_need_what_it_defines(root, tmp_path, script, alone):
    path, folder = tmp_path / "script.py", tmp_path / "imported"
    path.write_text(BEGINS + script)
    folder.mkdir()
    given = {"PYTHONPATH": os.pathsep.join([str(root), str(root / "tests")]), "FOLDER": str(folder)}
    subprocess.run([sys.executable, path], env={**os.environ, **given}, check=True)
    assert (len(list(folder.iterdir())) == 1) == alone


def test_a_layer_says_whether_a_script_defines_it(monkeypatch):
    layer = NumpyLSTM().layer
    assert not is_of_script(packed(layer))
    mine = type("Mine", (type(layer),), {"__module__": "__main__"})
    monkeypatch.setattr(sys.modules["__main__"], "Mine", mine, raising=False)
    assert is_of_script(packed(mine(layer.cell, layer.weights)))


def test_pytorch_computes_on_one_thread_and_gets_its_own_back():
    (torch,) = required("PyTorch", "torch")
    before = torch.get_num_threads()
    counts = []

    class Counting(NumpyLSTM):
        def run(self, *given):
            counts.append(torch.get_num_threads())
            if len(counts) > 1:
                raise ArithmeticError
            return super().run(*given)

    try:
        torch.set_num_threads(2)
        inputs = np.ones((1, 2, 2), np.float32)
        computed(Counting(), inputs, None, None)
        with pytest.raises(ArithmeticError):
            computed(Counting(), inputs, None, None)
        assert (counts, torch.get_num_threads()) == ([1, 1], 2)
    finally:
        torch.set_num_threads(before)
