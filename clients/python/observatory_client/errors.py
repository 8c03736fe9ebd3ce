"""What can go wrong, each with a sentence."""


class ObservatoryError(Exception):
    """A release cannot be read, or a question about it has no answer."""


class NotVerified(ObservatoryError):
    """A file is not as the release published it."""


class UnknownName(ObservatoryError):
    """No table, indicator or metropolis has that name."""


class AmbiguousName(ObservatoryError):
    """Several metropolises have that name; `candidates` are their identifiers."""

    def __init__(self, sentence: str, candidates: list[str]) -> None:
        """Keep the identifiers beside the sentence."""
        super().__init__(sentence)
        self.candidates = candidates


class NotComparable(ObservatoryError):
    """Two figures may not be compared; `reasons` say why, one sentence each."""

    def __init__(self, sentence: str, reasons: list[str]) -> None:
        """Keep the reasons beside the sentence."""
        super().__init__(sentence)
        self.reasons = reasons
