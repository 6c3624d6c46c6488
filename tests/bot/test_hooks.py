"""Webhooks are signed as Standard Webhooks 1.0 say, and a receiver that does not answer is left in peace."""

from base64 import b64decode
from datetime import UTC, datetime

import pytest
from pydantic import SecretStr, ValidationError

from bot.channels.errors import DeliveryError
from bot.hooks import LONGEST_REST, Hooks, headers, message_id
from bot.settings import Settings, read_hook_secrets
from handlers.hooks import Calling
from tests.helpers.receiver import SECRET, Call, Receiver, receiver
from tests.helpers.small_house import SetClock

OTHER = "whsec_" + "B" * 32


def hooks(secrets: str = f"crm={SECRET}") -> Hooks:
    settings = Settings(_env_file=None, webhook_secrets=SecretStr(secrets), webhook_inside="127.0.0.1")
    return Hooks(settings, SetClock(datetime(2026, 11, 27, 13, tzinfo=UTC)))


def test_the_example_of_the_standard_comes_out_as_it_says() -> None:
    """From the reference implementations' tests."""
    secret = b64decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    signed = headers([secret], "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}')
    assert signed["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_while_a_secret_is_being_changed_both_sign() -> None:
    secrets = read_hook_secrets(f"crm={SECRET}, bi={OTHER},crm={OTHER}")
    signed = Call(dict(headers(secrets["crm"], "msg_1", 1, b"{}")), b"{}")
    assert signed.genuine(SECRET)
    assert signed.genuine(OTHER)
    assert not Call(signed.headers, b"{ }").genuine()
    assert not Call({**signed.headers, "webhook-timestamp": "2"}, b"{}").genuine()


@pytest.mark.parametrize(
    "text", ["crm", "crm=", "=whsec_" + "B" * 32, "crm=whsec_short", "crm=whsec_ää" + "B" * 32]
)
def test_a_secret_that_is_none_is_refused_without_showing_it(text: str) -> None:
    with pytest.raises(ValidationError, match="must be like crm=whsec_"):
        Settings(_env_file=None, webhook_secrets=SecretStr(text))


def test_a_message_has_one_name_each_time_it_is_told() -> None:
    assert message_id("a") == message_id("a") != message_id("b")
    assert message_id("a").isascii()


async def test_who_does_not_take_it_rests_longer_each_time_and_not_for_ever() -> None:
    async with receiver() as crm:
        mine = hooks()
        rests = [await _rest(mine, crm, 500) for _ in range(10)]
        assert rests == sorted(rests)
        assert (rests[0], rests[-1]) == (120.0, LONGEST_REST)  # it asked for 120 s
        await mine.call(Calling("crm", crm.url, b"{}"), "key")
        assert await _rest(mine, crm, "lose") == 2.0
        await mine.close()


async def _rest(mine: Hooks, crm: Receiver, answer: int | str) -> float:
    crm.answers.append(answer)
    with pytest.raises(DeliveryError) as refused:
        await mine.call(Calling("crm", crm.url, b"{}"), "key")
    assert refused.value.retry_after is not None
    return refused.value.retry_after
