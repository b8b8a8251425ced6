"""Diagnosis: a layer and someone's numbers in; which mistake explains them, out.

`symlstm.diagnosis.diagnosis` is the way through: hypotheses, a screening in floats, a proof.
"""

from symlstm.diagnosis.diagnosis import Diagnosis, diagnose
from symlstm.diagnosis.fault import Fault
from symlstm.diagnosis.probing import Probe, probe
from symlstm.diagnosis.prove import Explanation

__all__ = ["Diagnosis", "Explanation", "Fault", "Probe", "diagnose", "probe"]
