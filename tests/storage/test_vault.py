import base64

import pytest

from storage.types import EncryptedText, Sealed
from storage.vault import UnknownKey, Vault, read_keys

OLD = base64.b64encode(b"o" * 32).decode()
NEW = base64.urlsafe_b64encode(b"\xff" * 32).decode()
TOKEN = "xoxb-very-secret"


def test_what_is_sealed_is_opened_and_cannot_be_read() -> None:
    sealed = Vault(NEW).seal(TOKEN)
    assert TOKEN not in str(sealed)
    assert Vault(NEW).open(sealed) == TOKEN


def test_a_new_key_comes_before_the_old_one_until_everything_is_sealed_anew() -> None:
    old = Vault(OLD).seal(TOKEN)
    both = Vault(f"{NEW}, {OLD}")
    assert both.open(old) == TOKEN
    assert both.is_old(old)
    anew = both.seal(TOKEN)
    assert not both.is_old(anew)
    assert Vault(NEW).open(anew) == TOKEN


def test_another_key_opens_nothing() -> None:
    sealed = Vault(OLD).seal(TOKEN)
    with pytest.raises(UnknownKey) as unknown:
        Vault(NEW).open(sealed)
    assert unknown.value.key == sealed.key
    assert OLD not in str(unknown.value)


def test_a_name_is_told_by_who_holds_the_key_and_stays_while_the_old_one_is_held() -> None:
    old, both, new = (Vault(keys).names_of(TOKEN) for keys in (OLD, f"{NEW},{OLD}", NEW))
    assert both == [*new, *old]
    assert new != old
    assert TOKEN not in new[0]


def test_what_was_tampered_with_is_not_opened() -> None:
    sealed = Vault(NEW).seal(TOKEN)
    with pytest.raises(UnknownKey):
        Vault(NEW).open(Sealed(sealed.key, sealed.box[:-6] + "AAAA=="))


@pytest.mark.parametrize("key", ["short", base64.b64encode(b"x" * 31).decode(), "å" * 44])
def test_what_is_no_key_is_refused(key: str) -> None:
    with pytest.raises(ValueError, match="not Base64 of 32 bytes"):
        read_keys(key)


def test_plain_text_never_reaches_the_column() -> None:
    with pytest.raises(TypeError) as refused:
        EncryptedText().process_bind_param(TOKEN, None)  # type: ignore[arg-type]
    assert TOKEN not in str(refused.value)
