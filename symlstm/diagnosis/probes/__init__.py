"""Probes: a cell in; numbers on which every mistake gives outputs of its own, out."""
