"""Solvers behind the same face as every learned model."""
