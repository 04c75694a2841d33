"""Rounds of hints on one image, and the cut-out they end in."""
