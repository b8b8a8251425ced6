"""Audits that are computed elsewhere, die, are interrupted, and go on from their records."""

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace

import audited
import numpy as np
import pytest
from audited import NumpyLSTM

import symlstm
from symlstm.auditing import run
from symlstm.auditing.packing import digest
from symlstm.errors import OutputError
from symlstm.numbers.arrays import rational_array


def test_audits_are_the_same_wherever_they_are_computed(audit):
    implementation = NumpyLSTM()
    here = audit(implementation, cases=5)
    there = symlstm.audit(implementation, cases=5, workers=2)
    assert here.results == there.results
    assert here.summary == there.summary
    assert str(here) == str(there)
    assert audit(implementation, cases=5, seed=1).results != here.results


@pytest.mark.slow
def test_workers_that_die_do_not_lose_an_audit(audit, tmp_path, monkeypatch):
    monkeypatch.setenv(audited.FOLDER, str(tmp_path))
    whole = audit(NumpyLSTM(), cases=8)
    monkeypatch.setattr(run, "measure", audited.measure_or_die_once)
    found = symlstm.audit(NumpyLSTM(), cases=8, workers=2, record=tmp_path / "record.json")
    assert {path.name for path in tmp_path.glob("case*")} == {"case 2", "case 5"}
    assert found.results == whole.results
    cases = json.loads((tmp_path / "record.json").read_text())["cases"]
    assert sorted(case["case"] for case in cases) == list(range(8))


class Interrupted(NumpyLSTM):
    """Someone presses Ctrl-C when it has run a few cases."""

    left = 6

    def run(self, *given):
        self.left -= 1
        if self.left == 0:
            raise KeyboardInterrupt
        return super().run(*given)


def test_an_interrupted_audit_goes_on_from_its_record(audit, tmp_path):
    path = tmp_path / "record.json"
    whole = audit(NumpyLSTM(), cases=9)
    with pytest.raises(KeyboardInterrupt):
        symlstm.audit(Interrupted(), cases=9, record=path, workers=1)
    before = json.loads(path.read_text())["cases"]
    assert 1 <= len(before) < 9
    rest = NumpyLSTM()
    ran = []
    rest.run = lambda *given: ran.append(given) or NumpyLSTM.run(rest, *given)
    found = audit(rest, cases=9, record=path)
    assert len(ran) == 9 - len(before) + 1  # and one that was recorded, to compare it
    assert found.results == whole.results
    assert found.summary == whole.summary
    assert audit(NumpyLSTM(), cases=9, record=path).results == whole.results
    assert audit(NumpyLSTM(), cases=4, record=path).results == whole.results[:4]
    assert len(audit(NumpyLSTM(), cases=10, record=path).results) == 10


PROGRAM = """
import sys, audited, symlstm
from symlstm.auditing import run
if __name__ == "__main__":
    run.measure = audited.measure_slowly
    symlstm.audit(audited.NumpyLSTM(), cases=10_000, workers=2, record=sys.argv[1])
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="signals are POSIX's")
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT])
def test_a_killed_audit_leaves_its_record_and_no_workers(audit, root, tmp_path, how):
    script, path = tmp_path / "script.py", tmp_path / "record.json"
    script.write_text(PROGRAM)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(root), str(root / "tests")])}
    process = subprocess.Popen(
        [sys.executable, script, path],
        env=environment, stderr=subprocess.PIPE, start_new_session=True,
    )  # fmt: skip
    while process.poll() is None and (not path.exists() or path.read_bytes().count(b"\n") < 5):
        time.sleep(0.02)
    process.send_signal(how)
    _, errors = process.communicate(timeout=60)  # a worker that lives on holds the pipe open
    assert process.returncode in (-how, 130)
    assert b"KeyboardInterrupt" in errors or how == signal.SIGKILL
    assert path.read_bytes().count(b"\n") >= 5
    found = audit(NumpyLSTM(), cases=12, record=path)
    assert found.results == audit(NumpyLSTM(), cases=12).results


def test_a_record_is_of_one_audit(audit, tmp_path):
    path = tmp_path / "record.json"
    audit(NumpyLSTM(), cases=2, record=path)
    before = path.read_bytes()
    inputs = np.ones((2, 1, 10, 2), np.float32)
    for implementation, given, options, different in (
        (NumpyLSTM(seed=1), None, {}, "layer"),
        (NumpyLSTM(), None, {"seed": 1}, "seed, inputs"),
        (NumpyLSTM(), None, {"steps": 9}, "shape, inputs"),
        (NumpyLSTM(), inputs, {}, "inputs"),
        (NumpyLSTM(), None, {"initial_state": True}, "initial_state, inputs"),
    ):
        with pytest.raises(OutputError, match=rf"another audit \({different} differs\)"):
            audit(implementation, given, cases=2, record=path, **options)
    assert path.read_bytes() == before


def test_a_record_knows_that_the_implementation_was_changed(audit, tmp_path):
    path = tmp_path / "record.json"
    audit(NumpyLSTM(bug=lambda step, f: 2 * f), cases=2, record=path)
    before = path.read_bytes()
    with pytest.raises(OutputError, match="case 0 comes to other numbers now; give another file"):
        audit(NumpyLSTM(), cases=4, record=path)
    assert path.read_bytes() == before


def test_initial_states_of_a_layer_tell_it_from_others(article):
    states = {name: rational_array([[7]]) for name in "hc"}
    assert digest(article) != digest(replace(article, initial_state=states))
