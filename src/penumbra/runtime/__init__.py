"""Runs trained graphs: on ONNX Runtime, or on torch behind the same face."""
