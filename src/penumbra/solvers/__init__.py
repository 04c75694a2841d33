"""Matting by linear algebra and sampling: no training, no weights."""
