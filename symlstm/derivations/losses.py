"""What a derivation file says of a loss: the table [loss].

::

    [loss]               type, a name in `symlstm.losses.LOSSES`; targets, for each output or each
                         last one, or the numbers of classes; from_logits, reduction
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from symlstm.derivations.tables import Tables
from symlstm.errors import choices
from symlstm.gradients.gradients import Gradients
from symlstm.gradients.network_gradients import NetworkGradients
from symlstm.losses.table import LOSSES
from symlstm.numbers.exact import shown
from symlstm.runs.layer import Layer
from symlstm.runs.loss import RunLoss
from symlstm.runs.network import Network

LOSS = ("type", "targets", "from_logits", "reduction")
"""The keys of [loss]."""
OF_LOSS = ("initial_state", "mask", "sequence_lens", "algebra", "digits")
"""What of a run there is with a loss that is computed with it."""


@dataclass(frozen=True)
class WithLoss(Tables):
    """Reads the loss of a file."""

    def loss_options(self) -> dict[str, Any]:
        """Return what `Layer.loss` takes beside inputs; raises `SpecError` for what is none."""
        table = self.table("loss")
        self.keys("loss", LOSS)
        self.require("loss", "type", f"give one of {', '.join(LOSSES)}")
        self.require("loss", "targets", "give one for each output, or for each last one")
        self.boolean("loss", "from_logits")
        kind = table.pop("type")
        if not isinstance(kind, str) or kind not in LOSSES:
            raise self.error("loss", f"type is {shown(kind)}; {choices(str(kind), LOSSES)}")
        return {"loss": kind, **table}

    def of_numbers(self) -> None:
        """Raise for a loss of symbols, or beside a training."""
        if "loss" in self.data and "training" in self.data:
            raise self.error("loss", "is part of [training] already; leave one of them out")
        if "loss" in self.data and "weights" not in self.data:
            raise self.error("loss", "needs numbers; give [weights], or leave it out for symbols")

    def lost(self, layer: Layer | Network, trace: Any, run: dict[str, Any]) -> RunLoss | None:
        """Return the loss of a run, if the file has one: in balls, with as many digits."""
        if "loss" not in self.data:
            return None
        options = self.loss_options()
        if run.get("algebra") != "ball":
            return self._attempt(lambda: trace.loss(**options))
        if run.get("stateful"):
            message = "stateful is not for a [loss] in balls; leave it out, or give initial_state"
            raise self.error("run", message)
        run = {key: value for key, value in run.items() if key in ("inputs", *OF_LOSS)}
        return self._attempt(lambda: layer.loss(**run, **options))

    def _attempt(self, made: Any) -> RunLoss:
        found: RunLoss = self.attempt("loss", made)
        return found


def of_loss(asked: Any) -> tuple[Any, RunLoss | None]:
    """Return what is asked for as the run or its gradients, and the loss, if there is one."""
    if isinstance(asked, RunLoss):
        return asked.trace, asked
    of_gradients = isinstance(asked, Gradients | NetworkGradients)
    return asked, asked.loss if of_gradients else None
