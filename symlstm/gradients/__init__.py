"""Gradients: a run and a loss's gradient in; the adjoint, run backward, and Jacobians out."""
