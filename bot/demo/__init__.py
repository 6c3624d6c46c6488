"""The demo: a house with a past, served in the sandbox or played to the end on a terminal."""

from bot.demo.serving import serve
from bot.demo.transcript import script

__all__ = ["script", "serve"]
