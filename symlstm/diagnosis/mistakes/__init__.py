"""Mistakes: a run in; the same run with a mistake in it, out. A group of them is a file."""
