"""The interpreter: what a network has seen of a picture, read as the opacity of each person."""
