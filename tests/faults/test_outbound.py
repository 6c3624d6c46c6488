"""Slack asks for patience, breaks, falls silent, or refuses what it is told: F29–F38."""

import socket

import aiohttp
import orjson
import pytest
from aiohttp.abc import AbstractResolver, ResolveResult

from bot.channels.slack.sender import SlackChannel
from handlers.messages import Action, Verb
from tests.faults.checker import Books
from tests.faults.office import Office
from tests.faults.platform import Heard, Trouble
from tests.helpers.busy_house import Prompt
from tests.helpers.slack_payloads import as_form, view_submission


def owner(prompt: Prompt) -> str:
    """Where the owner of that customer's service reads."""
    return f"DU0OWNER{int(prompt.person[1:]) % 40}"


def alerts(office: Office, prompt: Prompt) -> list[Heard]:
    """What the owner has seen."""
    return office.slack.to(owner(prompt))


async def all_low(office: Office, number: int) -> list[Prompt]:
    """Customers of different owners each give a low score."""
    chosen = office.dice.sample(office.prompts[:40], number)
    for prompt in chosen:
        assert await office.taps(prompt, 1) == 200
    return chosen


async def test_f29_a_429_with_retry_after_keeps_only_its_own_conversation_waiting(office: Office) -> None:
    asked, *others = await all_low(office, 6)
    office.slack.troubles(owner(asked), Trouble(429, "ratelimited", retry_after=2))
    await office.settle()
    assert len(office.check().cases) == 6
    refused_at = next(heard.at for heard in office.slack.history if heard.answered == "ratelimited")
    (late,) = alerts(office, asked)
    assert late.at - refused_at >= 2
    assert all(alerts(office, other)[0].at - refused_at < 2 for other in others)


async def test_f30_a_429_without_a_time_is_tried_again_ever_later(office: Office) -> None:
    (asked,) = await all_low(office, 1)
    office.slack.troubles(owner(asked), *[Trouble(429, "ratelimited")] * 3)
    for _ in range(8):
        await office.later(seconds=2)
    assert len(alerts(office, asked)) == 1
    tries = sum(heard.answered == "ratelimited" for heard in office.slack.history)
    assert tries == 3
    office.check()


@pytest.mark.parametrize("status", [500, 502, 503, 504])
async def test_f31_a_broken_slack_is_tried_again_until_it_works(status: int, office: Office) -> None:
    chosen = await all_low(office, 4)
    office.slack.is_broken("chat.postMessage", Trouble(status, "broken"))
    for _ in range(4):
        await office.later(minutes=1)
    assert office.slack.posted == []
    office.slack.is_whole("chat.postMessage")
    await office.later(minutes=11)
    assert [len(alerts(office, prompt)) for prompt in chosen] == [1] * 4
    office.check()


async def taken_but_unheard(office: Office, trouble: Trouble) -> None:
    """An alert is taken, and we cannot know: it is said once more, under the same key, and then never again."""
    await office.is_impatient()
    (asked,) = await all_low(office, 1)
    office.slack.troubles(owner(asked), trouble)
    await office.later(seconds=1)
    await office.later(minutes=11)
    await office.later(days=2)
    said = [heard for heard in alerts(office, asked) if heard.key.startswith("case notice")]
    assert [heard.taken for heard in said] == [True, True]
    assert len({heard.key for heard in said}) == 1
    office.check()


async def test_f32_an_answer_that_comes_too_late_means_one_more_alert_under_the_same_key(
    office: Office,
) -> None:
    await taken_but_unheard(office, Trouble(seconds=1.5, took_it=True, error="late"))


async def test_f33_an_answer_cut_in_two_means_one_more_alert_under_the_same_key(office: Office) -> None:
    await taken_but_unheard(office, Trouble(cut=True, took_it=True, error="cut"))


async def test_f34_a_200_that_says_no_is_no_success(office: Office) -> None:
    soon, never = await all_low(office, 2)
    office.slack.troubles(owner(soon), Trouble(error="internal_error"))
    office.slack.is_broken(owner(never), Trouble(error="restricted_action"))
    for _ in range(3):
        await office.later(seconds=10)
    assert len(alerts(office, soon)) == 1
    (dead,) = [row for row in office.check().outbox if row.state == "dead"]
    assert dead.error == "restricted_action"
    deputy = owner(never).replace("OWNER", "DEPUTY")
    assert len(office.slack.to(deputy)) == 1, "an alert that nobody takes goes to whoever is next"


async def test_f35_a_black_hole_holds_up_its_own_conversation_alone(office: Office) -> None:
    await office.is_impatient()
    silent, *others = await all_low(office, 5)
    office.slack.is_broken(owner(silent), Trouble(seconds=3))
    await office.app.tick()
    assert [len(alerts(office, other)) for other in others] == [1] * 4
    assert alerts(office, silent) == []
    office.slack.is_whole(owner(silent))
    await office.later(minutes=11)
    assert len(alerts(office, silent)) == 1
    office.check()


class Names(AbstractResolver):
    """Knows where Slack is, when it knows anything."""

    def __init__(self, port: int) -> None:
        self.gone = False
        self._port = port

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        if self.gone:
            raise OSError(socket.EAI_AGAIN, "Temporary failure in name resolution")
        return [
            ResolveResult(hostname=host, host="127.0.0.1", port=self._port, family=family, proto=0, flags=0)
        ]

    async def close(self) -> None:
        """Nothing is open."""


async def test_f36_ten_minutes_without_names_lose_nothing(office: Office) -> None:
    channel = office.app.channels["slack"]
    assert isinstance(channel, SlackChannel)
    client = channel.workspaces.of("").client
    names = Names(int(office.slack.url.rsplit(":", 1)[1]))
    assert client.session is not None
    await client.session.close()
    connector = aiohttp.TCPConnector(resolver=names, use_dns_cache=False, force_close=True)
    client.session = aiohttp.ClientSession(connector=connector, json_serialize_bytes=orjson.dumps)
    client.base_url = "http://slack.test/api/"

    names.gone = True
    chosen = await all_low(office, 5)
    for _ in range(10):
        await office.later(minutes=1)
    assert office.slack.posted == []
    names.gone = False
    await office.later(minutes=11)
    assert [len(alerts(office, prompt)) for prompt in chosen] == [1] * 5
    office.check()


async def test_f38_words_that_are_too_long_never_cost_an_alert(office: Office) -> None:
    prompt, bare = await all_low(office, 2)
    words = "Nobody called me back, and then the line went dead. " * 180
    form = Action(Verb.WRITE, prompt.invitation, "words")
    submitted = view_submission(form, {"words": words}, user=prompt.person, conversation=prompt.conversation)
    assert await office.sends(as_form(submitted)) == 200
    office.slack.troubles(owner(bare), *[Trouble(error="invalid_blocks")] * 2)
    await office.settle()
    assert len(alerts(office, prompt)) >= 1
    (plain,) = alerts(office, bare)
    assert plain.told["blocks"] == []
    assert "Customer" in plain.told["text"]
    assert {row.state for row in Books(office.url).alerts()} <= {"sent", "dropped"}
    office.check()
