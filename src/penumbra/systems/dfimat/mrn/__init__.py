"""The matting refinement network: an image and a coarse mask of one person to its matte."""
