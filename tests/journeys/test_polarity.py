"""The same 5 is praise or a cry for help: it depends on what was asked."""

from pathlib import Path

from bot.declaration import read
from storage.tables import Case
from tests.helpers.town import ROOT, Town
from tests.journeys.conftest import BuildTown


async def test_five_for_it_was_easy_is_no_alert(town: Town) -> None:
    await town.asked("phone", "omar", service="pension-advice", handler="sanna")
    await town.omar.taps("5")
    assert await town.rows(Case) == []
    assert await town.maya.conversation() == []
    await town.later(minutes=11)
    assert "oli tyytyväinen työhösi" in await town.sanna.reads(), "but praise for who did it"


async def test_five_for_how_much_effort_is_an_alert(build_town: BuildTown) -> None:
    town = await build_town(surveys={"hard": {"questions": ["effort", "words"]}}, touchpoints=_asking("hard"))
    await town.asked("phone", "omar", service="pension-advice", handler="sanna")
    assert "How much effort did you have to put in?" in await town.omar.latest()
    await town.omar.taps("5")
    assert "5 of 5 — poor (1 is best)" in await town.maya.latest()
    await town.later(minutes=11)
    assert "oli tyytyväinen" not in await town.sanna.reads()


async def test_one_for_how_much_effort_is_praise(build_town: BuildTown) -> None:
    town = await build_town(surveys={"hard": {"questions": ["effort", "words"]}}, touchpoints=_asking("hard"))
    await town.asked("phone", "omar", service="pension-advice", handler="sanna")
    await town.omar.taps("1")
    assert await town.rows(Case) == []
    await town.later(minutes=11)
    assert "oli tyytyväinen työhösi" in await town.sanna.reads()


def _asking(survey: str) -> dict[str, dict[str, str]]:
    return {"phone": {"survey": survey}}


def test_a_rule_that_alerts_on_agreement_is_refused_with_a_sentence(tmp_path: Path) -> None:
    shipped = (ROOT / "organisation.example.yaml").read_text("utf-8")
    file = tmp_path / "organisation.yaml"
    file.write_text(shipped.replace("  csat: {alert: 1-2}", "  ease: {alert: 4-5}"), "utf-8")
    [problem] = read(file).errors
    print(problem)
    assert problem.where == "thresholds.ease.alert"
    assert "best" in problem.sentence
