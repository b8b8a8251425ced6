"""Notebook: whatever a user holds in; how a notebook shows it, and its tables, out."""

from symlstm.notebook.frames import frame
from symlstm.notebook.screen import printed
from symlstm.notebook.shows import bundle

__all__ = ["bundle", "frame", "printed"]
