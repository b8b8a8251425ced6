"""Files: a path in; bytes or text of a bounded size, or a file written whole, out."""
