"""An audit of PyTorch on two workers, against the same one on a single worker."""

from functools import partial

import torch
from timing import compare, report

import symlstm

if __name__ == "__main__":
    module = torch.nn.LSTM(16, 16, batch_first=True)
    audit = partial(symlstm.audit, module, cases=200, steps=20)
    one, two = compare(partial(audit, workers=1), partial(audit, workers=2), rounds=2)
    report("audit on two workers / on one", two, one, bound=0.56)
