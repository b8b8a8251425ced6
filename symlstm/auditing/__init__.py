"""Auditing: an implementation and its layer in; how far it is from the true values, out.

`symlstm.auditing.run` is the way through: cases, the implementation on them, workers for the true
values, a record, a summary. Workers import what they need, and no more: so this imports nothing.
"""
