"""Errors of mattes, and the worth of uncertainty maps."""
