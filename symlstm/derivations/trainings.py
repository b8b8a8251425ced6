"""What a derivation file says of a training: the table [training].

::

    [training]           what `Layer.fit` takes, with its optimizer's settings: targets, loss,
                         learning_rate, ...; batch_size may be several, [1, 4]

What is trained is a [cell], with its head if it has one, or all [[layers]] and their [head].
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from symlstm.derivations.tables import Tables
from symlstm.losses.table import LOSSES
from symlstm.training.optimizers import OPTIMIZERS

TRAINING = {
    *("targets", "loss", "from_logits", "learning_rate", "batch_size"),
    *("epochs", "return_sequences", "max_digits", "optimizer"),
    *(setting for optimizer in OPTIMIZERS.values() for setting in optimizer.settings),
}
"""The keys of [training]."""


@dataclass(frozen=True)
class WithTraining(Tables):
    """Reads the training of a file."""

    def training_run(self) -> dict[str, Any]:
        """Return the table [run] of a training; raises `SpecError` for what is none."""
        run = self.table("run")
        if "rounding" in run:
            raise self.error("run", "rounding is not for [training]; leave one of them out")
        known = {"inputs", "algebra", "digits"}
        self.keys("run", known, "for training, in which states start from zero")
        self.require("run", "inputs", "give several sequences")
        return run

    def training_options(self, *, of_network: bool) -> tuple[dict[str, Any], list[Any]]:
        """Return what `fit` takes beside inputs, and the batch sizes; raises `SpecError`."""
        training = self.table("training")
        without = {"return_sequences"} if of_network else set()
        self.keys("training", TRAINING - without, self._when(without))
        self.require("training", "targets", "give one for each sequence")
        self.require("training", "loss", f"give one of {', '.join(LOSSES)}")
        self.require("training", "learning_rate", 'give a number such as "1/10"')
        self.boolean("training", "return_sequences")
        sizes = training.pop("batch_size", 1)
        sizes = sizes if isinstance(sizes, list) else [sizes]
        if not sizes or any(size in sizes[:k] for k, size in enumerate(sizes)):
            raise self.error(
                "training", f"batch_size is {sizes}; give a whole number, or a list of several"
            )
        return training, sizes

    def _when(self, without: set[str]) -> str:
        """Return when a key that is known is none."""
        told = without & set(self.data["training"])
        return "for [[layers]], whose targets say which outputs have one" if told else ""
