"""Data frames of traces and gradients, against the values themselves."""

import sys

import numpy as np
import pytest
import sympy
from components import missing

from symlstm import LSTM
from symlstm.errors import MissingExtraError


@pytest.fixture(scope="module")
def pandas():
    try:
        import pandas
    except ImportError:
        missing("pandas")
    return pandas


@pytest.fixture(scope="module")
def layer():
    return LSTM(2, 3, activation="hard_tanh", recurrent_activation="hard_sigmoid").bind(
        kernel="1/3", recurrent_kernel="1/2", bias=0
    )


def test_exact_values_stay_exact(pandas, article):
    trace = article.run([1, 1, 1])
    frame = trace.to_frame()
    assert list(frame.columns) == list(trace.names)
    assert frame.index.equals(pandas.Index([1, 2, 3], name="step"))
    assert frame["c"].tolist() == [1, 6, 247]
    assert all(isinstance(value, sympy.Integer) for value in frame["c"])
    gradients = trace.backward().to_frame()
    assert gradients["x"].tolist() == [40339, 11453, 663]
    assert list(gradients.columns) == list(trace.names)


def test_rows_are_counted_by_sequence_step_and_unit(pandas, layer):
    inputs = np.arange(12).reshape(2, 2, 3)
    trace = layer.run(inputs)
    frame = trace.to_frame()
    assert frame.index.names == ["sequence", "step", "unit"]
    assert len(frame) == 2 * 2 * 3
    assert frame.loc[1, 2, 0]["h"] == trace["h"][1, 1, 0]
    assert frame["x"].tolist() == inputs.ravel().tolist()
    assert pandas.isna(frame.loc[0, 1, 2]["h"])
    whole = frame["h"].dropna().to_numpy().reshape(2, 2, 2)
    assert (whole == trace["h"]).all()


def test_floats_are_float64_and_masked_steps_are_missing(pandas, layer):
    trace = layer.run(np.ones((3, 3)), mask=[1, 0, 1], algebra="float")
    frame = trace.to_frame()
    assert frame.index.names == ["step", "unit"]
    assert frame["i"].dtype == frame["h"].dtype == np.float64
    assert frame.loc[2]["i"].isna().all()
    assert frame.loc[3]["i"].tolist()[:2] == trace[3].i.tolist()
    assert frame.loc[2]["h"].tolist()[:2] == frame.loc[1]["h"].tolist()[:2]


def test_balls_and_closed_forms_are_objects(pandas):
    cell = LSTM(1)
    balls = cell.bind(kernel=1, recurrent_kernel=1, bias=0).run([1, 1], algebra="ball")
    column = balls.to_frame()["h"]
    assert all(repr(a) == repr(b) for a, b in zip(column, balls["h"], strict=True))
    trace = cell.unroll(2)
    assert trace.to_frame()["h"].tolist() == trace["h"].tolist()


def test_without_pandas_the_error_says_what_to_install(article, monkeypatch):
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'symlstm\[notebook\]'"):
        article.run([1]).to_frame()
