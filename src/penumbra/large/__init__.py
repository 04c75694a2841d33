"""Photographs too large to be held in memory: a global look, then detail in tiles."""
