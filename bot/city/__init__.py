"""A city that never was: its services, and years of what its customers said, with the truth behind it known."""
