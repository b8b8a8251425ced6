"""Languages: the name of a language in; all that documents say in it, from one file, out."""
