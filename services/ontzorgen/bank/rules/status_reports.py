"""A status report of the bank as plain values: what it says of a file of ours, of a day's batch, or of one payment."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from uuid import UUID

from services.ontzorgen.bank.rules.messages import Counts, ForeignFileError
from services.ontzorgen.bank.rules.refusals import UNEXPLAINED, Refusal
from shared.errors.refusals import ConflictError

REFUSED = "RJCT"
PARTLY = "PART"
WAITING = frozenset({"RCVD", "PDNG", "PATC"})
ACCEPTED = WAITING | {"ACCP", "ACTC", "ACSP", "ACSC", "ACWC", "ACCC", "ACWP", "ACFC"}
REPEATED = frozenset({"AM05", "DU01", "DU02", "DU03", "DU04", "DU05"})


class StatusLevel(StrEnum):
    """What a status is about: a whole file, one day's batch, or one payment. From wide to narrow."""

    FILE = "file"
    BATCH = "batch"
    PAYMENT = "payment"


@dataclass(frozen=True, slots=True)
class Status:
    """One status in a status report. `subject_id` is the id, as we gave it, of the file, batch or payment."""

    level: StatusLevel
    subject_id: str
    code: str
    reason_code: str

    @property
    def is_repeat(self) -> bool:
        """The bank refused a second copy; what it got first is in force, so nothing is to be paid again."""
        return self.code == REFUSED and self.reason_code in REPEATED

    @property
    def is_refusal(self) -> bool:
        return self.code == REFUSED and not self.is_repeat

    def narrow(self, wider: "Status | None") -> "Status":
        """Return what holds for a payment, given this status and the one of its batch or file.

        ConflictError when one report refuses and accepts it: paying again might pay twice.
        """
        if wider is None or wider.code != REFUSED:
            return self
        if self.code == PARTLY:
            return wider
        if self.code != REFUSED:
            raise ConflictError(
                "This status report both refuses and accepts a payment: ask the bank which is right, then pay."
            )
        return self if self.reason_code != UNEXPLAINED else replace(self, reason_code=wider.reason_code)


@dataclass(frozen=True, slots=True)
class StatusReport:
    """A pain.002: the file it answers, and every status in it."""

    id: str
    reported_on: date
    file_id: str
    statuses: tuple[Status, ...]

    @property
    def from_wide_to_narrow(self) -> list[Status]:
        return sorted(self.statuses, key=lambda status: list(StatusLevel).index(status.level))


def require_own_file(payment_ids: Collection[UUID]) -> None:
    """ForeignFileError when no payment of ours is in the file that a report answers."""
    if not payment_ids:
        raise ForeignFileError("This status report is about a file that was not made here: send it where it was made.")


def require_own_payments(payment_ids: Collection[UUID]) -> None:
    """ForeignFileError when a status is about no payment of the file that its report answers."""
    if not payment_ids:
        raise ForeignFileError("This status report names a payment that is not in the file it answers: ask the bank.")


def list_refusals(statuses: Mapping[UUID, Status], reported_on: date) -> list[Refusal]:
    """Return the payments that these statuses refuse."""
    return [
        Refusal(payment_id, status.reason_code, reported_on)
        for payment_id, status in statuses.items()
        if status.is_refusal
    ]


def list_repeats(statuses: Mapping[UUID, Status]) -> Sequence[UUID]:
    """Return the payments of which the bank refused a second copy."""
    return [payment_id for payment_id, status in statuses.items() if status.is_repeat]


def count_statuses(statuses: Iterable[Status]) -> Counts:
    """Count payments by what became of them; each counts once."""
    counts = {"refused": 0, "accepted": 0, "waiting": 0, "repeated": 0}
    for status in statuses:
        if status.is_refusal:
            counts["refused"] += 1
        elif status.is_repeat:
            counts["repeated"] += 1
        else:
            counts["waiting" if status.code in WAITING else "accepted"] += 1
    return counts
