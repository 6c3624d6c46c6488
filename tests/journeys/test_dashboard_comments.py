"""What customers said, read by those whom it concerns and found by its words."""

import csv
from io import StringIO

import pytest

from storage.tables import AuditEntry
from tests.helpers.dashboard import logged_in
from tests.helpers.town import Town
from tests.journeys.conftest import BuildTown

WORDS = "Laskun eräpäivä oli mennyt, ja odotin puhelimessa 40 minuuttia."


async def omar_writes(town: Town, words: str = WORDS, service: str = "pension-advice") -> None:
    await town.asked("phone", "omar", service=service)
    await town.omar.answers("2", "2", "No")
    await town.omar.writes(words)
    await town.settle()


async def test_the_team_reads_the_words_and_who_acts_on_cases_the_name(town: Town) -> None:
    await omar_writes(town)
    async with logged_in(town, "maya") as maya, logged_in(town, "sanna") as sanna:
        await maya.open("/dashboard/comments")
        assert WORDS in maya.text
        assert "Omar Hassan" in maya.text
        await sanna.open("/dashboard/comments")
        assert WORDS in sanna.text
        assert "Omar Hassan" not in sanna.text


async def test_another_team_is_refused_and_it_is_written_down(town: Town) -> None:
    await town.asked("phone", "stranger", service="pension-advice")
    await town.person("stranger").answers("2", "2")
    await town.person("stranger").writes(WORDS)
    async with logged_in(town, "ville") as ville:
        assert await ville.open("/dashboard/comments") == 200
        assert WORDS not in ville.text
        for query in ("service=pension-advice", "team=advice"):
            assert await ville.open(f"/dashboard/comments?{query}") == 403
            assert WORDS not in ville.page.text
    refused = [row for row in await town.rows(AuditEntry) if row.did == "was refused"]
    assert [(row.subject, row.subject_id) for row in refused] == [("page", "/dashboard/comments")] * 2


@pytest.mark.parametrize("words", ["lasku", "LASKUN", "puhelin odotin", "eräpäivä"])
async def test_words_are_found_in_whatever_form(town: Town, words: str) -> None:
    await omar_writes(town)
    async with logged_in(town, "maya") as maya:
        await maya.open("/dashboard/comments")
        await maya.press("Show", words=words)
        assert WORDS in maya.text
        await maya.press("Show", words="kuitti")
        assert "Nothing was said that fits" in maya.text


@pytest.mark.parametrize(
    "words", ['"', "%", "'; DROP TABLE answers; --", "\x00", "lasku\x00n OR", "a" * 200, "NEAR(", "*"]
)
async def test_a_search_is_only_ever_a_search(town: Town, words: str) -> None:
    await omar_writes(town)
    async with logged_in(town, "maya") as maya:
        assert await maya.open("/dashboard/comments") == 200
        assert await maya.press("Show", words=words) == 200
        assert await maya.press("Show", words=words * 300) in (200, 422)
        await maya.open("/dashboard/comments")
        assert WORDS in maya.text


async def test_hostile_words_read_as_typed(town: Town) -> None:
    hostile = '<img src=x onerror=alert(1)> "&amp; {{ 7*7 }} @everyone'
    await omar_writes(town, hostile)
    async with logged_in(town, "maya") as maya:
        await maya.open("/dashboard/comments")
        assert hostile in maya.text
        assert "<img" not in maya.page.text


async def test_ten_thousand_words_are_shown_whole(town: Town) -> None:
    await omar_writes(town, "sana " * 3900)
    async with logged_in(town, "maya") as maya:
        await maya.open("/dashboard/comments?words=sana")
        assert maya.text.count("sana") >= 3900


async def test_words_of_a_confidential_survey_wait_for_company_and_never_have_a_name(
    build_town: BuildTown,
) -> None:
    quiet = {"privacy": "confidential", "questions": ["ease", "words"]}
    town = await build_town(surveys={"quiet": quiet}, touchpoints={"phone": {"survey": "quiet"}})
    async with logged_in(town, "maya") as maya:
        for number in range(5):
            await town.asked("phone", f"zeb{number}", customer_name="Zebulon Quist", service="pension-advice")
            await town.person(f"zeb{number}").answers("2")
            await town.person(f"zeb{number}").writes(f"Hiljainen sana {number}")
            await maya.open("/dashboard/comments")
            assert ("Hiljainen sana" in maya.text) == (number == 4)
        assert "Zebulon" not in maya.page.text


async def test_words_of_a_confidential_survey_are_not_told_by_an_account(build_town: BuildTown) -> None:
    quiet = {"privacy": "confidential", "questions": ["ease", "words"]}
    town = await build_town(surveys={"quiet": quiet}, touchpoints={"phone": {"survey": "quiet"}})
    for number in range(5):
        await town.asked("phone", f"zeb{number}", account="acme", service="helpdesk")
        await town.person(f"zeb{number}").answers("2")
        await town.person(f"zeb{number}").writes(f"Hiljainen sana {number}")
    async with logged_in(town, "maya") as maya, logged_in(town, "ville") as ville:
        for query in ("", "?account=acme"):
            await maya.open(f"/dashboard/comments{query}")
            assert "Hiljainen sana" not in maya.text
        await ville.open("/dashboard/comments")
        assert "Hiljainen sana 4" in ville.text


async def test_several_values_of_a_kind_stay_chosen(town: Town) -> None:
    for service in ("pension-advice", "lobby", "advice-by-email"):
        await town.asked("phone", f"guest-{service}", service=service)
        await town.person(f"guest-{service}").answers("2", "2")
        await town.person(f"guest-{service}").writes(f"About {service}.")
    async with logged_in(town, "maya") as maya:
        await maya.open("/dashboard/comments?service=pension-advice&service=lobby&stream=customer")
        for _ in range(2):
            assert "About pension-advice." in maya.text
            assert "About lobby." in maya.text
            assert "About advice-by-email." not in maya.text
            await maya.press("Show", words="about")
        assert maya.page.request.url.params.get_list("service") == ["lobby", "pension-advice"]
        assert maya.page.request.url.params.get_list("stream") == ["customer"], "what has no field is kept"
        await maya.press("Show", service=["advice-by-email", "lobby", ""], band="good")
        assert "Nothing was said that fits" in maya.text
        await maya.press("Show", band=["good", "poor"])
        assert "About advice-by-email." in maya.text
        assert "About pension-advice." not in maya.text


async def test_what_is_saved_holds_what_its_reader_sees(town: Town) -> None:
    await omar_writes(town, '=HYPERLINK("http://evil.example")')
    await town.asked("phone", "stranger", service="pension-advice", customer_name="Stella Strange")
    await town.person("stranger").answers("5")
    await town.person("stranger").writes('Kiitos, "mainiota"!')
    async with (
        logged_in(town, "maya") as maya,
        logged_in(town, "sanna") as sanna,
        logged_in(town, "ville") as ville,
    ):
        await maya.open("/dashboard/comments?service=pension-advice")
        assert await maya.follow("Save these as a file") == 200
        assert maya.at == "/dashboard/comments.csv?service=pension-advice"
        assert "attachment" in maya.page.headers["content-disposition"]
        [head, thanks, formula] = csv.reader(StringIO(maya.page.content.decode("utf-8-sig")))
        assert head[0] == "Day"
        assert thanks[1:] == [
            "Pension advice by phone",
            "Phone call",
            "good",
            'Kiitos, "mainiota"!',
            "Stella Strange",
            "",
        ]
        assert formula[4] == '\'=HYPERLINK("http://evil.example")'
        await sanna.open("/dashboard/comments.csv")
        assert "mainiota" in sanna.page.text
        assert "Stella" not in sanna.page.text
        assert await ville.open("/dashboard/comments.csv?service=pension-advice") == 403
        await ville.open("/dashboard/comments.csv?words=mainiota")
        assert "mainiota" not in ville.page.text
    exported = [row.subject_id for row in await town.rows(AuditEntry) if row.did == "exported"]
    assert exported == ["service=pension-advice", "everything", "words=%E2%80%A6"]


async def test_the_address_of_a_page_tells_no_instant(town: Town) -> None:
    for number in range(30):
        await town.sanna.writes(f"/feedback log = Acme: said {number} #pension-advice")
    async with logged_in(town, "maya") as maya:
        await maya.open("/dashboard/comments")
        await maya.follow("Older ones")
        assert "?after=feedback~6" in maya.at.replace("%7E", "~")


async def test_erased_words_are_neither_shown_nor_found(town: Town) -> None:
    await town.asked("phone", "stranger", service="pension-advice")
    stranger = town.person("stranger")
    await stranger.answers("2", "2")
    await stranger.writes("Lasku oli väärin")
    async with logged_in(town, "maya") as maya:
        await maya.open("/dashboard/comments?words=laskun")
        assert "Lasku oli väärin" in maya.text
        await stranger.writes("forget me")
        await stranger.taps("Poista")
        for path in ("/dashboard/comments?words=laskun", "/dashboard/comments"):
            await maya.open(path)
            assert "Lasku oli väärin" not in maya.text


async def test_page_by_page_nobody_is_left_out_or_told_twice(town: Town) -> None:
    for number in range(60):
        await town.sanna.writes(f"/feedback log = Acme: sanottu{number} #pension-advice")
    seen: list[str] = []
    async with logged_in(town, "maya") as maya:
        await maya.open("/dashboard/comments")
        while True:
            seen += [word for word in maya.text.split() if word.startswith("sanottu")]
            if "Older ones" not in maya.page.text:
                break
            await maya.follow("Older ones")
    assert seen == [f"sanottu{number}" for number in reversed(range(60))]


@pytest.mark.parametrize(
    "after",
    [
        "x", "2026-11-01T00:00:00+00:00~answer~1", "nothing~1", "~", "\x00", "answer~", "answer~-1", "answer~1e3",
        "feedback~99999", "sheet~1", "answer~9999999999999999999",
    ],
)  # fmt: skip
async def test_a_place_that_no_page_wrote_is_no_page(town: Town, after: str) -> None:
    async with logged_in(town, "maya") as maya:
        assert (
            await maya.open(f"/dashboard/comments?after={after.replace(chr(0), '%00').replace('+', '%2B')}")
            == 404
        )
