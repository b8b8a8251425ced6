"""Passes: equations in; other equations out."""
