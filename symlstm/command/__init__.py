"""Command: arguments in; documents, tables and an exit code out."""
