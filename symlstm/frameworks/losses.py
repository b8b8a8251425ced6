"""Losses of Keras and PyTorch: their names, objects and functions, and compiled models of Keras."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from symlstm.errors import ModelError, choices
from symlstm.numbers.exact import shown

Options = dict[str, Any]

_SQUARED, _ABSOLUTE = "mean_squared_error", "mean_absolute_error"
_BINARY, _CATEGORICAL = "binary_crossentropy", "categorical_crossentropy"
KERAS: Mapping[str, str] = {
    **dict.fromkeys(("MeanSquaredError", "mean_squared_error", "mse", "MSE"), _SQUARED),
    **dict.fromkeys(("MeanAbsoluteError", "mean_absolute_error", "mae", "MAE"), _ABSOLUTE),
    **dict.fromkeys(("BinaryCrossentropy", "binary_crossentropy", "bce", "BCE"), _BINARY),
    **dict.fromkeys(("CategoricalCrossentropy", "categorical_crossentropy"), _CATEGORICAL),
    **dict.fromkeys(
        ("SparseCategoricalCrossentropy", "sparse_categorical_crossentropy"), _CATEGORICAL
    ),
}
"""Our losses by the names of Keras's classes and functions."""
TORCH: Mapping[str, tuple[str, bool]] = {
    **dict.fromkeys(("MSELoss", "mse_loss"), (_SQUARED, False)),
    **dict.fromkeys(("L1Loss", "l1_loss"), (_ABSOLUTE, False)),
    **dict.fromkeys(("BCELoss", "binary_cross_entropy"), (_BINARY, False)),
    **dict.fromkeys(("BCEWithLogitsLoss", "binary_cross_entropy_with_logits"), (_BINARY, True)),
    **dict.fromkeys(("CrossEntropyLoss", "cross_entropy"), (_CATEGORICAL, True)),
    **dict.fromkeys(("NLLLoss", "nll_loss"), ("negative_log_likelihood", False)),
}
"""The same of PyTorch's, and whether they are of logits."""
USUAL: Mapping[str, Any] = {
    "axis": -1,
    "ignore_class": None,
    "ignore_index": -100,
    "label_smoothing": 0,
    "pos_weight": None,
    "weight": None,
}
"""What options are, which are not supported in any other way."""
OF_KERAS = {"sum_over_batch_size": "mean", "mean": "mean", "mean_with_sample_weight": "mean"} | {
    "sum": "sum"
}
OF_TORCH = {"mean": "mean", "sum": "sum_over_units"}
"""Our reductions by the names that they have there."""


def loss_options(loss: Any) -> Options:
    """Return a loss of Keras or PyTorch as the arguments of `Layer.loss`, of a trace or reference.

    ``loss`` is a ``keras.losses.MeanSquaredError``, ``MeanAbsoluteError``, ``BinaryCrossentropy``,
    ``CategoricalCrossentropy`` or ``SparseCategoricalCrossentropy``, its function or its name, or a
    model of Keras that is compiled with one; or a ``torch.nn.MSELoss``, ``L1Loss``, ``BCELoss``,
    ``BCEWithLogitsLoss``, ``CrossEntropyLoss`` or ``NLLLoss``, or its function. Its reduction comes
    along: PyTorch's ``"sum"`` is our ``"sum_over_units"``. Classes are numbers from 0, or their
    probabilities, along the last axis in either case.

    Losses of probabilities are what mathematics says, to which frameworks make an exception near 0
    and 1: Keras moves probabilities to 1e-7 from there, once it has divided those of classes by
    their sum, and PyTorch's ``BCELoss`` takes logarithms below -100 to be that.

    Raises `ModelError` for another loss, and for an option that is not supported.

    >>> loss_options("sparse_categorical_crossentropy")
    {'loss': 'categorical_crossentropy', 'from_logits': False, 'reduction': 'mean'}
    >>> from symlstm import Dense
    >>> Dense(1).bind(kernel=2, bias=0).loss([1, 2], [1, 1], **loss_options("mse")).value
    5
    """
    if isinstance(loss, str):
        return _of_keras(loss, {})
    classes = type(loss).__mro__
    if hasattr(loss, "compiled") and any(_home(kind) == "keras" for kind in classes):
        return _of_model(loss)
    is_function = hasattr(loss, "__name__")
    source = _home(loss if is_function else type(loss))
    if source in READERS:
        name = str(loss.__name__ if is_function else type(loss).__name__)
        return READERS[source](name, None if is_function else loss)
    raise ModelError(
        f"nothing of type {type(loss).__name__} is a loss of Keras or PyTorch; give one of them, "
        "its name in Keras, or a symlstm.losses.Loss of your own, which needs no loss_options",
        argument="loss",
    )


def _home(kind: Any) -> str:
    """Return the package that a class or function is of."""
    return str(getattr(kind, "__module__", "")).partition(".")[0]


def _of_model(model: Any) -> Options:
    loss = getattr(model, "loss", None)
    if isinstance(loss, dict | list | tuple) and len(loss) == 1:
        (loss,) = loss.values() if isinstance(loss, dict) else loss
    if not model.compiled or loss is None or isinstance(loss, dict | list | tuple):
        message = f"the model {model.name} is not compiled with one loss; give the loss itself"
        raise ModelError(message, argument="loss")
    weights = getattr(getattr(model, "_compile_loss", None), "_user_loss_weights", None)
    for name, given in (("loss_weights", weights), ("regularizers, or add_loss", model.losses)):
        if given:
            message = f"the model {model.name} has {name}, which its loss depends on, too"
            raise ModelError(f"{message}; give the loss itself", argument="loss")
    return loss_options(loss)


def _of_keras(name: str, loss: Any) -> Options:
    options = dict(loss.get_config()) if loss else {}
    if name not in KERAS:
        raise _unknown(name, KERAS)
    _require_usual(name, options)
    reduction = options.get("reduction", "sum_over_batch_size")
    return _options(KERAS[name], bool(options.get("from_logits")), reduction, OF_KERAS)


def _of_torch(name: str, loss: Any) -> Options:
    if name not in TORCH:
        raise _unknown(name, TORCH)
    _require_usual(name, {option: getattr(loss, option, USUAL[option]) for option in USUAL})
    return _options(*TORCH[name], getattr(loss, "reduction", "mean"), OF_TORCH)


READERS: Mapping[str, Callable[[str, Any], Options]] = {"keras": _of_keras, "torch": _of_torch}
"""What reads a loss, by the package that it is of."""


def _options(
    loss: str, from_logits: bool, reduction: Any, reductions: Mapping[str, str]
) -> Options:
    if reduction not in reductions:
        message = f"reduction is {shown(reduction)}, which gives no number"
        raise ModelError(f"{message}; {choices(reduction, reductions)}", argument="reduction")
    return {"loss": loss, "from_logits": from_logits, "reduction": reductions[reduction]}


def _require_usual(name: str, options: Mapping[str, Any]) -> None:
    for option, usual in USUAL.items():
        value = options.get(option, usual)
        if value is not usual and not (isinstance(value, int | float) and value == usual):
            message = f"{option} of {name} is not supported; leave it out"
            raise ModelError(message, argument=option)


def _unknown(name: str, known: Mapping[str, Any]) -> ModelError:
    return ModelError(
        f"the loss {shown(name)} is not supported; {choices(name, known)}", argument="loss"
    )
