"""Audits on several workers, in time on the wall."""

from functools import partial
from importlib.util import find_spec

from measuring import WALL, Measurement

import symlstm


def sides():
    if find_spec("torch") is None:
        return {"two workers": None, "one worker": None}
    import torch

    module = torch.nn.LSTM(16, 16, batch_first=True)
    audit = partial(symlstm.audit, module, cases=200, steps=20)
    return {"two workers": partial(audit, workers=2), "one worker": partial(audit, workers=1)}


MEASUREMENTS = [
    Measurement("200 cases of PyTorch's LSTM, T = 20", sides, bound=1 / 1.8, rounds=3, meter=WALL),
]
