"""What all messages of the bank have in common: how a file is refused, and texts that stand for a missing id."""

from shared.errors.refusals import ConflictError, Fault, WrongInputError

NOT_PROVIDED = frozenset({"", "NOTPROVIDED", "NOT PROVIDED", "NOTAVAILABLE"})
Counts = dict[str, int]


class BankFileError(WrongInputError):
    """A file of the bank cannot be used; nothing of it was stored."""

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(Fault("body", code, sentence))


class ForeignFileError(ConflictError):
    """A file is well-formed, but it is another municipality's, or about payments that were not sent from here."""
