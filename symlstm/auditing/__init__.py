"""Auditing: an implementation and its layer in; how far it is from the true values, out.

`symlstm.auditing.run` is the way through: cases, the implementation on them, workers for the true
values, a record, a summary.
"""

from symlstm.auditing.findings import Audit
from symlstm.auditing.implementation import Implementation
from symlstm.auditing.run import audit

__all__ = ["Audit", "Implementation", "audit"]
