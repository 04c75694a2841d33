"""How published datasets lie on disk: a table entry or a short function each."""
