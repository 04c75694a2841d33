"""Vocabulary: the types everything else speaks."""
