"""Automatic image matting without any hint, after Li et al. 2021."""
