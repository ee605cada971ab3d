"""A status report of the bank as plain values: what it says of a file of ours, of a day's batch, or of one payment."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum
from uuid import UUID

from services.ontzorgen.bank.rules.messages import Counts, ForeignFileError
from services.ontzorgen.bank.rules.refusals import UNEXPLAINED, Refusal

REFUSED = "RJCT"
PARTLY = "PART"
WAITING = frozenset({"RCVD", "PDNG", "PATC"})
ACCEPTED = WAITING | {"ACCP", "ACTC", "ACSP", "ACSC", "ACWC", "ACCC", "ACWP", "ACFC"}
REPEATED = frozenset({"AM05", "DUPL", "DU01", "DU02", "DU03", "DU04", "DU05"})
KNOWN = ACCEPTED | {REFUSED, PARTLY}
CONTRADICTORY = f"{REFUSED} and another"
CODES_SHOWN_MAX = 10
_UNCLEAR = {
    "RCVC": "the bank compared the names of payees and did not carry it out yet: approve it at the bank if it asks",
    "RVCM": "the name of a payee nearly fits the account: compare both with the payee's letter, then approve it there",
    "RVNM": "the name of a payee does not fit the account: compare both with the payee's letter, then decide there",
    "RVNA": "the bank could not compare the name of a payee with the account: compare both, then approve it there",
    "CANC": "the payment was cancelled: ask the bank by whom, and for a report that refuses it if it must be paid anew",
}
_UNCLEAR[CONTRADICTORY] = (
    "the report gives a payment this and another status, or refuses a whole and accepts a payment in it: ask the bank "
    "which is right"
)
_UNCLEAR["RVMC"] = _UNCLEAR["RCVM"] = _UNCLEAR["RVCM"]


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

    @property
    def is_unclear(self) -> bool:
        """A code that says neither that it is refused nor that it is accepted: a person asks the bank."""
        return self.code not in KNOWN

    @property
    def needs_name(self) -> bool:
        """Whether somebody has to find out which payment it is about, when it does not say so."""
        return self.code == REFUSED or self.is_unclear

    def narrow(self, wider: "Status | None") -> "Status":
        """Return what holds for a payment, given this status and the one of its batch or file.

        A code that is not known holds: what is not certain is not refused. Where a payment has two statuses of its own
        and one refuses it, neither is certain.
        """
        if wider is not None and wider.level is self.level is StatusLevel.PAYMENT:
            if REFUSED in (self.code, wider.code) and self.code != wider.code:
                return replace(self, code=CONTRADICTORY)
            if wider.is_unclear:
                return wider
        if wider is None or wider.code != REFUSED or self.is_unclear:
            return self
        if self.code == PARTLY:
            return wider
        if self.code != REFUSED:
            return replace(self, code=CONTRADICTORY)
        return self if self.reason_code != UNEXPLAINED else replace(self, reason_code=wider.reason_code)


@dataclass(frozen=True, slots=True)
class ReportHead:
    """A pain.002 without its payments: the file it answers, and what it says of that and of its batches."""

    id: str
    reported_on: date
    file_id: str
    wide_statuses: tuple[Status, ...]

    @property
    def from_wide_to_narrow(self) -> list[Status]:
        return sorted(self.wide_statuses, key=lambda status: list(StatusLevel).index(status.level))


@dataclass(slots=True)
class NamelessStatuses:
    """Counts statuses that somebody has to look into and that name no payment of ours; it keeps a few codes of them."""

    count: int = 0
    codes: dict[str, None] = field(default_factory=dict)

    def add(self, status: Status) -> None:
        if status.needs_name:
            self.count += 1
            if len(self.codes) < CODES_SHOWN_MAX:
                self.codes[status.code] = None


def require_own_file(payment_ids: Collection[UUID]) -> None:
    """ForeignFileError when no payment of ours is in the file that a report answers."""
    if not payment_ids:
        raise ForeignFileError(
            "foreign_status_report",
            "This status report is about a file that was not made here: send it where it was made.",
        )


def require_own_payments(payment_ids: Collection[UUID]) -> None:
    """ForeignFileError when a report that names payments or batches names none of the file that it answers."""
    if not payment_ids:
        raise ForeignFileError(
            "status_report_without_payments",
            "This status report names no payment that is in the file it answers: ask the bank.",
        )


@dataclass(slots=True)
class PaymentStatuses:
    """What a report says of each payment, taken from wide to narrow; however long the report, one status a payment.

    A file or batch that is refused while something in it is accepted contradicts itself: of nothing in it is it certain
    that it was refused, and paying again might pay twice. So all of it is unclear, and what is outside it stands.
    """

    _statuses: dict[UUID, Status] = field(default_factory=dict)
    _refused_groups: list[tuple[StatusLevel, Collection[UUID]]] = field(default_factory=list)
    _accepted: dict[StatusLevel, set[UUID]] = field(default_factory=dict)

    def add(self, status: Status, payment_ids: Collection[UUID]) -> None:
        """Take a status of these payments."""
        for payment_id in payment_ids:
            self._statuses[payment_id] = status.narrow(self._statuses.get(payment_id))
        if status.code == REFUSED and status.level is not StatusLevel.PAYMENT:
            self._refused_groups.append((status.level, payment_ids))
        elif status.code in ACCEPTED:
            self._accepted.setdefault(status.level, set()).update(payment_ids)

    def conclude(self) -> dict[UUID, Status]:
        """Return what holds for each payment, now that the whole report was read."""
        levels = [*StatusLevel]
        for level, group_ids in self._refused_groups:
            narrower = levels[levels.index(level) + 1 :]
            if any(not self._accepted.get(other, set()).isdisjoint(group_ids) for other in narrower):
                for payment_id in group_ids:
                    if not self._statuses[payment_id].is_unclear:
                        self._statuses[payment_id] = replace(self._statuses[payment_id], code=CONTRADICTORY)
        return self._statuses


@dataclass(frozen=True, slots=True)
class UnclearStatuses:
    """What one report leaves unclear: the payments it is about and one sentence. Some may be named by no id of ours."""

    payment_ids: Sequence[UUID]
    sentence: str


def find_unclear(statuses: Mapping[UUID, Status], nameless: NamelessStatuses) -> UnclearStatuses | None:
    """Return what a person has to ask the bank about; None when everything is clear.

    `nameless` are statuses that say no id of a payment or batch in the file.
    """
    payment_ids = [payment_id for payment_id, status in statuses.items() if status.is_unclear]
    codes = dict.fromkeys(statuses[payment_id].code for payment_id in payment_ids)
    parts = [f"{code}: {_UNCLEAR.get(code, 'this code is not known here')}" for code in [*codes][:CODES_SHOWN_MAX]]
    if nameless.count:
        parts.append(f"{', '.join(nameless.codes)} for payments without an id of ours")
    if not parts:
        return None
    open_count = len(payment_ids) + nameless.count
    return UnclearStatuses(
        payment_ids,
        f"A status report leaves {open_count} open. {'; '.join(parts)}. Ask the bank what became "
        "of them, and pay nothing anew before a statement or another report says so. All else in it was taken in.",
    )


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


def count_statuses(statuses: Iterable[Status], nameless_count: int = 0) -> Counts:
    """Count payments by what became of them; each counts once. What is unclear is counted only when there is any."""
    counts = {"refused": 0, "accepted": 0, "waiting": 0, "repeated": 0}
    for status in statuses:
        if status.is_unclear:
            counts["unclear"] = counts.get("unclear", 0) + 1
        elif status.is_refusal:
            counts["refused"] += 1
        elif status.is_repeat:
            counts["repeated"] += 1
        else:
            counts["waiting" if status.code in WAITING else "accepted"] += 1
    if nameless_count:
        counts["unclear"] = counts.get("unclear", 0) + nameless_count
    return counts
