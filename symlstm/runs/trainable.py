"""What can be trained: a layer, or a network."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from symlstm.training.training import Training


class Trainable:
    """Something whose weights go down the slope of a loss."""

    def fit(
        self: Any,
        inputs: Any,
        targets: Any,
        *,
        loss: Any,
        from_logits: bool = False,
        learning_rate: Any,
        optimizer: Any = "sgd",
        batch_size: int = 1,
        epochs: int = 1,
        return_sequences: bool = False,
        algebra: str = "exact",
        digits: int | None = None,
        max_digits: int = 10_000,
        **settings: Any,
    ) -> Training:
        r"""Train by gradient descent and return a record of every update; the layer stays as it is.

        ``inputs`` has shape (sequences, T, input_dim), or (sequences, T) for ``input_dim=1``.
        ``targets`` has a target for each last output, of shape (sequences, units), or with
        ``return_sequences=True`` for every output, (sequences, T, units); one unit may leave out
        the last axis. ``loss`` is ``"half_squared_error"``, half the sum of the squared errors of
        a sequence, ``"mean_squared_error"``, their mean over units and steps as in Keras, another
        name in ``symlstm.losses.LOSSES``, or a `symlstm.losses.Loss`; ``from_logits`` is for
        outputs that are probabilities only after a sigmoid or a softmax.

        A network has targets in the shapes that ``loss`` takes, and all its layers are trained.

        The sequences are taken in order, ``batch_size`` at a time and the rest last, ``epochs``
        times over. Each starts from states of zero. After a batch, the gradients are averaged over
        its sequences, and with ``optimizer="sgd"`` every weight W becomes
        W - learning_rate · \bar W. Other optimizers are ``"momentum"`` and ``"nesterov"``, with the
        setting ``momentum``, and ``"adam"``, with ``beta_1``, ``beta_2`` and ``epsilon``, as Keras
        has them; ``"torch_momentum"``, ``"torch_nesterov"`` and ``"torch_adam"`` are PyTorch's. An
        `Optimizer` is one of your own.

        ``algebra`` is ``"exact"``, ``"ball"`` or ``"float"``. Exact weights get several times
        longer with every update. When one has more than ``max_digits`` digits before another
        update, there is none, but a `TooLargeError`. In balls, cells that are not rational are
        trained, too, and ``digits`` of every value of every update, 30 unless given, are proven;
        weights, inputs and targets may be intervals. With ``"float"``, all is in float64.

        Raises `ShapeError`, `NumberError` or `SymlstmError` for what does not fit,
        `NotExactError` when exact values are asked of an activation without, and `PrecisionError`
        for digits that no precision decides.

        >>> from symlstm import LSTM
        >>> cell = LSTM(units=1, activation=None, recurrent_activation=None)
        >>> layer = cell.bind(kernel=1, recurrent_kernel=1, bias=0)
        >>> training = layer.fit([[1, 1]], [10], loss="half_squared_error", learning_rate="1/10")
        >>> training.losses, training.layer.kernel
        ([2], array([[-19/5, 3/5, -19/5, -17/5]], dtype=object))
        >>> layer = LSTM(units=1).bind(kernel=1, recurrent_kernel=1, bias=0)
        >>> options = {"loss": "half_squared_error", "algebra": "ball", "digits": 10}
        >>> layer.fit([[1, 1]], [10], learning_rate="1/10", **options).losses
        [[43.706245806304... +/- ...]]
        """
        from symlstm.training.training import fit

        return fit(
            self,
            inputs,
            targets,
            loss=loss,
            from_logits=from_logits,
            learning_rate=learning_rate,
            optimizer=optimizer,
            batch_size=batch_size,
            epochs=epochs,
            return_sequences=return_sequences,
            algebra=algebra,
            digits=digits,
            max_digits=max_digits,
            **settings,
        )
