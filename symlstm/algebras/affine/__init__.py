"""Affine forms: enclosures that know what their errors have in common; equations in, these out."""
