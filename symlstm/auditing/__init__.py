"""Audits: how far an implementation of a layer is from the true values.

`symlstm.auditing.run` is the way through: cases, the implementation on them, workers for the true
values, a record, a summary.
"""

from symlstm.auditing.implementation import Implementation
from symlstm.auditing.run import Audit, audit

__all__ = ["Audit", "Implementation", "audit"]
