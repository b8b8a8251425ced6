"""Runs: a cell and numbers in; layers, networks and their traces out, with true values and checks."""
