"""The agreement of three models that need no hint."""
