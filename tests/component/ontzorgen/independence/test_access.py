"""Who may see and do what around a household, and how a refusal reads."""

from collections.abc import Awaitable, Callable
from uuid import uuid4

import pytest
from independence_desk import ask

from shared.identity import Role
from shared.testing.running_service import RunningService


async def test_another_municipality_sees_nothing_of_it(service: RunningService, token: Callable[..., str]) -> None:
    await ask(service, "/neighbourhood-mothers", languages=["ti"], from_day="2026-09-01")
    agreement = {"creditor": "stroom", "kind": "energy", "discount_percent": 5, "guaranteed_months": 6}
    await ask(service, "/discount-agreements", **agreement, from_day="2026-09-01")
    service.headers["Authorization"] = f"Bearer {token(Role.BUDGET_MANAGER, 'gm0637')}"
    for path in ("/neighbourhood-mothers", "/discount-agreements", "/sounding-board-meetings"):
        assert (await service.get(path)).json()["items"] == []


@pytest.mark.parametrize(
    ("path", "role", "status"),
    [
        ("decisions", Role.CASE_MANAGER, 400),
        ("money-decisions", Role.CASE_MANAGER, 403),
        ("phase-out-steps", Role.CASE_MANAGER, 403),
        ("measurements", Role.OPERATOR, 403),
        ("measurements", Role.CASE_MANAGER, 400),
        ("coaching-sessions", Role.BUDGET_MANAGER, 400),
        ("arrears-messages", Role.BUDGET_MANAGER, 400),
        ("energy-steps", Role.BUDGET_MANAGER, 400),
    ],
)
async def test_who_may_and_what_cannot_be_read_is_refused_in_sentences(
    client_for: Callable[..., Awaitable[RunningService]], path: str, role: Role, status: int
) -> None:
    service = await client_for("ontzorgen", role)
    answer = await service.post(f"/households/{uuid4()}/{path}", json={"months": 0, "surplus": "zz"})
    assert answer.status_code == status
    assert "zz" not in answer.text
