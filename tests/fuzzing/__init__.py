"""Hostile bytes for every reader of what comes in: `python -m tests.fuzzing` for long, `test_fuzzing.py` briefly."""
