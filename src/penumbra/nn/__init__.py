"""Shared parts of the networks; needs torch."""
