"""A household's own view of a month over HTTP: once it is sealed, in codes."""

from uuid import UUID

import pytest
from independence_desk import DONGEMOND, ask

from shared.auth.local_issuer import LocalIssuer
from shared.identity import Role
from shared.testing.running_service import RunningService


@pytest.mark.row("vaste-lastenpakket")
async def test_my_month_is_shown_in_codes_once_it_is_sealed(
    service: RunningService, household: UUID, issuer: LocalIssuer
) -> None:
    path = f"/households/{household}/months/2026-09"
    assert (await service.get(path)).status_code == 404
    run = await ask(service, "/runs", month="2026-09", proposed_on="2026-09-01")
    assert (await service.get(path)).status_code == 404, "a proposal can still be withdrawn"
    own = service.headers["Authorization"]
    other = issuer.token("another-user", Role.BUDGET_MANAGER, DONGEMOND, 3_600)
    for step, who in (("approvals", f"Bearer {other}"), ("seals", own)):
        service.headers["Authorization"] = who
        await ask(service, f"/runs/{run['id']}/{step}", on="2026-09-01")
    month = (await service.get(path)).json()
    assert [amount["code"] for amount in month["came_in"]] == ["assistance", "holiday_reserve"]
    assert month["came_in_cents"] == month["paid_cents"] + month["left_cents"] > 0
    assert (month["paid"], month["next"]["month"], month["next"]["pay_on"]) == ([], "2026-10", "2026-10-05")
    assert (await service.get(f"/households/{household}/months/2026-13")).status_code == 400
