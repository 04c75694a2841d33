"""What a text says, as vectors; computed without torch."""
