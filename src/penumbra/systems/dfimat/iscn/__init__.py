"""ISCN, the network that finds the person meant: interactive semantic capture."""
