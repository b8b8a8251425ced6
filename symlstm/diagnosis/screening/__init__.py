"""Screening: thousands of runs in; which of them are near what someone has, in floats, out."""
