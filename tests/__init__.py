"""Tests mirror the rooms; house keeps the promises of the whole, peers are other people's programs."""
