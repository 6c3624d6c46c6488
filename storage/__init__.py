"""Nouns: what we remember and the questions we ask of it."""
