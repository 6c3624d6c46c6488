"""Verbs: what happens when something happens, and the pure rules beneath."""
