"""The recurrent operators of ONNX: what each is given, and the cell that it is here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from symlstm.cells import OnnxGRU, OnnxLSTM, OnnxRNN
from symlstm.cells.cell import Cell

ATTRIBUTES: Mapping[str, tuple[str, Any]] = {
    "activation_alpha": ("FLOATS", ()),
    "activation_beta": ("FLOATS", ()),
    "activations": ("STRINGS", ()),
    "clip": ("FLOAT", None),
    "direction": ("STRING", b"forward"),
    "hidden_size": ("INT", None),
    "layout": ("INT", 0),
}
"""The attributes that all of them have, with their types and defaults."""


@dataclass(frozen=True)
class Kind:
    """An operator: the cell that it is, and how many gates it has.

    ``activations`` are the options of the cell that its activations f, g and h are, with those that
    it has unless given; ``states`` those of the cell; ``switches`` the attributes of 0 or 1 that it
    alone has, with the options of the cell that they are. With ``peepholes`` it has an input P.
    """

    cell: type[Cell]
    gates: int
    activations: Mapping[str, str]
    states: tuple[str, ...] = ("h",)
    switches: Mapping[str, str] = field(default_factory=dict)
    peepholes: bool = False

    @property
    def inputs(self) -> tuple[str, ...]:
        """What the operator is given, in its order."""
        initial = (f"initial_{state}" for state in self.states)
        return ("X", "W", "R", "B", "sequence_lens", *initial, *(["P"] if self.peepholes else []))

    @property
    def outputs(self) -> tuple[str, ...]:
        """What it computes, in its order."""
        return ("Y", *(f"Y_{state}" for state in self.states))

    @property
    def attributes(self) -> dict[str, tuple[str, Any]]:
        """All of its attributes, with their types and defaults."""
        return {**ATTRIBUTES, **dict.fromkeys(self.switches, ("INT", 0))}


_F, _G, _H = "recurrent_activation", "activation", "output_activation"

KINDS: Mapping[str, Kind] = {
    "LSTM": Kind(
        OnnxLSTM,
        4,
        {_F: "Sigmoid", _G: "Tanh", _H: "Tanh"},
        states=("h", "c"),
        switches={"input_forget": "input_forget"},
        peepholes=True,
    ),
    "GRU": Kind(
        OnnxGRU,
        3,
        {_F: "Sigmoid", _G: "Tanh"},
        switches={"linear_before_reset": "reset_after"},
    ),
    "RNN": Kind(OnnxRNN, 1, {_G: "Tanh"}),
}
"""The operators by name.

ONNX operators, "LSTM", "GRU" and "RNN" (versions 7 to 22).
"""
