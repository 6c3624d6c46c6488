"""Who is told when the time of a case is over."""


def ladder(holder: str, *, deputy: str | None, team_lead: str | None, cx_lead: str | None) -> tuple[str, ...]:
    """Who is told one after the other that `holder` did not act in time: their deputy, the team lead, the CX lead.

    Nobody twice and never the holder. Nobody stands above the CX lead, of whom their deputy alone is told.
    """
    steps = (deputy,) if holder == cx_lead else (deputy, team_lead, cx_lead)
    return tuple(dict.fromkeys(step for step in steps if step and step != holder))
