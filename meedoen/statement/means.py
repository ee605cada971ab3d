"""Income, reductions, attachments and discounts of a household's file, in the form that the rules take."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import NamedTuple

from meedoen.statement.input import AttachmentEntry, DiscountEntry, IncomeEntry, ReductionEntry, StatementInput
from services.ontzorgen.statement.rules.situation import (
    PARTNER,
    AttachmentTerms,
    DiscountTerms,
    IncomeKind,
    IncomeTerms,
    ReductionTerms,
)
from shared.errors.refusals import Fault
from shared.events.codes import HouseholdType

Dated = IncomeEntry | ReductionEntry | AttachmentEntry | DiscountEntry


class Means(NamedTuple):
    """What lowers a benefit or a charge; what has no first day begins with the right."""

    income: tuple[IncomeTerms, ...]
    reductions: tuple[ReductionTerms, ...]
    attachments: tuple[AttachmentTerms, ...]
    discounts: tuple[DiscountTerms, ...]


def build_means(file: StatementInput, right_from: date) -> Means:
    """Return what the file has of them, in its order."""
    return Means(
        income=tuple(
            IncomeTerms(
                entry.kind, entry.cents, _begin(entry, right_from), entry.until, entry.exempt_percent, entry.payee
            )
            for entry in file.income
        ),
        reductions=tuple(
            ReductionTerms(entry.percent, _begin(entry, right_from), entry.until) for entry in file.reductions
        ),
        attachments=tuple(
            AttachmentTerms(
                f"{position:03} {entry.creditor}",
                entry.kind,
                entry.creditor,
                entry.cents,
                entry.protected_cents,
                _begin(entry, right_from),
                entry.until,
            )
            for position, entry in enumerate(file.attachments)
        ),
        discounts=tuple(
            DiscountTerms(
                entry.creditor,
                entry.percent,
                _begin(entry, right_from),
                entry.until,
                entry.known_on,
                entry.charge_kind,
            )
            for entry in file.discounts
        ),
    )


def find_faults(file: StatementInput, file_positions: Mapping[str, Sequence[int]]) -> Iterator[Fault]:
    """Yield what is wrong between fields that are each correct by themselves."""
    lists: dict[str, Sequence[Dated]] = {
        "income": file.income,
        "reductions": file.reductions,
        "attachments": file.attachments,
        "discounts": file.discounts,
    }
    for name, entries in lists.items():
        for position, entry in zip(file_positions.get(name, range(len(entries))), entries, strict=True):
            if entry.from_day is not None and entry.until is not None and entry.until < entry.from_day:
                sentence = "It ends before it begins: give a later until, or leave it out."
                yield Fault(f"{name}.{position}.until", "ends_before_it_begins", sentence)
            if isinstance(entry, IncomeEntry):
                yield from _find_income_faults(f"{name}.{position}", entry, file)


def _find_income_faults(field: str, entry: IncomeEntry, file: StatementInput) -> Iterator[Fault]:
    if entry.exempt_percent and entry.kind is not IncomeKind.EARNINGS:
        sentence = "Only earnings can be exempt (Participatiewet art. 31(2)(n)): leave exempt_percent out, or give 0."
        yield Fault(f"{field}.exempt_percent", "only_earnings_exempt", sentence)
    if entry.payee != PARTNER:
        return
    if file.household.kind is not HouseholdType.COUPLE:
        sentence = "A household of this kind has no partner: give person, or leave payee out."
        yield Fault(f"{field}.payee", "no_partner", sentence)
    elif not all(adult.has_right for adult in file.household.adults or ()):
        sentence = "The partner has no right: enter what counts of it (Participatiewet art. 32(3)) for the person."
        yield Fault(f"{field}.payee", "partner_without_right", sentence)


def _begin(entry: Dated, right_from: date) -> date:
    """Return the first day; one that is left out is that of the right, or the last day if that is earlier."""
    return entry.from_day or min(right_from, entry.until or right_from)
