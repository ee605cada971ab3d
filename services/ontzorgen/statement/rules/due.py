"""What creditors ask for a month, by what is known of their charges.

Kinds that go by the day are due for the days they hold; the others in full for each month they touch. Nothing is due
before `first_due`; the earlier months' parts come with that month. Versions of one charge (the same key) give way to
the version known later, from its first day on. Each version's part of a month is rounded half up once.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from typing import NamedTuple

from services.ontzorgen.statement.rules.month_rules import KindTerms, MonthDays, month_days
from services.ontzorgen.statement.rules.situation import ChargeTerms
from shared.calendar import month_of, months_between
from shared.errors.refusals import Fault, WrongInputError
from shared.events.codes import ChargeKind

_NO_RANK = date.min  # known from the outset


class Due(NamedTuple):
    """What is due of one charge for one month; its order is the order of payment."""

    rank: int
    for_month: str
    creditor: str
    key: str
    kind: ChargeKind
    cents: int


class Version(NamedTuple):
    """One version of a charge, with its last day after later known versions took over; None: open."""

    terms: ChargeTerms
    until_day: date | None

    @property
    def first_month(self) -> str:
        return month_of(self.terms.from_day)

    @property
    def due_from(self) -> str:
        return max(self.first_month, self.terms.first_due or "")


def part_cents(terms: ChargeTerms, until_day: date | None, days: MonthDays, kind: KindTerms) -> int:
    """One version's due for one month, whatever `first_due` says of when; 0 when it does not touch the month."""
    first, last = days.first, days.last
    begin = terms.from_day
    if begin > last or (until_day is not None and (until_day < first or until_day < begin)):
        return 0
    cents = terms.amount_cents
    if not kind.by_day or (begin <= first and (until_day is None or until_day >= last)):
        return cents if kind.percent == 100 else (2 * cents * kind.percent + 100) // 200  # noqa: PLR2004 - a whole
    end = last if until_day is None else min(until_day, last)
    shared = end.day - (begin.day if begin > first else 1) + 1
    whole = days.days * 100
    return (2 * cents * shared * kind.percent + whole) // (2 * whole)


def schedule(versions: Sequence[Version], months: Iterable[str], kind: KindTerms) -> dict[str, int]:
    """What one charge's versions make due with these months: the months themselves, and parts that waited for them."""
    due: defaultdict[str, int] = defaultdict(int)
    for month in months:
        days = month_days(month)
        for version in versions if kind.by_day else _one_of(versions, days):
            if month < version.due_from:
                continue
            due[month] += part_cents(version.terms, version.until_day, days, kind)
            if kind.by_day and month == version.due_from:
                for earlier in _months_before(version):
                    due[earlier] += part_cents(version.terms, version.until_day, month_days(earlier), kind)
    return due


def _months_before(version: Version) -> Iterator[str]:
    """The months whose parts wait for the month in which the charge is first due."""
    return (month for month in months_between(version.first_month, version.due_from) if month < version.due_from)


def _one_of(versions: Sequence[Version], days: MonthDays) -> list[Version]:
    """The version that an advance of a whole month follows: one at most, so that no month is paid twice."""
    touching = [
        one for one in versions if one.due_from <= days.month and (one.until_day is None or one.until_day >= days.first)
    ]
    return sorted(touching, key=lambda one: (_known(one.terms), one.terms.from_day))[-1:]


def by_key(charges: Iterable[ChargeTerms]) -> dict[str, list[ChargeTerms]]:
    """Charges by key, in order of appearance."""
    found: dict[str, list[ChargeTerms]] = {}
    for terms in charges:
        found.setdefault(terms.key, []).append(terms)
    return found


def versions_of(terms: Sequence[ChargeTerms]) -> list[Version]:
    """The versions of one charge, each cut off where one that was known later begins."""
    if len(terms) > 1:
        refuse_overlap(terms)
    return cut(terms)


def cut(terms: Sequence[ChargeTerms]) -> list[Version]:
    """The same without looking whether two of them hold on one day."""
    if len(terms) == 1:
        return [Version(terms[0], terms[0].until_day)]
    ends = [Version(one, _until(one, terms)) for one in terms]
    return [one for one in ends if one.until_day is None or one.until_day >= one.terms.from_day]


def _until(version: ChargeTerms, terms: Sequence[ChargeTerms]) -> date | None:
    later = [other.from_day for other in terms if _known(other) > _known(version)]
    ends = [*([version.until_day] if version.until_day else []), *(day - timedelta(days=1) for day in later)]
    return min(ends, default=None)


def overlaps(terms: Sequence[ChargeTerms]) -> Iterator[tuple[int, int]]:
    """Pairs of versions of one charge that hold on one day and are known since the same day, by their places."""
    for place, one in enumerate(terms):
        for other_place, other in enumerate(terms[:place]):
            if (
                one.known_on == other.known_on
                and one.from_day <= (other.until_day or date.max)
                and other.from_day <= (one.until_day or date.max)
            ):
                yield other_place, place


def refuse_overlap(terms: Sequence[ChargeTerms]) -> None:
    """WrongInputError when it can not be told which of two versions holds."""
    if next(overlaps(terms), None) is not None:
        raise WrongInputError(Fault("charges", "overlapping_charge", overlap_sentence(terms[0].kind)))


def overlap_sentence(kind: ChargeKind) -> str:
    return (
        f"Two charges of kind {kind} for one creditor hold on the same days: end one before the other begins, "
        "or say with known_on which was known later."
    )


def _known(terms: ChargeTerms) -> date:
    return terms.known_on or _NO_RANK
