"""User clicks, uncertainty, and refinement where it is greatest."""
