import numpy as np
import pytest

from symlstm import LSTM, ProjectedLSTM
from symlstm.errors import NumberError

RATIONAL = {"activation": "hard_tanh", "recurrent_activation": "hard_sigmoid"}


def test_a_projection_that_copies_changes_nothing():
    plain, projected = LSTM(2, 3, **RATIONAL), ProjectedLSTM(2, 3, proj_size=2, **RATIONAL)
    weights = {"kernel": "1/3", "recurrent_kernel": "-1/2", "bias": "1/5"}
    copy = projected.bind(**weights, projection=[[1, 0], [0, 1]])
    inputs = [[1, 0, -1], [2, "1/3", 0], [0, 0, 1]]
    ours, theirs = copy.run(inputs), plain.bind(**weights).run(inputs)
    assert ours.sequence_out.tolist() == theirs.sequence_out.tolist()
    assert ours.backward().kernel.tolist() == theirs.backward().kernel.tolist()


def test_a_projection_is_a_product_with_the_cells_output():
    cell = ProjectedLSTM(2, proj_size=1, **RATIONAL)
    layer = cell.bind(kernel=1, recurrent_kernel="1/2", bias=0, projection=[[2], ["-1/3"]])
    trace = layer.run([1, 2], initial_state=["1/2", [1, 0]])
    for step in trace:
        first, second = (o * max(min(c, 1), -1) for o, c in zip(step.o, step.c, strict=True))
        assert step.h[0] == 2 * first - second / 3
    assert trace.sequence_out.shape == (2, 1)
    assert trace.state_c.shape == (2,)
    assert trace.backward().projection.shape == (2, 1)
    assert np.shape(layer.projection) == (2, 1)


def test_its_size_is_a_whole_number():
    with pytest.raises(NumberError, match="proj_size is 0; give a whole number"):
        ProjectedLSTM(2, proj_size=0)
