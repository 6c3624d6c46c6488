"""The only reader of the clock."""

from datetime import UTC, datetime, timedelta


class Clock:
    """The real time, in UTC."""

    def now(self) -> datetime:
        """This instant, aware, in UTC."""
        return datetime.now(UTC)


class SkippingClock(Clock):
    """The sandbox's clock: real time plus what was skipped. It never goes back."""

    def __init__(self, ahead: timedelta = timedelta()) -> None:
        self.ahead = ahead

    def now(self) -> datetime:
        """Real time plus what was skipped."""
        return super().now() + self.ahead

    def skip_to(self, instant: datetime) -> None:
        """Jump ahead to an instant; one already past is ignored."""
        self.ahead += max(instant - self.now(), timedelta())
