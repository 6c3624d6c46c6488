"""Secrets that must be readable again: sealed with the newest key, opened with whichever sealed them."""

import base64
import hashlib
import hmac
import secrets

from cryptography.fernet import Fernet, InvalidToken

from storage.types import Sealed

KEY_BYTES = 32
HIDDEN = "zq0"
"""How what stands for a word begins, as no word does: nobody who looks for *cafe* finds some letters of a hash."""
_HIDDEN_BYTES = 5
"""Of a hash: of a thousand times a thousand words hardly any share one, and an index of them stays small."""


class UnknownKey(Exception):
    """Nothing we hold opens it. The name tells which key did; it is no secret."""

    def __init__(self, key: str) -> None:
        super().__init__(f"This was sealed with the key {key}, which KAIKU_ENCRYPTION_KEY does not hold.")
        self.key = key


class Vault:
    """Seals and opens with keys as the settings write them: Base64 of 32 bytes each, commas between, newest first."""

    def __init__(self, keys: str) -> None:
        read = {name_of(key): key for key in read_keys(keys)}
        self._keys = {name: Fernet(key) for name, key in read.items()}
        self._newest = next(iter(self._keys))
        self._of_this_process = secrets.token_bytes(KEY_BYTES)
        self._naming = [hmac.digest(key, b"kaiku names v1", "sha256") for key in read.values()]
        self._hiding = {name: hmac.digest(key, b"kaiku stems v1", "sha256") for name, key in read.items()}

    def seal(self, text: str) -> Sealed:
        """The text, readable with our newest key only."""
        key, box = self.seal_bytes(text.encode())
        return Sealed(key, box.decode())

    def open(self, sealed: Sealed) -> str:
        """The text again. Raises `UnknownKey`."""
        return self.open_bytes(sealed.key, sealed.box.encode()).decode()

    def seal_bytes(self, content: bytes) -> tuple[str, bytes]:
        """The name of our newest key, and the content readable with it only."""
        return self._newest, self._keys[self._newest].encrypt(content)

    def seal_timeless(self, content: bytes) -> tuple[str, bytes]:
        """The same, without the time that a seal otherwise carries for everybody to read."""
        return self._newest, self._keys[self._newest].encrypt_at_time(content, 0)

    def passing_name(self, of: str) -> str:
        """A name for somebody that stays the same while this process runs.

        The secret it is made with is in memory alone: later nobody, whatever keys they hold, finds out whose it was.
        """
        return hmac.new(self._of_this_process, of.encode(), hashlib.sha256).hexdigest()[:16]

    def open_bytes(self, key: str, box: bytes) -> bytes:
        """The content again. Raises `UnknownKey`."""
        try:
            return self._keys[key].decrypt(box)
        except (KeyError, InvalidToken) as unknown:
            raise UnknownKey(key) from unknown

    @property
    def newest(self) -> str:
        """The name of the key that seals."""
        return self._newest

    @property
    def older(self) -> frozenset[str]:
        """The names of the keys that only open."""
        return frozenset(self._keys) - {self._newest}

    def names_of(self, token: str) -> list[str]:
        """Names by which only who holds a key finds what belongs to a token: by the newest key first."""
        return [hmac.digest(key, token.encode(), "sha256").hex() for key in self._naming]

    def hidden(self, word: str, key: str) -> str:
        """What stands for a word where only who holds the key of that name may find it. Raises `UnknownKey`."""
        if key not in self._hiding:
            raise UnknownKey(key)
        drawn = hmac.digest(self._hiding[key], word.encode(), "sha256")
        return HIDDEN + base64.b32encode(drawn[:_HIDDEN_BYTES]).decode().lower()

    @property
    def keys(self) -> frozenset[str]:
        """The names of all keys."""
        return frozenset(self._keys)

    def is_old(self, sealed: Sealed) -> bool:
        """Whether it should be sealed anew, because its key is to be retired."""
        return sealed.key != self._newest


def unsealed(vault: Vault | None, key: str, box: bytes) -> bytes:
    """What was sealed, where there may be no vault any more. Raises `UnknownKey`."""
    if vault is None:
        raise UnknownKey(key)
    return vault.open_bytes(key, box)


def read_keys(text: str) -> list[bytes]:
    """The keys in the form Fernet takes. Raises `ValueError` for one that is not Base64 of 32 bytes."""
    return [_key(word) for word in text.split(",") if word.strip()]


def name_of(key: bytes) -> str:
    """A short name for a key, from which it cannot be guessed."""
    return hashlib.sha256(key).hexdigest()[:8]


def _key(word: str) -> bytes:
    try:
        raw = base64.b64decode(word.strip().replace("-", "+").replace("_", "/"), validate=True)
    except ValueError:
        raw = b""
    if len(raw) != KEY_BYTES:
        raise ValueError("not Base64 of 32 bytes")
    return base64.urlsafe_b64encode(raw)
