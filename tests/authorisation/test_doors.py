"""No door of the site is missing from the list of doors."""

from collections.abc import Iterable
from pathlib import Path

import pytest

from bot.web.site import DOORS, create_pages
from tests.helpers.site import routes_of
from tests.helpers.town import ROOT, example, town_of

SECURITY = (ROOT / "docs" / "security.md").read_text()


def first_parts(paths: Iterable[str]) -> set[str]:
    """`/dashboard` of `/dashboard/cases/{token}`; of what lies below `/api` and `/slack`, two parts."""
    split = [path.strip("/").split("/") for path in paths]
    return {"/" + "/".join(parts[: 2 if parts[0] in ("api", "slack") else 1]) for parts in split}


@pytest.mark.parametrize("door", sorted(DOORS.values()))
def test_every_platforms_door_is_told_of(door: str) -> None:
    assert f"`{door}`" in SECURITY


async def test_every_page_is_told_of(tmp_path: Path) -> None:
    address = "https://kaiku.example.org"
    async with town_of(example(), tmp_path, link_secret="s" * 32, public_url=address) as town:
        doors = first_parts(path for path, _ in routes_of(create_pages(town.app).routes))

    assert len(doors) > 5
    assert sorted(door for door in doors if door not in SECURITY) == []
