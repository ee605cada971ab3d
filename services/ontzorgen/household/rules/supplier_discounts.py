"""Discounts that suppliers give for the certainty of being paid (vastelastenpakket), and the guarantee that they get.

A discount holds for every household with a charge of that creditor and kind, from its first day until it ends. One
that was entered after months it holds in had been run became known late: those months are corrected in the next run.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from uuid import UUID

from services.ontzorgen.household.rules.charges import overlap
from services.ontzorgen.household.rules.creditors import Creditor
from services.ontzorgen.statement.rules.situation import DiscountTerms
from shared.calendar import add_months, month_of, month_start, next_month
from shared.errors.refusals import ConflictError, Fault, WrongInputError
from shared.events.codes import ChargeKind

_DAY = timedelta(days=1)


@dataclass(frozen=True)
class DiscountAgreement:
    """A creditor gives a discount for the certainty of being paid during so many months from the first day on.

    `known_on` is set where it became known after the run of a month in which it holds.
    """

    id: UUID
    creditor: str
    kind: ChargeKind
    discount_percent: int
    guaranteed_months: int
    from_day: date
    until_day: date | None = None
    known_on: date | None = None


@dataclass(frozen=True)
class DiscountEnding:
    """That an agreement ends on a day after all; `known_on` as for the agreement."""

    agreement_id: UUID
    until_day: date
    known_on: date | None = None


@dataclass(frozen=True)
class DiscountView:
    """An agreement as it stands, its ending included."""

    agreement: DiscountAgreement
    ending: DiscountEnding | None = None

    @property
    def until_day(self) -> date | None:
        return self.ending.until_day if self.ending else self.agreement.until_day

    @property
    def period(self) -> tuple[date, date | None]:
        return self.agreement.from_day, self.until_day

    @property
    def guaranteed_until(self) -> date:
        """The last day for which payment is guaranteed: no later than the agreement holds."""
        last = add_months(self.agreement.from_day, self.agreement.guaranteed_months) - _DAY
        return min(last, self.until_day or last)

    def guarantees(self, month: str) -> bool:
        """Return whether payment is guaranteed on some day of a month."""
        return month_of(self.agreement.from_day) <= month <= month_of(self.guaranteed_until)


def check_agreement(existing: Sequence[DiscountView], agreement: DiscountAgreement) -> None:
    """Refuse an agreement that ends before it begins, or overlaps one with this creditor for this kind."""
    if agreement.until_day is not None and agreement.until_day < agreement.from_day:
        sentence = "The agreement ends before it begins: give a later last day or leave it open."
        raise WrongInputError(Fault("until_day", "ends_before_it_begins", sentence))
    for view in existing:
        other = view.agreement
        is_same = (other.creditor, other.kind) == (agreement.creditor, agreement.kind)
        if is_same and overlap(view.period, (agreement.from_day, agreement.until_day)):
            until = view.until_day or "further notice"
            raise ConflictError(
                "agreement_overlaps",
                f"There is an agreement from {other.from_day} until {until}: give days outside it.",
            )


def check_ending(view: DiscountView, until_day: date) -> bool:
    """Return whether the ending is new; ConflictError if the agreement ends on another day already."""
    if view.ending is not None and view.ending.until_day == until_day:
        return False
    if view.ending is not None:
        raise ConflictError(
            "agreement_already_ends",
            f"This agreement ends on {view.ending.until_day} already: enter a new one for other days.",
        )
    if until_day < view.agreement.from_day:
        sentence = f"The agreement begins on {view.agreement.from_day}: give that day or a later one."
        raise WrongInputError(Fault("until_day", "ends_before_it_begins", sentence))
    if view.agreement.until_day is not None and until_day > view.agreement.until_day:
        sentence = f"The agreement ends on {view.agreement.until_day}: enter a new one for the days after it."
        raise WrongInputError(Fault("until_day", "ends_later", sentence))
    return True


def date_late(from_day: date, last_run: str | None) -> date | None:
    """Return when something that holds from a day on became known: after the last month that was run, if it is late.

    None if no month in which it holds was run.
    """
    if last_run is None or last_run < month_of(from_day):
        return None
    return month_start(next_month(last_run))


def list_terms(views: Iterable[DiscountView]) -> Iterator[DiscountTerms]:
    """Yield the terms of agreements. An ending that became known late adds terms that take nothing off."""
    for view in views:
        agreement = view.agreement
        terms = DiscountTerms(
            agreement.creditor,
            agreement.discount_percent,
            agreement.from_day,
            view.until_day,
            agreement.known_on,
            agreement.kind,
        )
        yield terms
        if view.ending is not None and view.ending.known_on is not None:
            yield replace(
                terms,
                percent=0,
                from_day=view.ending.until_day + _DAY,
                until_day=agreement.until_day,
                known_on=view.ending.known_on,
            )


def list_register_terms(versions: Sequence[Creditor]) -> list[DiscountTerms]:
    """Return the discounts that one creditor has on the register, on all its charges; `versions` oldest first."""
    if not any(version.discount_percent for version in versions):
        return []
    pieces: list[DiscountTerms] = []
    for version in versions:
        begun = [terms for terms in pieces if terms.from_day < version.from_day]
        cut = [replace(terms, until_day=min(terms.until_day or date.max, version.from_day - _DAY)) for terms in begun]
        percent = version.discount_percent or 0
        pieces = [*cut, DiscountTerms(version.code, percent, version.from_day, None, version.known_on)]
    return pieces
