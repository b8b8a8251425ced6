"""Judging: an implementation's numbers and true values in; whether rounding explains them, out.

`symlstm.judging.judge` is the way through, of all that an implementation gave together;
`symlstm.judging.apart` judges each of its outputs, and `symlstm.judging.verdict` has the words.
"""
