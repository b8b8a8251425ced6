"""A node of an ONNX graph: what it goes by, and what it is."""

from __future__ import annotations

from typing import Any

RECURRENT = ("LSTM", "GRU", "RNN")
"""The operators that are taken over."""
ANY = "LSTM, GRU or RNN"
"""What they are called in messages."""
STANDARD = ("", "ai.onnx")
"""The domains of ONNX's own operators."""


def called(node: Any) -> str:
    """Return what a node goes by."""
    return str(node.name or next(filter(None, node.output), ""))


def operator(node: Any) -> str:
    """Return the operator of a node, and its domain if that is not ONNX's own."""
    domain = "" if node.domain in STANDARD else f" of the domain {node.domain!r}"
    return f"{node.op_type}{domain}"


def is_standard(node: Any, *operators: str) -> bool:
    """Say whether a node is one of these operators, and they are ONNX's own."""
    return node.domain in STANDARD and node.op_type in operators
