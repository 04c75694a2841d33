"""One room for each published system."""
