"""Mandates on their way over HTTP: nothing is paid before they are valid, and those without an answer become a task."""

from collections.abc import Awaitable, Callable
from datetime import date
from typing import Any
from uuid import UUID, uuid4

import pytest
from independence_desk import ask

from services.ontzorgen.app import on_day_started
from services.ontzorgen.household.handlers.households import on_pip_signed
from services.ontzorgen.household.handlers.situations import load_situations
from shared.events import DayStarted, MandateGranted, MandateRefused
from shared.identity import Role, new_id
from shared.messaging import Received
from shared.testing.plans import signed_plan
from shared.testing.running_service import RunningService

HERE = "gm0637"
CREDITOR = {"code": "stroom", "name": "Stroom BV", "kind": "energy", "iban": "NL91ABNA0417164300"}
CHARGE = {"kind": "energy", "creditor": "stroom", "reference": "KLANT 7", "amount_cents": 9_000}


@pytest.fixture
async def service(client_for: Callable[..., Awaitable[RunningService]]) -> RunningService:
    return await client_for("ontzorgen", Role.BUDGET_MANAGER)


@pytest.fixture
async def household(service: RunningService) -> UUID:
    household_id = new_id()
    async with service.database.transaction(HERE) as tx:
        await on_pip_signed(Received(signed_plan(household_id=household_id), uuid4(), HERE, None), tx)
    await ask(service, "/creditors", **CREDITOR, from_day="2026-01-01")
    await ask(service, f"/households/{household_id}/charges", **CHARGE, from_day="2026-09-01")
    return household_id


async def start_day(service: RunningService, day: date) -> None:
    async with service.database.transaction(HERE) as tx:
        await on_day_started(Received(DayStarted(municipality=HERE, date=day), uuid4(), HERE, None), tx)


async def step(service: RunningService, household: UUID, mandate: str, kind: str, on: str, status: int = 201) -> Any:
    path = f"/households/{household}/mandate-requests/{mandate}/steps"
    return await ask(service, path, status, step=kind, taken_on=on)


async def list_tasks(service: RunningService, kind: str) -> list[dict[str, Any]]:
    items = (await service.get("/tasks", params={"open_only": False})).json()["items"]
    return [task for task in items if task["kind"] == kind]


async def list_refused(service: RunningService) -> list[MandateRefused]:
    return [event.data for event in await service.list_published() if isinstance(event.data, MandateRefused)]


async def count_paid(service: RunningService, household: UUID) -> int:
    async with service.database.transaction(HERE) as tx:
        (loaded,) = await load_situations([household], tx)
    return len(loaded.situation.charges)


@pytest.mark.row("machtigingen")
class TestMandateRequests:
    async def test_what_needs_the_creditors_acceptance_is_paid_from_then_on(
        self, service: RunningService, household: UUID
    ) -> None:
        path = f"/households/{household}/mandate-requests"
        asked = await ask(service, path, kind="energy", creditor="stroom", asked_on="2026-09-01")
        assert (asked["procedure"], asked["needs_acceptance"]) == ("call_together", True)
        assert (
            await ask(service, path, **{name: asked[name] for name in ("id", "kind", "creditor", "asked_on")}) == asked
        )
        await step(service, household, asked["id"], "accepted", "2026-09-02", 409)
        await step(service, household, asked["id"], "called", "2026-09-03")
        assert await count_paid(service, household) == 0
        answered = await step(service, household, asked["id"], "accepted", "2026-09-05")
        assert (answered["is_valid"], answered["next_steps"], answered["answer_by"]) == (True, [], None)
        assert await count_paid(service, household) == 1
        granted = [fact.data for fact in await service.list_published() if isinstance(fact.data, MandateGranted)]
        assert [(str(mandate.mandate_id), mandate.granted_on) for mandate in granted] == [
            (asked["id"], date(2026, 9, 5))
        ]
        history = (await service.get(f"/households/{household}/history")).json()["items"]
        assert [entry["part"] for entry in history][-4:] == [
            "mandate_request",
            "mandate_step",
            "mandate_step",
            "mandate",
        ]

    async def test_an_unanswered_mandate_is_a_task_until_its_next_step(
        self, service: RunningService, household: UUID
    ) -> None:
        path = f"/households/{household}/mandate-requests"
        asked = await ask(service, path, kind="energy", creditor="stroom", asked_on="2026-09-01")
        assert asked["answer_by"] == "2026-09-15"
        await start_day(service, date(2026, 9, 15))
        assert await list_tasks(service, "mandate_unanswered") == []
        for day in (date(2026, 9, 16), date(2026, 9, 17)):
            await start_day(service, day)
        (task,) = await list_tasks(service, "mandate_unanswered")
        assert (task["raised_on"], task["for_role"], task["done_on"]) == ("2026-09-16", "budget_manager", None)
        await step(service, household, asked["id"], "called", "2026-09-18")
        await start_day(service, date(2026, 9, 20))
        (task,) = await list_tasks(service, "mandate_unanswered")
        assert task["done_on"] == "2026-09-18"
        await start_day(service, date(2026, 10, 3))
        assert len(await list_tasks(service, "mandate_unanswered")) == 2

    async def test_a_signed_form_is_paid_from_the_signature_until_the_creditor_refuses(
        self, service: RunningService, household: UUID
    ) -> None:
        body = {"kind": "energy", "creditor": "stroom", "asked_on": "2026-09-01", "procedure": "signed_form"}
        asked = await ask(service, f"/households/{household}/mandate-requests", **body)
        await step(service, household, asked["id"], "signed", "2026-09-02")
        assert await count_paid(service, household) == 1
        await step(service, household, asked["id"], "sent", "2026-09-03")
        await start_day(service, date(2026, 12, 1))
        assert await list_tasks(service, "mandate_unanswered") == []
        await step(service, household, asked["id"], "refused", "2026-12-04")
        (mandate,) = (await service.get(f"/households/{household}")).json()["mandates"]
        assert mandate["revoked_on"] == "2026-12-04"
        assert [task["month"] for task in await list_tasks(service, "mandate_refused")] == ["2026-12"]
        (refused,) = await list_refused(service)
        assert (refused.mandate_id, refused.kind) == (UUID(asked["id"]), "energy")
        assert (refused.refused_on, refused.ended_on) == (date(2026, 12, 4), date(2026, 12, 4))

    async def test_a_refusal_of_what_was_never_valid_is_published_once_and_ends_nothing(
        self, service: RunningService, household: UUID
    ) -> None:
        body = {"kind": "energy", "creditor": "stroom", "asked_on": "2026-09-01", "procedure": "call_together"}
        asked = await ask(service, f"/households/{household}/mandate-requests", **body)
        await step(service, household, asked["id"], "called", "2026-09-02")
        assert await list_refused(service) == []
        path, refusal = f"/households/{household}/mandate-requests/{asked['id']}/steps", str(new_id())
        for _ in range(2):
            await ask(service, path, id=refusal, step="refused", taken_on="2026-09-04")
        (refused,) = await list_refused(service)
        assert (refused.household_id, refused.refused_on, refused.ended_on) == (household, date(2026, 9, 4), None)
        assert set(refused.model_dump(exclude_none=True)) == {
            *("household_id", "person_id", "mandate_id", "kind", "refused_on", "creditor")
        }, "why it refused stays in the file"

    async def test_the_form_is_a_pdf_of_what_is_known_for_those_who_may_read(
        self, service: RunningService, household: UUID
    ) -> None:
        body = {"kind": "energy", "creditor": "stroom"}
        granted = await ask(service, f"/households/{household}/mandates", **body, granted_on="2026-09-01")
        answer = await service.get(f"/households/{household}/mandates/{granted['id']}/form")
        assert (answer.status_code, answer.headers["content-type"]) == (200, "application/pdf")
        assert answer.content.startswith(b"%PDF-")
        assert (await service.get(f"/households/{household}/mandates/{uuid4()}/form")).status_code == 404
