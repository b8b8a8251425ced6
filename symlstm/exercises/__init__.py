"""Exercises: a derivation in; copies of it with other numbers, and marked answers, out."""

from symlstm.exercises.variation import variation, variations

__all__ = ["variation", "variations"]
