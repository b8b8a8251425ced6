"""Passes: pure functions from equations to equations, one a file."""
