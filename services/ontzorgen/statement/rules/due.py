"""What creditors are due for a month, by what is known of their charges.

Kinds that go by the day are due for the days they hold; the others in full for each month they touch. Nothing is due
before `first_due`; the earlier months' parts come with that month. Versions of one charge (the same key) give way to
the version known later, from its first day on. Each version's part of a month is rounded half up once.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from typing import NamedTuple

from services.ontzorgen.statement.rules.discounts import find_payable_percent, sum_payable_percents
from services.ontzorgen.statement.rules.month_rules import IN_FULL_PERCENT, KindTerms, MonthDays, get_month_days
from services.ontzorgen.statement.rules.situation import ChargeTerms, DiscountTerms
from shared.calendar import month_of, months_between
from shared.errors.refusals import Fault, WrongInputError
from shared.events.codes import ChargeKind
from shared.money import round_half_up

_FROM_THE_OUTSET = date.min


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


def compute_part_cents(
    terms: ChargeTerms,
    until_day: date | None,
    days: MonthDays,
    kind: KindTerms,
    discounts: Sequence[DiscountTerms] = (),
) -> int:
    """Return one version's due for one month, whatever its `first_due`; 0 if it does not touch the month.

    A discount lowers a kind that goes by the day on the days it holds, and an advance of a whole month when it holds
    on the first day that the charge has in that month.
    """
    first, last = days.first, days.last
    begin = terms.from_day
    if begin > last or (until_day is not None and (until_day < first or until_day < begin)):
        return 0
    cents, percent = terms.amount_cents, kind.payable_percent
    if discounts:
        return _compute_discounted_cents(terms, until_day, days, kind, discounts)
    if not kind.by_day or (begin <= first and (until_day is None or until_day >= last)):
        return cents if percent == IN_FULL_PERCENT else round_half_up(cents * percent, 100)
    end = last if until_day is None else min(until_day, last)
    held_days = end.day - (begin.day if begin > first else 1) + 1
    return round_half_up(cents * held_days * percent, days.days * 100)


def _compute_discounted_cents(
    terms: ChargeTerms,
    until_day: date | None,
    days: MonthDays,
    kind: KindTerms,
    discounts: Sequence[DiscountTerms],
) -> int:
    begin = max(terms.from_day, days.first)
    if not kind.by_day:
        percent = find_payable_percent(discounts, terms.creditor, begin, kind.payable_percent)
        return round_half_up(terms.amount_cents * percent, IN_FULL_PERCENT)
    end = days.last if until_day is None else min(until_day, days.last)
    percents = sum_payable_percents(discounts, terms.creditor, begin, end, kind.payable_percent)
    return round_half_up(terms.amount_cents * percents, days.days * IN_FULL_PERCENT)


def schedule(
    versions: Sequence[Version], months: Iterable[str], kind: KindTerms, discounts: Sequence[DiscountTerms] = ()
) -> dict[str, int]:
    """Return what one charge's versions make due with these months: of them, and of months that waited for them."""
    due: defaultdict[str, int] = defaultdict(int)
    for month in months:
        days = get_month_days(month)
        for version in versions if kind.by_day else _select_latest_known(versions, days):
            if month < version.due_from:
                continue
            due[month] += compute_part_cents(version.terms, version.until_day, days, kind, discounts)
            if kind.by_day and month == version.due_from:
                for earlier in _list_waiting_months(version):
                    waiting = get_month_days(earlier)
                    due[earlier] += compute_part_cents(version.terms, version.until_day, waiting, kind, discounts)
    return due


def _list_waiting_months(version: Version) -> Iterator[str]:
    """Yield the months whose parts wait for the month in which the charge is first due."""
    return (month for month in months_between(version.first_month, version.due_from) if month < version.due_from)


def _select_latest_known(versions: Sequence[Version], days: MonthDays) -> list[Version]:
    """Return the version that an advance of a whole month follows: at most one, so that no month is paid twice."""
    touching = [
        version
        for version in versions
        if version.due_from <= days.month and (version.until_day is None or version.until_day >= days.first)
    ]
    return sorted(touching, key=lambda version: (_get_known_on(version.terms), version.terms.from_day))[-1:]


def group_by_key(charges: Iterable[ChargeTerms]) -> dict[str, list[ChargeTerms]]:
    """Return charges by key, in order of appearance."""
    by_key: dict[str, list[ChargeTerms]] = {}
    for terms in charges:
        by_key.setdefault(terms.key, []).append(terms)
    return by_key


def build_versions(terms: Sequence[ChargeTerms]) -> list[Version]:
    """Return the versions of one charge, cut as `cut_versions` does; WrongInputError if two hold on one day."""
    if len(terms) > 1:
        refuse_overlap(terms)
    return cut_versions(terms)


def cut_versions(terms: Sequence[ChargeTerms]) -> list[Version]:
    """Return the versions of one charge, each cut off where one that was known later begins."""
    if len(terms) == 1:
        return [Version(terms[0], terms[0].until_day)]
    versions = [Version(version, _find_end(version, terms)) for version in terms]
    return [version for version in versions if version.until_day is None or version.until_day >= version.terms.from_day]


def _find_end(version: ChargeTerms, terms: Sequence[ChargeTerms]) -> date | None:
    later = [other.from_day for other in terms if _get_known_on(other) > _get_known_on(version)]
    ends = [*([version.until_day] if version.until_day else []), *(day - timedelta(days=1) for day in later)]
    return min(ends, default=None)


def find_overlaps(terms: Sequence[ChargeTerms]) -> Iterator[tuple[int, int]]:
    """Yield pairs of versions of one charge, by index, that hold on one day and are known since the same day."""
    for later_index, later in enumerate(terms):
        for index, earlier in enumerate(terms[:later_index]):
            if (
                later.known_on == earlier.known_on
                and later.from_day <= (earlier.until_day or date.max)
                and earlier.from_day <= (later.until_day or date.max)
            ):
                yield index, later_index


def refuse_overlap(terms: Sequence[ChargeTerms]) -> None:
    """Raise WrongInputError if it is unclear which of two versions holds."""
    if next(find_overlaps(terms), None) is not None:
        raise WrongInputError(Fault("charges", "overlapping_charge", describe_overlap(terms[0].kind)))


def describe_overlap(kind: ChargeKind) -> str:
    """Return the sentence for two versions of a charge that hold on one day."""
    return (
        f"Two charges of kind {kind} for one creditor hold on the same days: end one before the other begins, "
        "or say with known_on which was known later."
    )


def _get_known_on(terms: ChargeTerms) -> date:
    return terms.known_on or _FROM_THE_OUTSET
