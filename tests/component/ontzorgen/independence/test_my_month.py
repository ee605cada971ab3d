"""A household's own view of a month over HTTP: once it is sealed, in codes."""

from collections.abc import Awaitable, Callable
from datetime import date
from uuid import UUID, uuid4

import pytest
from independence_desk import DONGEMOND, ask

from services.ontzorgen.household.handlers.households import on_pip_signed
from shared.auth.local_issuer import LocalIssuer
from shared.identity import Role
from shared.messaging import Received
from shared.testing.plans import signed_plan
from shared.testing.running_service import RunningService

DRECHTSTEDEN = "gm0531"  # weekly money for those who were not measured yet


async def seal(
    service: RunningService, issuer: LocalIssuer, run_id: str, on: str, municipality: str = DONGEMOND
) -> None:
    own = service.headers["Authorization"]
    other = issuer.token("another-user", Role.BUDGET_MANAGER, municipality, 3_600)
    for step, who in (("approvals", f"Bearer {other}"), ("seals", own)):
        service.headers["Authorization"] = who
        await ask(service, f"/runs/{run_id}/{step}", on=on)


@pytest.mark.row("vaste-lastenpakket")
async def test_my_month_is_shown_in_codes_once_it_is_sealed(
    service: RunningService, household: UUID, issuer: LocalIssuer
) -> None:
    path = f"/households/{household}/months/2026-09"
    assert (await service.get(path)).status_code == 404
    run = await ask(service, "/runs", month="2026-09", proposed_on="2026-09-01")
    assert (await service.get(path)).status_code == 404, "a proposal can still be withdrawn"
    await seal(service, issuer, run["id"], "2026-09-01")
    month = (await service.get(path)).json()
    assert [amount["code"] for amount in month["came_in"]] == ["assistance", "holiday_reserve"]
    assert month["came_in_cents"] == month["paid_cents"] + month["left_cents"] > 0
    assert (month["paid"], month["next"]["month"], month["next"]["pay_on"]) == ([], "2026-10", "2026-10-05")
    assert (await service.get(f"/households/{household}/months/2026-13")).status_code == 400


@pytest.mark.parametrize(
    ("municipality", "first", "pay_on"),
    [(DONGEMOND, date(2026, 11, 1), "2026-12-07"), (DRECHTSTEDEN, date(2026, 9, 1), "2026-10-02")],
    ids=["the fifth is a Saturday", "money comes each Friday"],
)
@pytest.mark.row("vaste-lastenpakket")
async def test_what_comes_next_comes_on_the_first_day_on_which_the_bank_pays_it(
    client_for: Callable[..., Awaitable[RunningService]],
    issuer: LocalIssuer,
    municipality: str,
    first: date,
    pay_on: str,
) -> None:
    service = await client_for("ontzorgen", Role.BUDGET_MANAGER, municipality, municipalities=(municipality,))
    plan = signed_plan(first)
    async with service.database.transaction(municipality) as tx:
        await on_pip_signed(Received(plan, uuid4(), municipality, None), tx)
    month, on = f"{first:%Y-%m}", first.isoformat()
    run = await ask(service, "/runs", month=month, proposed_on=on)
    await seal(service, issuer, run["id"], on, municipality)
    shown = (await service.get(f"/households/{plan.household_id}/months/{month}")).json()
    assert shown["next"]["pay_on"] == pay_on
