"""Foreground segmentation: what stands out of a photograph, without any hint."""
