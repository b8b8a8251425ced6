"""Numbers: what a person or a program gives in; exact numbers, intervals and floats out."""
