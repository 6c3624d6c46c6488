"""Why no past was made up."""


class NotEmpty(Exception):
    """A made-up past is written into an empty database only, and this one holds {held}. Name another with --into."""

    def __init__(self, held: str) -> None:
        super().__init__((type(self).__doc__ or "").format(held=held))
