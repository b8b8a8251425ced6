"""Training: a layer, sequences and targets in; losses, updates and a trained layer out."""
