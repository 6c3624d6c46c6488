"""The organisation that is simulated, its customers and its calendar: all drawn from the seed before anything runs."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from handlers.events import EncounterHappened, Sender
from handlers.organisation import Organisation
from tests.simulation.platforms import CHANNELS, Outage

HELSINKI = ZoneInfo("Europe/Helsinki")
ALERTS_AT = {"ease": {1, 2}, "satisfied": {1, 2}, "handled": {3}}
"""Which answers open a case, in the plainest words: the checker's own."""
COOL_DOWN, COOL_DOWN_ANY = timedelta(days=30), timedelta(days=7)
ACCOUNT_CAP, ACCOUNT_WINDOW = 6, timedelta(days=30)
QUIET_FROM, QUIET_UNTIL = time(20), time(8)
KEPT = {"words": timedelta(days=60), "customers": timedelta(days=120), "audit": timedelta(days=90)}
KEPT |= {"deliveries": timedelta(days=3)}
"""How long what can be traced to a person stays."""
MANAGERS = {
    # key: channel, zone, deputy
    "maya": ("slack", "Europe/Helsinki", "liisa"),
    "ville": ("teams", "Europe/Helsinki", "maya"),
    "greta": ("telegram", "Europe/Stockholm", "ville"),
    "wendy": ("matrix", "America/New_York", "maya"),
    "timo": ("slack", "Europe/Helsinki", "maya"),
    "liisa": ("teams", "Europe/Helsinki", "maya"),
}
STAFF = {"sanna": "slack", "pekka": "teams", "olli": "telegram"}
TEAMS = {
    # key: lead, zone, weekday (Monday is 0), time, channel of the digest
    "advice": ("maya", "Europe/Helsinki", 4, time(15), {"slack": "#advice"}),
    "city-it": ("ville", "Europe/Stockholm", 6, time(2, 30), {"teams": "#city-it"}),
    "abroad": ("wendy", "America/New_York", 4, time(16), {"telegram": "-100200"}),
}
SERVICES = {
    # key: owner, team
    "pensions": ("maya", "advice"),
    "lobby": ("timo", "advice"),
    "helpdesk": ("ville", "city-it"),
    "booking": ("greta", "city-it"),
    "consulate": ("wendy", "abroad"),
    "archive": (None, "advice"),
}
TOUCHPOINTS = {
    "phone": (10, "encounter"),
    "visit": (60, "encounter"),
    "ticket": (30, "quick"),
    "project": (1440, "nps"),
}
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@dataclass
class Customer:
    """Somebody with habits; their name and what they write each hold a word that nobody else's do."""

    number: int
    channel: str
    language: str
    account: str
    answers: float
    """How likely they answer at all."""
    mood: float
    """How likely an answer is good."""
    quits: str = ""
    """What they do one day: *stop*, *forget*, *block*; empty for nothing of the kind."""
    gone: bool = field(default=False)

    @property
    def mark(self) -> str:
        """The word in their name, long enough to stand in no token by chance."""
        return f"zxnimi{self.number}q"

    @property
    def wrote(self) -> str:
        """The word in what they write."""
        return f"zwsana{self.number}q"

    @property
    def identity(self) -> str:
        """Who they are on their platform."""
        return f"U{self.mark}"

    @property
    def sender(self) -> Sender:
        """As the platform tells us."""
        return Sender(self.channel, self.identity, name=f"Asiakas {self.mark}", language=self.language)


def customers(dice: Random, number: int) -> dict[str, Customer]:
    """By identity."""
    quits = ["", "", "", "", "", "", "stop", "forget", "block", "forget"]
    found = [
        Customer(
            number=n,
            channel=dice.choice(list(CHANNELS)),
            language=dice.choice(["fi", "fi", "sv", "en"]),
            account=dice.choice(["", "", "acme", "library"]),
            answers=dice.uniform(0.2, 0.95),
            mood=dice.uniform(0.4, 0.97),
            quits=dice.choice(quits),
        )
        for n in range(number)
    ]
    return {customer.identity: customer for customer in found}


def organisation(dice: Random, begins: date, days: int, *, later: bool = False) -> Organisation:
    """As it is applied at the beginning; `later`, as it is applied anew in the middle.

    Later Timo has left, his service is Greta's, more people are asked about visits and reminders come sooner.
    """
    away = begins + timedelta(days=days // 4)
    people: dict[str, Any] = {
        key: {
            "name": f"{key.title()} Manager",
            "role": "cx lead" if key == "liisa" else "manager",
            "identities": {channel: key},
            "time_zone": zone,
            "deputy": deputy,
        }
        for key, (channel, zone, deputy) in MANAGERS.items()
        if not (later and key == "timo")
    }
    people["maya"]["away"] = [{"starts": away, "ends": away + timedelta(days=dice.randrange(5, 20))}]
    for key, channel in STAFF.items():
        people[key] = {
            "name": f"{key.title()} Staff",
            "role": "staff",
            "identities": {channel: key},
            "team": "advice",
        }
    owners = {key: "greta" if later and owner == "timo" else owner for key, (owner, _) in SERVICES.items()}
    return Organisation.model_validate(
        {
            "name": "Kaiku Office",
            "language": "fi",
            "time_zone": "Europe/Helsinki",
            "cx_lead": "liisa",
            "calendars": {
                "office": {
                    "country": "FI",
                    "hours": [{"days": _DAYS[:5], "opens": "08:30", "closes": "16:00"}],
                }
            },
            "calendar": "office",
            "people": people,
            "teams": {key: _team(*team) for key, team in TEAMS.items()},
            "services": {
                key: {"name": key.title(), "owner": owners[key], "team": team}
                for key, (_, team) in SERVICES.items()
            },
            "touchpoints": {
                key: {
                    "name": key.title(),
                    "survey": survey,
                    "delay": f"{delay} min",
                    "sampling": _share(key, later=later),
                }
                | ({"staff_survey": "staff"} if key == "phone" else {})
                for key, (delay, survey) in TOUCHPOINTS.items()
            },
            "surveys": {
                "quick": {"questions": ["satisfied", "words"]},
                "nps": {"questions": ["recommend", "words", "contact"], "call_backs": False},
            },
            "accounts": {"acme": {"name": "Acme Oy", "manager": "maya"}, "library": {"name": "Library"}},
            "asking": {
                "cool_down": f"{COOL_DOWN.days} d",
                "cool_down_any": f"{COOL_DOWN_ANY.days} d",
                "account_cap": ACCOUNT_CAP,
                "account_window": f"{ACCOUNT_WINDOW.days} d",
                "reminder_after": "1 d" if later else "2 d",
            },
            "retention": {kind: f"{time.days} d" for kind, time in KEPT.items()},
            "reports": {
                "management": {"name": "Management", "to": ["liisa", "wendy"], "time_zone": "Europe/Helsinki"}
            },
        }
    )


def _team(lead: str, zone: str, weekday: int, at: time, channel: dict[str, str]) -> dict[str, Any]:
    digest = {"weekday": _DAYS[weekday], "at": f"{at:%H:%M}"}
    return {"name": lead.title(), "lead": lead, "time_zone": zone, "channel": channel, "digest": digest}


def _share(touchpoint: str, *, later: bool) -> float:
    return (0.9 if later else 0.6) if touchpoint == "visit" else 1.0


def encounters(
    dice: Random, people: dict[str, Customer], begins: date, days: int, a_day: float
) -> Iterator[tuple[datetime, EncounterHappened]]:
    """When each is reported, and what is; in July few come, in January many, at weekends hardly anybody."""
    everybody, number = list(people.values()), 0
    for day in (begins + timedelta(days=n) for n in range(days)):
        season = {1: 1.4, 7: 0.4, 12: 0.8}.get(day.month, 1.0)
        weekend = 0.1 if day.weekday() > 4 else 1.0
        for _ in range(round(dice.uniform(0.5, 1.5) * a_day * season * weekend)):
            at = datetime.combine(day, time(8), HELSINKI) + timedelta(minutes=dice.randrange(9 * 60))
            number += 1
            yield _encounter(dice, dice.choice(everybody), at.astimezone(UTC), number)


def _encounter(
    dice: Random, customer: Customer, at: datetime, number: int
) -> tuple[datetime, EncounterHappened]:
    staff = dice.choice(list(STAFF))
    known = at + timedelta(minutes=dice.choice([1, 5, 60, 600]))
    return known, EncounterHappened(
        source="api:desk",
        touchpoint=dice.choice(list(TOUCHPOINTS)),
        customer=customer.sender,
        happened_at=at,
        service=dice.choice(list(SERVICES)),
        account=customer.account,
        handler=Sender(STAFF[staff], staff),
        external_reference=f"enc-{number}",
        about=f"matter {number}",
        by=Sender("api", "desk"),
        at=at,
        delivery_id="",
    )


def outages(dice: Random, begins: datetime, days: int) -> list[Outage]:
    """About two a month on each platform: most of minutes, some of hours, a few because our token was revoked."""
    found = []
    for channel in CHANNELS:
        for _ in range(max(1, days // 15)):
            start = begins + timedelta(minutes=dice.randrange(days * 1440))
            minutes = dice.choice([3, 10, 40, 120, 600])
            end = start + timedelta(minutes=minutes)
            found.append(Outage(channel, start, end, revoked=dice.random() < 0.2))
    return found
