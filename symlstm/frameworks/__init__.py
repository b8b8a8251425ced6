"""Layers of other frameworks, as layers of symlstm, and as what an audit runs: one file each."""
