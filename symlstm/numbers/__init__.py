"""Numbers: what a person or a program gives, as exact numbers, intervals, decimals and floats."""
