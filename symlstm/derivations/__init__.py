"""Derivations: a TOML file in; what it asks for, run, checked and written, out."""
