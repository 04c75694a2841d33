"""Which numbers, over which region, on whose word."""
