"""Public threads, made anew: each is answered in at most six lines that the README shows."""

import inspect
import re

import numpy as np
import pytest
import threads

import symlstm
from symlstm.testing import assert_right

SHOWN = re.compile(r'(from_\w+|assert_right|bind|reference|backward|stacked|layout="|layers)\b')


@pytest.mark.parametrize("address", threads.THREADS)
def test_a_thread_is_answered(address, request, root, monkeypatch):
    monkeypatch.setattr(threads, "RNG", np.random.default_rng(7))
    make, answer, says = threads.THREADS[address]
    takes = [request.getfixturevalue(name) for name in inspect.signature(make).parameters]
    lines = answer.strip().splitlines()
    assert len(lines) <= 6
    readme = (root / "README.md").read_text("utf-8")
    assert all(word in readme for word in SHOWN.findall(answer))
    names = {name: getattr(symlstm, name) for name in ("LSTM", "from_keras", "from_torch")}
    known = {**names, "assert_right": assert_right, **make(*takes)}
    program = compile(answer.strip(), address, "exec")
    if not says:
        exec(program, known)
        return
    with pytest.raises((AssertionError, symlstm.errors.ShapeError)) as caught:
        exec(program, known)
    told = " ".join(str(caught.value).split())
    for part in says.split(" | "):
        assert part in told
