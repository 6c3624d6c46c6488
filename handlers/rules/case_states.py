"""What may happen to a case in which state, and what state follows: the whole machine as one table.

received → acknowledged → claimed → contacted → closed → reopened. The picture of it in
`docs/inner-loop.md` is drawn from here.
"""

from collections.abc import Mapping

from storage.vocabulary import CaseEventKind, CaseState

OPEN = tuple(state for state in CaseState if state is not CaseState.CLOSED)
"""States in which somebody still has something to do."""

Follows = Mapping[CaseState, CaseState]

_UNCHANGED: Follows = {state: state for state in CaseState}
_WHILE_OPEN: Follows = {state: state for state in OPEN}


def _from_open(to: CaseState) -> Follows:
    return dict.fromkeys(OPEN, to)


FOLLOWS: Mapping[CaseEventKind, Follows] = {
    CaseEventKind.OPENED: {},
    CaseEventKind.JOINED: {**_WHILE_OPEN, CaseState.CONTACTED: CaseState.CLAIMED},
    CaseEventKind.COMMENTED: _UNCHANGED,
    CaseEventKind.ACKNOWLEDGED: {CaseState.RECEIVED: CaseState.ACKNOWLEDGED},
    CaseEventKind.CLAIMED: {**_from_open(CaseState.CLAIMED), CaseState.CONTACTED: CaseState.CONTACTED},
    CaseEventKind.HANDED_OVER: _from_open(CaseState.RECEIVED),
    CaseEventKind.NOT_OURS: _from_open(CaseState.RECEIVED),
    CaseEventKind.EXPERT_ASKED: _WHILE_OPEN,
    CaseEventKind.EXPERT_ANSWERED: _UNCHANGED,
    CaseEventKind.CONTACTED: _from_open(CaseState.CONTACTED),
    CaseEventKind.WRITTEN: {**_from_open(CaseState.CONTACTED), CaseState.CLOSED: CaseState.CLOSED},
    CaseEventKind.NOT_DELIVERED: {**_UNCHANGED, CaseState.CONTACTED: CaseState.CLAIMED},
    CaseEventKind.CUSTOMER_REPLIED: _UNCHANGED,
    CaseEventKind.REMINDED: _WHILE_OPEN,
    CaseEventKind.ESCALATED: _WHILE_OPEN,
    CaseEventKind.CLOSED: _from_open(CaseState.CLOSED),
    CaseEventKind.REOPENED: {CaseState.CLOSED: CaseState.REOPENED},
    CaseEventKind.ERASED: _UNCHANGED,
    CaseEventKind.REFUSED: _UNCHANGED,
}
"""Event → state it may happen in → state that follows. A state that is not named does not allow the event."""


def after(state: CaseState, event: CaseEventKind) -> CaseState | None:
    """The state that follows; none when the event cannot happen in this state."""
    return FOLLOWS[event].get(state)


def allows(state: CaseState, event: CaseEventKind) -> bool:
    """Whether the event can happen in this state."""
    return after(state, event) is not None
