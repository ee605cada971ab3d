"""What a guarantee counts: released months from its first one on, of its creditor and kind of charge alone."""

from collections.abc import Awaitable, Callable
from datetime import date
from typing import Any
from uuid import UUID

import pytest
from month_desk import Desk

from services.ontzorgen.household.handlers import households
from services.ontzorgen.household.rules.charges import Charge, Mandate
from services.ontzorgen.run.repository import guarantees
from shared.auth.local_issuer import LocalIssuer
from shared.database.transactions import Transaction
from shared.events.codes import ChargeKind
from shared.identity import Role, new_id
from shared.testing.running_service import RunningService

HERE, SEPTEMBER = "gm0637", date(2026, 9, 1)


@pytest.fixture
async def desk(client_for: Callable[..., Awaitable[RunningService]], issuer: LocalIssuer) -> Desk:
    return Desk(await client_for("ontzorgen", Role.BUDGET_MANAGER), issuer)


async def add_charge(desk: Desk, home: UUID, kind: ChargeKind, creditor: str, cents: int, **more: Any) -> None:
    on = more.pop("on", SEPTEMBER)
    charge = Charge(new_id(), kind, creditor, "NL91ABNA0417164300", "x", cents, on, None)
    async with desk.service.database.transaction(HERE) as tx:
        await households.add_charge(home, charge, tx)
        await households.add_mandate(home, Mandate(new_id(), kind, creditor, on, **more), tx)


async def resolve(desk: Desk, home: UUID, month: str) -> None:
    """Give what was short, so that the next month pays what this one left unpaid."""
    cents = [row[0] for row in await desk.rows("SELECT amount_cents FROM task WHERE kind = 'shortfall'")]
    body = {"solution": "special_assistance", "resolved_on": f"{month}-20", "granted_cents": cents[0]}
    answer = await desk.do(f"/households/{home}/shortfalls/{month}/resolutions", **body)
    assert answer.is_success, answer.text


async def read(tx: Transaction, kind: ChargeKind, creditor: str, first: str) -> tuple[Any, Any]:
    listed = await guarantees.list_months(tx, creditor, kind, first)
    short = await guarantees.list_shortfalls(tx, creditor, kind, first)
    months = [(one.month, one.households, one.due_cents, one.paid_cents, one.paid_later_cents) for one in listed]
    return sorted(months), sorted((one.household_id, one.month, one.unpaid_cents) for one in short)


async def test_what_is_counted_is_due_and_paid_to_the_creditor_for_the_kind_in_released_months(desk: Desk) -> None:
    plain, short = await desk.household(), await desk.household(rent_cents=133_000)
    for kind, creditor, cents in (
        (ChargeKind.ENERGY, "stroom", 9_000),
        (ChargeKind.ENERGY, "bron", 5_000),
        (ChargeKind.WATER, "stroom", 2_000),
    ):
        await add_charge(desk, short, kind, creditor, cents)
    await desk.release("2026-09")
    await resolve(desk, short, "2026-09")
    await add_charge(desk, plain, ChargeKind.ENERGY, "stroom", 1_000, first_month="2026-09")
    for month in ("2026-10", "2026-11"):
        await desk.release(month)
    assert (await desk.do("/runs", "anna", month="2026-12", proposed_on="2026-12-01")).is_success
    paid_late = "SELECT count(*) FROM statement WHERE household_id = '{}' AND correction_cents > 0"
    assert await desk.rows(paid_late.format(plain)) == [(1,)], "the September that it was told of in October"
    async with desk.service.database.transaction(HERE) as tx:
        assert await read(tx, ChargeKind.ENERGY, "stroom", "2026-09") == (
            [("2026-09", 1, 9_000, 0, 9_000), ("2026-10", 2, 10_000, 1_000, 0), ("2026-11", 2, 10_000, 1_000, 0)],
            [(short, "2026-10", 9_000), (short, "2026-11", 9_000)],
        )
        assert await read(tx, ChargeKind.ENERGY, "bron", "2026-09") == (
            [("2026-09", 1, 5_000, 1_849, 3_151), ("2026-10", 1, 5_000, 3_849, 0), ("2026-11", 1, 5_000, 1_849, 0)],
            [(short, "2026-10", 1_151), (short, "2026-11", 3_151)],
        )
        assert await read(tx, ChargeKind.WATER, "stroom", "2026-11") == (
            [("2026-11", 1, 2_000, 0, 0)],
            [(short, "2026-11", 2_000)],
        )
        assert await read(tx, ChargeKind.WATER, "stroom", "2026-09") == (
            [(month, 1, 2_000, 0, 0) for month in ("2026-09", "2026-10", "2026-11")],
            [(short, month, 2_000) for month in ("2026-09", "2026-10", "2026-11")],
        )
