"""A framework's floats beside the reference of the layer that was taken over from it."""

import numpy as np


def names(gradients, name):
    """Return what ``name`` names in gradients, as in ``layers[1].kernel``."""
    for part in name.replace("]", "").replace("[", ".").split("."):
        gradients = gradients[int(part)] if part.isdecimal() else getattr(gradients, part)
    return gradients


def assert_alike(implementation, inputs, initial_state, grad_sequence, tolerance):
    """The floats of an implementation are those of a reference, but for rounding."""
    computed = implementation.run(inputs, initial_state, grad_sequence)
    options = {"dtype": implementation.dtype, "initial_state": initial_state}
    reference = implementation.layer.reference(inputs, **options)
    gradients = reference.backward(grad_sequence=grad_sequence)
    for name, floats in computed.items():
        of_gradient = name.removeprefix("gradient by ")
        true = getattr(reference, name) if of_gradient == name else names(gradients, of_gradient)
        assert floats.shape == true.shape, name
        assert floats.dtype == true.dtype, name
        np.testing.assert_allclose(floats, true, rtol=tolerance, atol=tolerance, err_msg=name)
    return computed
