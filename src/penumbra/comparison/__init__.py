"""Everything that mattes against everything else: same pictures, same hints, one run."""
