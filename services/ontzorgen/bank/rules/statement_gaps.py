"""Whether the statements of an account follow one another: by their balances, by their numbers, and page by page.

They may come in any order, and statements of a day and of a week beside each other. What is missing is missing before
the statement that does not follow; once it comes in, the gap is closed.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from itertools import pairwise
from typing import NamedTuple

_YEAR = timedelta(days=366)
_JUMPS_MAX = 3


class StatementSpan(NamedTuple):
    """A statement, or a page of one, as it was stored, with its balances. `first_no` is None without pages."""

    statement_no: int
    message_sha256: str
    opening_cents: int | None
    closing_cents: int | None
    opened_on: date | None
    closed_on: date | None
    sequence: int | None
    first_no: int | None = None
    page: int = 1
    is_last: bool = True
    sum_cents: int = 0


class GapKind(StrEnum):
    """What shows that something is missing before a statement."""

    BALANCE = "balance"
    NUMBER = "number"
    PAGE = "page"


@dataclass(frozen=True, slots=True)
class Gap:
    """What is missing before a statement, or of it; `cents` is by how much the balances differ."""

    statement_no: int
    kind: GapKind
    cents: int
    on: date

    @property
    def sentence(self) -> str:
        """What is wrong, and what to do about it."""
        ending = "fetch it from the bank and send it; this task completes by itself once it is in."
        match self.kind:
            case GapKind.BALANCE:
                return (
                    f"The statement that opens on {self.on} does not begin with the balance that the one before it "
                    f"ended with, so a statement between them is missing: {ending}"
                )
            case GapKind.NUMBER:
                return f"The number before that of the statement of {self.on} was never read: {ending}"
            case GapKind.PAGE:
                return f"A page of the statement of {self.on} is missing: {ending}"


def are_complete(pages: Sequence[StatementSpan]) -> bool:
    """Return whether these are all the pages of a statement, up to the last."""
    numbers = {page.page for page in pages}
    last = max((page.page for page in pages if page.is_last), default=0)
    return len(numbers) == max(numbers, default=0) == last > 0


def add_up(pages: Sequence[StatementSpan]) -> bool:
    """Return whether all pages together lead from the opening of the first to the closing of the last."""
    ordered = sorted(pages, key=_get_page)
    first, last = ordered[0], ordered[-1]
    if first.opening_cents is None or last.closing_cents is None:
        return False
    return first.opening_cents + sum(page.sum_cents for page in pages) == last.closing_cents


def find_gaps(spans: Iterable[StatementSpan]) -> list[Gap]:
    """Return what is missing of the statements of one account: of each the surest gap, a balance before a page."""
    statements, page_gaps = [], []
    by_first: dict[int, list[StatementSpan]] = {}
    for span in spans:
        if span.first_no is None:
            statements.append(span)
        else:
            by_first.setdefault(span.first_no, []).append(span)
    for first_no, pages in by_first.items():
        statement = _join_pages(first_no, pages)
        statements.append(statement)
        if not are_complete(pages) and (on := statement.closed_on or statement.opened_on) is not None:
            page_gaps.append(Gap(first_no, GapKind.PAGE, 0, on))
    by_certainty = (*_find_number_gaps(statements), *page_gaps, *_find_balance_gaps(statements))
    return [*{gap.statement_no: gap for gap in by_certainty}.values()]


def _join_pages(first_no: int, pages: Sequence[StatementSpan]) -> StatementSpan:
    """Return the pages as one statement; what is on a page that is not there is None."""
    ordered = sorted(pages, key=_get_page)
    first, last = ordered[0], ordered[-1]
    span = first._replace(statement_no=first_no, closing_cents=None, closed_on=last.closed_on)
    if are_complete(pages):
        return span._replace(closing_cents=last.closing_cents)
    return span if first.page == 1 else span._replace(opening_cents=None)


def _find_balance_gaps(statements: Sequence[StatementSpan]) -> list[Gap]:
    """A statement follows when one that closed just before it, or on its day, ended with its opening balance."""
    closed = sorted(
        (span.closed_on, span.closing_cents)
        for span in statements
        if span.closed_on is not None and span.closing_cents is not None
    )
    days = [day for day, _ in closed]
    gaps, openings = [], set[tuple[date, int]]()
    for span in sorted(statements, key=_get_number):
        if span.opened_on is None or span.opening_cents is None:
            continue
        earlier = bisect_left(days, span.opened_on)
        if not earlier or (span.opened_on, span.opening_cents) in openings:
            continue  # the first of all, or it begins where another does that was looked at
        openings.add((span.opened_on, span.opening_cents))
        before = closed[bisect_left(days, days[earlier - 1]) : bisect_right(days, span.opened_on)]
        if all(cents != span.opening_cents for _, cents in before):
            cents = abs(span.opening_cents - closed[earlier - 1][1])
            gaps.append(Gap(span.statement_no, GapKind.BALANCE, cents, span.opened_on))
    return gaps


def _find_number_gaps(statements: Sequence[StatementSpan]) -> list[Gap]:
    """A number is missing when the statement before has a lower one and nobody has it, within a year.

    An account whose numbers never follow each other, as the bank numbers more with them, is left alone.
    """
    numbered = sorted(
        (span.closed_on, span.sequence, span.statement_no)
        for span in statements
        if span.closed_on is not None and span.sequence is not None
    )
    days_by_number: dict[int, list[date]] = {}
    for day, number, _ in numbered:
        days_by_number.setdefault(number, []).append(day)
    gaps, following = [], 0
    for (_, number_before, _), (day, number, statement_no) in pairwise(numbered):
        if any(abs(day - other) <= _YEAR for other in days_by_number.get(number - 1, ())):
            following += 1
        elif number_before < number - 1:
            gaps.append(Gap(statement_no, GapKind.NUMBER, 0, day))
    return gaps if following or len(gaps) < _JUMPS_MAX else []


def _get_page(span: StatementSpan) -> int:
    return span.page


def _get_number(span: StatementSpan) -> int:
    return span.statement_no
