"""Derivation files: TOML in; what it asks for, run, checked and written, out."""
