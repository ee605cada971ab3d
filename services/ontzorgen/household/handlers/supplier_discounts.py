"""Discounts of suppliers: agreed and ended. What months follow from is derived anew for whoever has such a charge."""

from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID

from services.ontzorgen.household.repository import file, supplier_discounts
from services.ontzorgen.household.repository.hooks import HouseholdHooks
from services.ontzorgen.household.rules.supplier_discounts import (
    DiscountAgreement,
    DiscountEnding,
    DiscountView,
    check_agreement,
    check_ending,
    date_late,
)
from shared.calendar import month_of, month_start
from shared.database.transactions import Transaction
from shared.errors.refusals import require_same_content
from shared.events.codes import ChargeKind
from shared.http.requests import require_found


async def agree_discount(agreement: DiscountAgreement, tx: Transaction) -> DiscountView:
    """Record an agreement. The same twice is recorded once."""
    await lock_discounts(tx)
    earlier = await supplier_discounts.find_agreement(tx, agreement.id)
    if earlier is not None:
        require_same_content(earlier.agreement, agreement)
        return earlier
    check_agreement(await supplier_discounts.list_agreements(tx), agreement)
    agreement = replace(agreement, known_on=await date_known(agreement.from_day, tx))
    await supplier_discounts.add_agreement(tx, agreement)
    return DiscountView(agreement)


async def end_agreement(agreement_id: UUID, until_day: date, tx: Transaction) -> DiscountView:
    """End an agreement on a day. The same twice is recorded once."""
    await lock_discounts(tx)
    view = require_found(await supplier_discounts.find_agreement(tx, agreement_id), "agreement")
    if not check_ending(view, until_day):
        return view
    ending = DiscountEnding(agreement_id, until_day, await date_known(until_day + timedelta(days=1), tx))
    await supplier_discounts.add_ending(tx, ending)
    return DiscountView(view.agreement, ending)


async def list_agreements(after: UUID | None, limit: int, tx: Transaction) -> tuple[list[DiscountView], UUID | None]:
    """Return agreements by id, and the id to continue after."""
    return await supplier_discounts.list_agreement_page(tx, after, limit)


async def get_agreement(agreement_id: UUID, tx: Transaction) -> DiscountView:
    """Return an agreement."""
    return require_found(await supplier_discounts.find_agreement(tx, agreement_id), "agreement")


async def list_guaranteed(month: str, tx: Transaction) -> frozenset[tuple[str, ChargeKind]]:
    """Return the creditors and kinds of charge whose payment is guaranteed in a month."""
    agreements = await supplier_discounts.list_agreements(tx)
    return frozenset((view.agreement.creditor, view.agreement.kind) for view in agreements if view.guarantees(month))


async def lock_discounts(tx: Transaction) -> None:
    """Let no run begin, and nobody derive what months follow from, until this transaction ends."""
    await file.lock_against_runs(tx)
    await supplier_discounts.lock_discounts(tx)


async def date_known(from_day: date, tx: Transaction) -> date | None:
    """Return since when it counts that a discount changes from a day on; None: every month from there is to be run.

    A month of an open run counts as run: that may have computed it already.
    """
    months_run = []
    for month, was_run_before in await supplier_discounts.list_reached_months(tx):
        if await tx.hooks(HouseholdHooks).is_run_open(month, tx):
            months_run.append(month)
        elif was_run_before:
            months_run.append(month_of(month_start(month) - timedelta(days=1)))
    return date_late(from_day, max(months_run, default=None))
