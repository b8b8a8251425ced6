"""Runs: a cell and numbers in; layers, networks, traces, true values and checks out."""
