"""Passes: equations in, equations out, one pass a file."""
