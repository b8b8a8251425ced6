"""What an implementation that is not explained agrees with; workers do without."""

from __future__ import annotations

from symlstm.auditing.implementation import apart
from symlstm.auditing.measure import Task, Truth, reference_of
from symlstm.diagnosis.suspicion import suspected


def agreement(task: Task, prefix: str = "") -> str:
    """Return what an implementation's outputs of a case agree with, if not with the layer.

    ``prefix`` is what their names begin with. That is what `symlstm.diagnosis` finds of them in a
    second or two, in a sentence; nothing, where it finds nothing.
    """
    reference = reference_of(task)
    truth = Truth(reference)
    arrays = apart(task.actual)[prefix]
    spelled = {truth.spelled(name): array for name, array in arrays.items()}
    known = {name: array for name, array in spelled.items() if name in truth.true.order}
    return suspected(known, reference) if known else ""
