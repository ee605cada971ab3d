"""Attachments and set-offs: taken from what is payable in order of their first day, never below the protected income.

An attachment holds for a whole month when it holds on a day with a right, since the protected income is an amount a
month. The person's own payments of art. 56a are no seizure, so charges may go below it.
"""

from datetime import date
from typing import NamedTuple

from services.ontzorgen.statement.rules.situation import AttachmentKind, AttachmentTerms, Situation


class AttachmentMonth(NamedTuple):
    """What one attachment takes in a month. `cents` is above zero."""

    key: str
    kind: AttachmentKind
    creditor: str
    cents: int


class Attachments(NamedTuple):
    """What attachments take in a month and its sum, and the highest protected income among them; 0 without any."""

    months: tuple[AttachmentMonth, ...]
    cents: int
    protected_cents: int


NO_ATTACHMENTS = Attachments((), 0, 0)


def compute_attachments(situation: Situation, payable_cents: int, first: date, last: date) -> Attachments:
    """Return what is taken from what is payable for the days with a right."""
    remaining_cents, protected_cents = payable_cents, 0
    months = []
    for terms in list_attachments(situation, first, last):
        protected_cents = max(protected_cents, terms.protected_cents)
        cents = min(terms.amount_cents, max(0, remaining_cents - terms.protected_cents))
        if cents:
            months.append(AttachmentMonth(terms.key, terms.kind, terms.creditor, cents))
            remaining_cents -= cents
    return Attachments(tuple(months), payable_cents - remaining_cents, protected_cents)


def list_attachments(situation: Situation, first: date, last: date) -> list[AttachmentTerms]:
    """Return the attachments that hold on one of these days, in the order in which they take."""
    held = [
        terms
        for terms in situation.attachments
        if terms.from_day <= last and (terms.until_day is None or terms.until_day >= first)
    ]
    return sorted(held, key=lambda terms: (terms.from_day, terms.key))
