"""The whole suite with what people write sealed: `make test-sealed`, or `pytest --sealed`."""

import os
from base64 import b64encode

from storage.database import Database
from storage.vault import Vault
from storage.words import Sealing

KEY = b64encode(b"what people write, under a lock!"[:32]).decode()


SEALED = "TESTS_SEALED"
"""The variable of the environment that says so, also to processes that tests start."""


def seal_if_told() -> None:
    """Let every database that is opened in this process seal, unless it says itself how."""
    if os.environ.get(SEALED):
        opened, everywhere = Database.__init__, Sealing(Vault(KEY), seals=True)

        def sealing(self: Database, url: str, given: Sealing | None = None) -> None:
            opened(self, url, given if given is not None and given.seals else everywhere)

        Database.__init__ = sealing  # type: ignore[assignment, method-assign]


def said(stored: str) -> str:
    """Words as they were written, for whoever reads rows without us."""
    return Sealing(Vault(KEY), seals=True).opened(stored)
