"""Prompt and alert as each channel shows them, side by side: `python -m tests.pictures`."""
