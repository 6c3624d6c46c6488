"""Where one may sit in the sandbox: as whom, in which conversation."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Self

from handlers.organisation import Organisation, Person
from storage.vocabulary import Role

CHANNEL = "sandbox"
PANES = ("customer", "staff", "manager")
_PANE_OF = {
    Role.CUSTOMER: "customer",
    Role.STAFF: "staff",
    Role.PROVIDER: "staff",
    Role.MANAGER: "manager",
    Role.CX_LEAD: "manager",
    Role.ADMIN: "manager",
}


@dataclass(frozen=True)
class Seat:
    """One person in one conversation: their direct one, or a shared one named `#…`."""

    identity: str
    conversation: str
    name: str
    role: Role

    @classmethod
    def of(cls, person: Person, conversation: str = "") -> Self:
        """The seat of a declared person; in their direct conversation unless another is named."""
        identity = person.identities[CHANNEL]
        return cls(identity, conversation or identity, person.name, person.role)

    @property
    def key(self) -> str:
        """How the seat is written in an address."""
        return self.identity if self.private else self.identity + self.conversation

    @property
    def private(self) -> bool:
        """Whether only the person and the bot read here."""
        return self.conversation == self.identity

    @property
    def label(self) -> str:
        """The person's name, and the shared conversation."""
        return self.name if self.private else f"{self.name} · {self.conversation}"

    @property
    def pane(self) -> str:
        """The pane in which one looks for such a person first."""
        return _PANE_OF[self.role]


def seats(organisation: Organisation, spoken_in: Iterable[str]) -> tuple[Seat, ...]:
    """Every seat, the direct conversations first. `spoken_in` are shared conversations that exist already."""
    here = [person for person in organisation.people.values() if CHANNEL in person.identities]
    return (*(Seat.of(person) for person in here), *_shared(organisation, here, spoken_in))


def _shared(organisation: Organisation, here: list[Person], spoken_in: Iterable[str]) -> Iterator[Seat]:
    """A team's conversation is for its people; any other shared one is for customers."""
    of_teams = {
        team.channel[CHANNEL]: team.key for team in organisation.teams.values() if CHANNEL in team.channel
    }
    for conversation in sorted({*of_teams, *spoken_in}):
        team = of_teams.get(conversation)
        for person in here:
            if person.team == team if team else person.role is Role.CUSTOMER:
                yield Seat.of(person, conversation)


def seat_for(pane: str, wanted: str, every: tuple[Seat, ...]) -> Seat | None:
    """The wanted seat, else the first one looks for in this pane, else any; none when there is nobody."""
    by_key = {seat.key: seat for seat in every}
    fitting = sorted((seat for seat in every if seat.pane == pane), key=lambda seat: seat.role != pane)
    return by_key.get(wanted) or next(iter((*fitting, *every)), None)
