"""Cross-entropies, of probabilities and, without a logarithm of anything small, of logits.

C. M. Bishop, "Pattern Recognition and Machine Learning" (2006), equations 4.90 and 4.108. Keras's
``BinaryCrossentropy`` and ``CategoricalCrossentropy``, but for its clipping of probabilities to
1e-7 from 0 and 1, before which it divides categorical ones by their sum; PyTorch's ``BCELoss``, but
for logarithms below -100, ``BCEWithLogitsLoss``, ``CrossEntropyLoss``, which takes logits, and
``NLLLoss``, which takes logarithms of probabilities.
"""

from __future__ import annotations

from symlstm.equations.activations import ACTIVATIONS
from symlstm.equations.expression import Quantity, add, apply, hadamard, scale, subtract
from symlstm.equations.vocabulary import log, log_softmax, mean, summed
from symlstm.losses.loss import Loss, Parts


def _binary(output: Quantity, target: Quantity, L: Quantity) -> Parts:
    of_one = hadamard(target, log(output))
    of_zero = hadamard(subtract(1, target), log(subtract(1, output)))
    yield L, scale(-1, mean(add(of_one, of_zero)))


def _binary_of_logits(output: Quantity, target: Quantity, L: Quantity) -> Parts:
    softplus = apply(ACTIVATIONS["softplus"], output)
    yield L, mean(subtract(softplus, hadamard(output, target)))


def _categorical(output: Quantity, target: Quantity, L: Quantity) -> Parts:
    yield L, scale(-1, summed(hadamard(target, log(output))))


def _categorical_of_logits(output: Quantity, target: Quantity, L: Quantity) -> Parts:
    yield L, scale(-1, summed(hadamard(target, log_softmax(output))))


def _of_logarithms(output: Quantity, target: Quantity, L: Quantity) -> Parts:
    yield L, scale(-1, summed(hadamard(target, output)))


BINARY = Loss(_binary, over_units="mean")
BINARY_OF_LOGITS = Loss(_binary_of_logits, over_units="mean")
CATEGORICAL = Loss(_categorical, of_classes=True)
CATEGORICAL_OF_LOGITS = Loss(_categorical_of_logits, of_classes=True)
OF_LOGARITHMS = Loss(_of_logarithms, of_classes=True)
