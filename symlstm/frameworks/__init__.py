"""Frameworks: a layer or model of Keras, PyTorch or ONNX in; ours, bit for bit, out."""
