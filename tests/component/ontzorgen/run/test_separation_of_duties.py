"""Nobody pays himself: the attack that was found is refused at each step, and the queries know who did what."""

from collections.abc import Awaitable, Callable
from datetime import date
from typing import Any
from uuid import UUID, uuid4

import pytest
from month_desk import ON, Desk

from services.ontzorgen.app import on_day_started
from services.ontzorgen.household.handlers.recording import derive_mark
from services.ontzorgen.policies.handlers import policy_in_force
from services.ontzorgen.policies.rules.relief import Approval
from services.ontzorgen.run.handlers import runs
from services.ontzorgen.run.repository.authors import SHAPES_THE_MONTH, find_authors
from services.ontzorgen.run.repository.runs import find_run
from shared.auth.local_issuer import LocalIssuer
from shared.events import DayStarted
from shared.identity import Role, new_id
from shared.messaging import Received
from shared.testing.running_service import RunningService

OWN_IBAN, HONEST_IBAN = "NL20INGB0001234567", "NL39RABO0300065264"
MONEY = {"kind": "energy", "reference": "x", "amount_cents": 20_000, "from_day": "2026-09-01"}


@pytest.fixture
async def desk(client_for: Callable[..., Awaitable[RunningService]], issuer: LocalIssuer) -> Desk:
    return Desk(await client_for("ontzorgen", Role.BUDGET_MANAGER), issuer)


async def refuse(desk: Desk, path: str, who: str, status: int = 409, **body: Any) -> str:
    answer = await desk.do(path, who, **body)
    assert answer.status_code == status, answer.text
    return str(answer.json()["detail"])


async def do(desk: Desk, path: str, who: str, **body: Any) -> Any:
    answer = await desk.do(path, who, **body)
    assert answer.is_success, answer.text
    return answer.json() if answer.content else None


async def add_own_account(desk: Desk) -> None:
    account = await do(desk, "/bank-accounts", "anna", name="Gemeente", iban=HONEST_IBAN)
    await do(desk, f"/bank-accounts/{account['id']}/confirmations", "bert")


async def enter_own_creditor(desk: Desk, home: UUID, who: str) -> dict[str, Any]:
    creditor = {"code": "stroom", "name": "Stroom BV", "kind": "energy", "from_day": "2026-09-01", "iban": OWN_IBAN}
    version: dict[str, Any] = await do(desk, "/creditors", who, **creditor)
    await do(desk, f"/households/{home}/charges", who, creditor="stroom", **MONEY)
    mandate = {"kind": "energy", "creditor": "stroom", "granted_on": "2026-09-01"}
    await do(desk, f"/households/{home}/mandates", who, **mandate)
    return version


async def propose_by_calendar(desk: Desk) -> str:
    async with desk.service.database.transaction("gm0637") as tx:
        await on_day_started(Received(DayStarted(municipality="gm0637", date=ON), uuid4(), "gm0637"), tx)
    (run,) = (await desk.service.get("/runs")).json()["items"]
    assert (run["proposer"], run["state"]) == ("calendar", "proposed")
    return str(run["id"])


async def test_a_new_creditor_with_an_account_of_ones_own_is_refused_at_each_step(desk: Desk) -> None:
    await add_own_account(desk)
    home = await desk.household()
    version = await enter_own_creditor(desk, home, "mallory")
    (task,) = (task for task in (await desk.service.get("/tasks")).json()["items"] if not task["household_id"])
    assert (task["kind"], "other than whoever entered it" in task["sentence"]) == ("iban_unconfirmed", True)
    run_id = await propose_by_calendar(desk)
    assert "who changed nothing in it" in await refuse(desk, f"/runs/{run_id}/approvals", "mallory")
    await do(desk, f"/runs/{run_id}/approvals", "bert", on="2026-09-01")
    await do(desk, f"/runs/{run_id}/seals", "mallory", on="2026-09-01")
    assert "let someone else release it" in await refuse(desk, f"/runs/{run_id}/releases", "bert")
    await do(desk, f"/runs/{run_id}/releases", "mallory", on="2026-09-01")
    confirmation = f"/creditors/versions/{version['id']}/confirmations"
    assert "let a colleague" in await refuse(desk, confirmation, "mallory", confirmed_on="2026-09-01")
    export = f"/runs/{run_id}/payment-files"
    manager = desk.issuer.token("mallory", Role.BUDGET_MANAGER, "gm0637", 3_600)
    refused = await desk.service.post(
        export, json={"exported_on": "2026-09-01"}, headers={"Authorization": f"Bearer {manager}"}
    )
    assert (refused.status_code, "treasurer" in refused.json()["detail"]) == (403, True), refused.text
    (file,) = (await do(desk, export, "tess", exported_on="2026-09-01"))["items"]
    assert (file["payments"], file["total_cents"]) == (1, 60_000), "the rent alone: nobody confirmed the rest"
    assert await desk.rows("SELECT count(*) FROM payment_instruction WHERE iban = 'NL20INGB0001234567'") == [(0,)]
    held = [task for task in (await desk.service.get("/tasks")).json()["items"] if task["kind"] == "account_missing"]
    assert "a second person confirmed" in held[0]["sentence"]
    await do(desk, confirmation, "bert", confirmed_on="2026-09-02")
    files = (await do(desk, export, "tess", exported_on="2026-09-02"))["items"]
    assert [file["total_cents"] for file in files] == [60_000, 20_000], "two people saw the account"


async def test_a_calendars_run_is_approved_and_released_by_two_people_of_whom_none_is_its_author(desk: Desk) -> None:
    home = await desk.household()
    earnings = {"kind": "earnings", "amount_cents": 100, "from_day": "2026-09-01", "known_on": "2026-09-01"}
    await do(desk, f"/households/{home}/income", "bert", id=str(new_id()), **earnings)
    run_id = await propose_by_calendar(desk)
    assert "who changed nothing in it" in await refuse(desk, f"/runs/{run_id}/approvals", "bert")
    assert "not approved yet" in await refuse(desk, f"/runs/{run_id}/seals", "bert")
    for step, who in (("approvals", "cees"), ("seals", "cees"), ("releases", "bert")):
        await do(desk, f"/runs/{run_id}/{step}", who, on="2026-09-01")
    assert (await desk.run(run_id))["run"]["state"] == "released"


async def test_who_approved_another_month_may_release_this_one(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    two = (Approval(from_cents=0, eyes=2),)
    by_two = {"approvals": two}
    monkeypatch.setattr(runs, "policy_in_force", lambda code, on: policy_in_force(code, on).model_copy(update=by_two))
    await desk.household()
    for month, approvers, refused, releaser in (
        ("2026-09", ("bert", "cees"), ("bert", "cees"), "dirk"),
        ("2026-10", ("bert", "dirk"), ("bert", "dirk"), "cees"),
    ):
        run_id = (await do(desk, "/runs", "anna", month=month, proposed_on=f"{month}-01"))["id"]
        for approver in approvers:
            await do(desk, f"/runs/{run_id}/approvals", approver, on=f"{month}-01")
        await do(desk, f"/runs/{run_id}/seals", approvers[0], on=f"{month}-01")
        for who in refused:
            assert "let someone else release it" in await refuse(desk, f"/runs/{run_id}/releases", who)
        await do(desk, f"/runs/{run_id}/releases", releaser, on=f"{month}-01")


async def test_authors_are_those_who_changed_what_this_run_pays_however_long_ago(desk: Desk) -> None:
    first = await desk.household()
    earnings = {"kind": "earnings", "amount_cents": 100, "known_on": "2026-09-01"}
    await do(desk, f"/households/{first}/income", "income", id=str(new_id()), from_day="2026-09-01", **earnings)
    creditor = {"name": "Naam", "kind": "landlord", "from_day": "2026-09-01", "iban": HONEST_IBAN}
    await do(desk, "/creditors", "creditor", code="woonstad", **creditor)
    await do(desk, "/creditors", "creditor of nobody", code="niemand", **creditor)
    attachment = {"creditor": "beslag", "reference": "x", "amount_cents": 100, "protected_cents": 90_000}
    dates = {"from_day": "2026-09-01", "known_on": "2026-09-01", "id": str(new_id())}
    await do(desk, "/creditors", "creditor of an attachment", code="beslag", **creditor)
    await do(desk, f"/households/{first}/attachments", "attachment", **attachment, **dates)
    account = {"name": "Persoon", "iban": HONEST_IBAN, "household_id": str(first)}
    await do(desk, "/bank-accounts", "account", **account)
    await do(desk, "/bank-accounts", "own account", name="Gemeente", iban=HONEST_IBAN)
    september = await desk.release("2026-09")
    second = await desk.household(on=date(2026, 10, 1))
    later = {**earnings, "known_on": "2026-10-01", "from_day": "2026-10-01"}
    await do(desk, f"/households/{second}/income", "another household", id=str(new_id()), **later)
    await do(desk, "/bank-accounts", "another account", **{**account, "household_id": str(second)})
    october = (await do(desk, "/runs", "anna", month="2026-10", proposed_on="2026-10-01"))["id"]
    for step, who in (("approvals", "bert"), ("seals", "bert"), ("releases", "anna")):
        await do(desk, f"/runs/{october}/{step}", who, on="2026-10-01")
    third = await desk.household(on=date(2026, 10, 1))
    await do(desk, f"/households/{third}/income", "third household", id=str(new_id()), **later)
    second_of_october = (await do(desk, "/runs", "anna", month="2026-10", proposed_on="2026-10-01"))["id"]
    of_first = {"income", "creditor", "creditor of an attachment", "attachment", "account"}
    of_second = {"another household", "another account"}
    of_third = {"third household", "creditor"}
    subjects = [*of_first, *of_second, *of_third, "creditor of nobody", "own account", "bert", "colleague"]
    marks = {subject: derive_mark("gm0637", subject) for subject in subjects}
    async with desk.service.database.transaction("gm0637") as tx:
        found = [await find_run(tx, UUID(run_id)) for run_id in (september, october, second_of_october)]
        authors = [await find_authors(tx, run, marks) for run in found if run is not None]
    assert authors == [of_first, of_first | of_second, of_third]


async def test_each_part_of_a_file_is_found_by_who_recorded_it_and_not_by_reading_all(desk: Desk) -> None:
    lead = "SELECT tablename FROM pg_indexes WHERE indexdef LIKE '%(municipality, recorded_by, %'"
    async with desk.service.database.transaction("gm0637") as tx:
        found = {row["tablename"] for row in await tx.rows(lead)}
    assert found == {*SHAPES_THE_MONTH, "creditor"}
