import pytest

from symlstm.errors import CellError


def test_a_trace_has_every_named_value_of_every_step(article):
    trace = article.run([1, 1])
    assert trace.names == (
        "x", "z_i", "i", "z_f", "f", "z_c_tilde", "c_tilde", "z_o", "o", "c", "h",
    )  # fmt: skip
    assert set(trace.names) <= set(dir(trace[1]))
    assert [step.t for step in trace] == [1, 2]
    assert len(trace) == 2
    assert trace[0].names == ("h", "c")
    assert (trace[0].h, trace[2]["c"]) == (0, 6)
    assert "2 steps, exact" in repr(trace)


@pytest.mark.parametrize("t", [3, -1])
def test_steps_that_are_not_there_are_named(article, t):
    with pytest.raises(IndexError, match=f"no step {t}: this trace has the steps 0 to 2"):
        article.run([1, 1])[t]


def test_slices_are_refused(article):
    with pytest.raises(TypeError, match="time step or by a name, not by slice"):
        article.run([1, 1])[0:2]


def test_names_that_are_not_there_are_named(article):
    trace = article.run([1])
    with pytest.raises(CellError, match="no 'c_tlide'; did you mean 'c_tilde'"):
        trace["c_tlide"]
    with pytest.raises(AttributeError, match="no 'q'"):
        _ = trace[1].q


def test_a_sequence_of_many_digits_is_exact(article):
    h, c = 0, 0
    for _ in range(12):
        gate = 1 + h
        c = gate * c + gate * gate
        h = gate * c
    assert article.run([1] * 12).state_h == h
