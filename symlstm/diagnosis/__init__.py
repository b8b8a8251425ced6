"""Diagnosis: a layer and someone's numbers in; which mistake explains them, out.

`symlstm.diagnosis.diagnosis` is the way through: `mistakes` are made in a ``setup``, many at once
in the ``screening``, and what comes near is proven (``prove``) and told (``report``).
"""

from symlstm.diagnosis.diagnosis import Diagnosis, diagnose
from symlstm.diagnosis.fault import Fault
from symlstm.diagnosis.probes.probe import Probe, probe
from symlstm.diagnosis.prove import Explanation

__all__ = ["Diagnosis", "Explanation", "Fault", "Probe", "diagnose", "probe"]
