"""What the world may do to a delivery, in no platform's words."""


class DeliveryError(Exception):
    """A message could not be delivered.

    `permanent` means that trying again cannot help; `retry_after` is how many seconds the platform
    asked us to wait, where it said so; `unreachable` means that the person or conversation is gone.
    """

    def __init__(
        self,
        reason: str,
        *,
        permanent: bool = False,
        unreachable: bool = False,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(reason)
        self.reason = reason
        self.permanent = permanent or unreachable
        self.unreachable = unreachable
        self.retry_after = retry_after
