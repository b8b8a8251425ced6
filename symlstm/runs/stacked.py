"""What stands by group of weights, stacked as Keras stacks it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any


class Stacked(ABC):
    """Something with an array for each group of weights: the weights, or gradients by them."""

    @abstractmethod
    def stacked(self, group: str) -> Any:
        """Return a group's array, the gates side by side as `Cell.bind` takes them.

        Raises `CellError` for a group that the cell does not have.
        """

    @property
    def kernel(self) -> Any:
        """That of the kernel, of shape (input_dim, gates·units)."""
        return self.stacked("kernel")

    @property
    def recurrent_kernel(self) -> Any:
        """That of the recurrent kernel, of shape (units, gates·units)."""
        return self.stacked("recurrent_kernel")

    @property
    def bias(self) -> Any:
        """That of the bias, of shape (gates·units,)."""
        return self.stacked("bias")

    @property
    def recurrent_bias(self) -> Any:
        """That of the bias of the recurrent weights, of shape (units,)."""
        return self.stacked("recurrent_bias")

    @property
    def peephole(self) -> Any:
        """That of the peepholes, of shape (gates·units,)."""
        return self.stacked("peephole")

    @property
    def projection(self) -> Any:
        """That of the projection, of shape (units, proj_size)."""
        return self.stacked("projection")
