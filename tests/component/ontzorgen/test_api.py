"""Households over HTTP: charges and mandates, what is refused and why, who may read, and whose file was read."""

from collections.abc import Awaitable, Callable
from datetime import date
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from month_desk import take_on_proposed

from services.ontzorgen.app import on_day_started
from services.ontzorgen.household.handlers import households as handlers
from services.ontzorgen.household.handlers.creditors import confirm_account
from services.ontzorgen.household.rules.creditors import BroughtBy, PaidItem
from services.ontzorgen.household.rules.recorder import Recorder
from services.ontzorgen.policies.rules.relief import ReliefPolicy
from shared.events import DayStarted, MandateGranted
from shared.events.codes import HouseholdType, LearningRoute
from shared.identity import Role, new_id
from shared.messaging import Park, Received
from shared.testing.plans import signed_plan
from shared.testing.running_service import RunningService

Headers = dict[str, str]


@pytest.fixture
async def service(
    client_for: Callable[..., Awaitable[RunningService]], monkeypatch: pytest.MonkeyPatch
) -> RunningService:
    """A municipality that asks for one approval, which whoever is at the desk gives on the day of the proposal."""
    monkeypatch.setattr(ReliefPolicy, "count_approvers_required", lambda _policy, _total_cents: 1)
    return await client_for("ontzorgen", Role.BUDGET_MANAGER)


@pytest.fixture
async def household(service: RunningService) -> UUID:
    """A household in relief since 1 September 2026."""
    household_id = new_id()
    plan = signed_plan(household_id=household_id, household_type=HouseholdType.COUPLE, has_children=True)
    async with service.database.transaction("gm0637") as tx:
        await handlers.on_pip_signed(Received(plan, uuid4(), "gm0637", None), tx)
    return household_id


def charge(**changes: Any) -> dict[str, Any]:
    return {
        "kind": "rent",
        "creditor": "woonstad",
        "iban": "NL91 ABNA 0417 1643 00",
        "reference": "HUUR 2026",
        "amount_cents": 71_302,
        "from_day": "2026-09-01",
    } | changes


def mandate(**changes: Any) -> dict[str, Any]:
    return {"kind": "rent", "creditor": "woonstad", "granted_on": "2026-09-01"} | changes


FILE: dict[str, dict[str, Any]] = {
    "charges": charge(),
    "mandates": mandate(),
    "rights": {"right_from": "2026-09-01", "known_on": "2026-09-01"},
    "compositions": {"from_day": "2026-09-01", "kind": "single", "adults": [{"age": 30}]},
    "allowances": {"kind": "care_allowance", "amount_cents": 12_900, "is_routed": True, "from_month": "2026-09"},
    "grants": {"kind": "furnishing_credit", "form": "gift", "amount_cents": 60_000, "month": "2026-09"},
    "claims": {"creditor": "coa", "amount_cents": 5_000, "total_cents": 90_000, "from_day": "2026-09-01"},
    "payment-terms": {"from_day": "2026-09-01", "pay_on": ["2026-10-02"]},
    "assets": {"kind": "savings", "amount_cents": 100, "seen_on": "2026-09-01"},
    "regeldagen": {"held_on": "2026-09-03"},
}
OTHERWISE: dict[str, dict[str, Any]] = {
    "compositions": {"from_day": "2026-10-01"},
    "payment-terms": {"pay_on": ["2026-10-09"]},
    **{path: {"amount_cents": 1} for path in ("charges", "allowances", "grants", "claims")},
}


async def start_day(service: RunningService, on: date) -> None:
    async with service.database.transaction("gm0637") as tx:
        await on_day_started(Received(DayStarted(municipality="gm0637", date=on), uuid4(), "gm0637", None), tx)
    await take_on_proposed(service, on)


class TestCharges:
    async def test_a_charge_is_kept_with_its_iban_without_spaces(
        self, service: RunningService, household: UUID
    ) -> None:
        answer = await service.post(f"/households/{household}/charges", json=charge())
        assert answer.status_code == 201
        file = (await service.get(f"/households/{household}")).json()
        assert file["charges"] == [answer.json()]
        assert file["charges"][0]["iban"] == "NL91ABNA0417164300"

    async def test_the_same_charge_twice_is_one_charge(self, service: RunningService, household: UUID) -> None:
        body = charge(id=str(uuid4()))
        answers = [await service.post(f"/households/{household}/charges", json=body) for _ in range(2)]
        assert [answer.status_code for answer in answers] == [201, 201]
        assert answers[0].json() == answers[1].json()
        assert len((await service.get(f"/households/{household}")).json()["charges"]) == 1

    async def test_every_input_error_is_told_at_once_and_no_iban_is_repeated(
        self, service: RunningService, household: UUID
    ) -> None:
        wrong = charge(iban="NL91ABNA0417164301", amount_cents=0, creditor="Woon Stad", from_day="1 september")
        answer = await service.post(f"/households/{household}/charges", json=wrong)
        assert answer.status_code == 400
        assert {error["field"] for error in answer.json()["errors"]} == {
            "body.iban",
            "body.amount_cents",
            "body.creditor",
            "body.from_day",
        }
        sentences = {error["field"]: error["message"] for error in answer.json()["errors"]}
        assert "compare it with the creditor's own letter" in sentences["body.iban"]
        assert "NL91" not in answer.text

    @pytest.mark.parametrize(
        ("changes", "status", "sentence"),
        [
            ({"from_day": "2026-09-30"}, 409, "give days outside it"),
            ({"from_day": "2026-10-01", "until_day": "2026-09-30", "creditor": "other"}, 400, "ends before it begins"),
        ],
    )
    async def test_what_does_not_go_with_the_file_is_refused_in_a_sentence(
        self, service: RunningService, household: UUID, changes: dict[str, str], status: int, sentence: str
    ) -> None:
        await service.post(f"/households/{household}/charges", json=charge())
        answer = await service.post(f"/households/{household}/charges", json=charge(**changes))
        assert answer.status_code == status
        assert sentence in answer.text

    async def test_an_id_of_another_household_is_refused(self, service: RunningService, household: UUID) -> None:
        body = charge(id=str(uuid4()))
        await service.post(f"/households/{household}/charges", json=body)
        plan = (await service.list_published())[0].data.model_copy(update={"household_id": uuid4()})
        other = signed_plan(route=LearningRoute.Z_ROUTE, household_id=plan.household_id)
        async with service.database.transaction("gm0637") as tx:
            await handlers.on_pip_signed(Received(other, uuid4(), "gm0637", None), tx)
        answer = await service.post(f"/households/{other.household_id}/charges", json=body)
        assert answer.status_code == 409
        assert "another household" in answer.text

    async def test_a_person_who_is_in_relief_is_not_paid_in_a_second_household(
        self, service: RunningService, household: UUID
    ) -> None:
        (started,) = await service.list_published()
        signed = signed_plan(date(2026, 10, 1), route=LearningRoute.Z_ROUTE, person_id=started.data.person_id)
        async with service.database.transaction("gm0637") as tx:
            refused = await handlers.on_pip_signed(Received(signed, uuid4(), "gm0637", None), tx)
        assert isinstance(refused, Park)
        assert "paid twice" in refused.sentence
        listed = (await service.get("/households")).json()["items"]
        assert [one["id"] for one in listed] == [str(household)]

    async def test_a_household_of_nobody_is_not_found(self, service: RunningService) -> None:
        answer = await service.post(f"/households/{uuid4()}/charges", json=charge())
        assert answer.status_code == 404


class TestWrongInput:
    @pytest.mark.parametrize(
        ("path", "changes", "field", "sentence"),
        [
            ("charges", {"iban": None}, "body.iban", "register it first"),
            ("charges", {"until_day": "2026-08-31"}, "body.until_day", "ends before it begins"),
            ("charges", {"first_due": "2026-13"}, "body.first_due", ""),
            ("charges", {"iban": "SA0380000000608010167519"}, "body.iban", "outside SEPA"),
            ("mandates", {"until_day": "9999-12-31"}, "body.until_day", "from 1900 to 2199"),
            ("rights", {"right_from": "2001-08-01"}, "body.right_from", "There is no norm for 2001-08-01"),
            ("mandates", {"until_day": "2026-08-31"}, "body.until_day", "ends before it begins"),
            ("rights", {"right_until": "2026-08-31"}, "body.right_until", "ends before it begins"),
            ("allowances", {"until_month": "2026-08"}, "body.until_month", "ends before it begins"),
            ("compositions", {"adults": []}, "body.adults", ""),
            ("compositions", {"kind": "couple"}, "body.adults", "has 2 of them"),
            ("grants", {"form": "loan"}, "body.repay_from", "the monthly amount"),
            ("assets", {"amount_cents": -1}, "body.amount_cents", ""),
        ],
    )
    async def test_each_part_of_the_file_says_what_is_wrong_and_keeps_nothing(
        self, service: RunningService, household: UUID, path: str, changes: dict[str, Any], field: str, sentence: str
    ) -> None:
        answer = await service.post(f"/households/{household}/{path}", json=FILE[path] | changes)
        assert answer.status_code == 400
        errors = {error["field"]: error["message"] for error in answer.json()["errors"]}
        assert sentence in errors[field]
        assert (await service.get(f"/households/{household}/history")).json()["items"] == []

    @pytest.mark.parametrize("path", ["charges", "compositions", "allowances", "grants", "claims", "payment-terms"])
    async def test_an_id_means_one_thing(self, service: RunningService, household: UUID, path: str) -> None:
        body = FILE[path] | {"id": str(uuid4())}
        answers = [await service.post(f"/households/{household}/{path}", json=body) for _ in range(2)]
        assert answers[0].status_code == 201, answers[0].text
        assert answers[0].json() == answers[1].json()
        other = body | OTHERWISE[path]
        answer = await service.post(f"/households/{household}/{path}", json=other)
        assert answer.status_code == 409
        assert "other content" in answer.text

    async def test_a_creditor_with_a_wrong_account_is_refused_without_repeating_it(
        self, service: RunningService
    ) -> None:
        body = {"code": "stroom", "name": "Stroom BV", "kind": "energy", "from_day": "2026-09-01"}
        answer = await service.post("/creditors", json=body | {"iban": "NL91ABNA0417164301"})
        assert answer.status_code == 400
        assert "NL91" not in answer.text
        assert (await service.get("/creditors")).json()["items"] == []


@pytest.mark.row("machtigingen")
class TestMandates:
    async def test_a_mandate_is_told_once(self, service: RunningService, household: UUID) -> None:
        body = mandate(id=str(uuid4()))
        answers = [await service.post(f"/households/{household}/mandates", json=body) for _ in range(2)]
        assert [answer.status_code for answer in answers] == [201, 201]
        granted = [event.data for event in await service.list_published() if isinstance(event.data, MandateGranted)]
        assert [str(mandate.mandate_id) for mandate in granted] == [body["id"]]

    async def test_a_charge_is_withheld_only_while_its_mandate_holds(
        self, service: RunningService, household: UUID
    ) -> None:
        entered = (await service.post(f"/households/{household}/charges", json=charge())).json()
        async with service.database.transaction("gm0637") as tx:
            colleague = Recorder("budget_manager", "colleague")
            await confirm_account(
                BroughtBy(PaidItem.CHARGE, UUID(entered["id"])), household, date(2026, 9, 1), tx, colleague
            )
        await start_day(service, date(2026, 9, 1))
        (task,) = (await service.get("/tasks")).json()["items"]
        assert (task["kind"], task["for_role"], task["amount_cents"]) == ("mandate_missing", "budget_manager", 71_302)
        granted = (
            await service.post(f"/households/{household}/mandates", json=mandate(granted_on="2026-09-20"))
        ).json()
        await start_day(service, date(2026, 10, 1))
        revoking = f"/households/{household}/mandates/{granted['id']}/revocations"
        revoked = await service.post(revoking, json={"revoked_on": "2026-10-20"})
        assert revoked.json()["revoked_on"] == "2026-10-20"
        await start_day(service, date(2026, 11, 1))
        months = (await service.get(f"/households/{household}/statements")).json()["items"]
        assert [month["deducted_cents"] for month in months] == [0, 71_302, 0]

    async def test_a_mandate_that_is_not_of_this_household_is_not_found(
        self, service: RunningService, household: UUID
    ) -> None:
        revoking = f"/households/{household}/mandates/{uuid4()}/revocations"
        assert (await service.post(revoking, json={"revoked_on": "2026-10-20"})).status_code == 404


class TestTasks:
    @pytest.mark.usefixtures("household")
    async def test_a_task_is_done_once_and_leaves_the_list(self, service: RunningService) -> None:
        await start_day(service, date(2026, 9, 1))
        (task,) = (await service.get("/tasks")).json()["items"]
        assert task["kind"] == "charges_missing"
        path = f"/tasks/{task['id']}/completions"
        for _ in range(2):
            assert (await service.post(path, json={"done_on": "2026-09-03"})).json()["done_on"] == "2026-09-03"
        assert (await service.post(path, json={"done_on": "2026-09-04"})).status_code == 409
        assert (await service.get("/tasks")).json()["items"] == []
        assert len((await service.get("/tasks", params={"openOnly": "false"})).json()["items"]) == 1


class TestAccess:
    @pytest.mark.parametrize(
        ("role", "answers"),
        [
            (Role.CASE_MANAGER, {"/households": 200, "/tasks": 200, "/ledger-totals": 200}),
            (Role.OPERATOR, {"/households": 403, "/tasks": 403, "/ledger-totals": 200}),
            (Role.AMBASSADOR_COORDINATOR, {"/households": 403, "/tasks": 403, "/ledger-totals": 403}),
        ],
    )
    async def test_each_role_reads_what_it_needs(
        self, client_for: Callable[..., Awaitable[RunningService]], role: Role, answers: dict[str, int]
    ) -> None:
        service = await client_for("ontzorgen", role)
        assert {path: (await service.get(path)).status_code for path in answers} == answers

    async def test_a_case_manager_does_not_change_charges(
        self, service: RunningService, household: UUID, token: Callable[..., str]
    ) -> None:
        headers = {"Authorization": f"Bearer {token(Role.CASE_MANAGER)}"}
        answer = await service.post(f"/households/{household}/charges", json=charge(), headers=headers)
        assert answer.status_code == 403

    async def test_another_municipality_sees_nothing(
        self, service: RunningService, household: UUID, token: Callable[..., str]
    ) -> None:
        headers = {"Authorization": f"Bearer {token(Role.BUDGET_MANAGER, 'gm0080')}"}
        found: httpx.Response = await service.get(f"/households/{household}", headers=headers)
        assert found.status_code == 404
        assert (await service.get("/households", headers=headers)).json()["items"] == []

    @pytest.mark.parametrize("path", sorted(FILE))
    async def test_a_file_of_another_municipality_is_not_written_to(
        self, service: RunningService, household: UUID, token: Callable[..., str], path: str
    ) -> None:
        headers = {"Authorization": f"Bearer {token(Role.BUDGET_MANAGER, 'gm0080')}"}
        answer = await service.post(f"/households/{household}/{path}", json=FILE[path], headers=headers)
        assert answer.status_code == 404

    @pytest.mark.parametrize(("path", "status"), [("compositions", 201), ("rights", 201), ("grants", 403)])
    async def test_a_case_manager_says_who_lives_there_and_what_their_right_is(
        self, service: RunningService, household: UUID, token: Callable[..., str], path: str, status: int
    ) -> None:
        headers = {"Authorization": f"Bearer {token(Role.CASE_MANAGER)}"}
        answer = await service.post(f"/households/{household}/{path}", json=FILE[path], headers=headers)
        assert answer.status_code == status

    async def test_reading_a_file_is_put_on_record(self, service: RunningService, household: UUID) -> None:
        await service.get(f"/households/{household}")
        await service.get(f"/households/{household}/statements")
        person = (await service.get(f"/households/{household}")).json()["household"]["person_id"]
        lines = (await service.list_access())[-3:]
        assert [(line["reader"], line["roles"]) for line in lines] == [("test-user", ["budget_manager"])] * 3
        assert [{household, UUID(person)}] * 3 == [set(line["about"]) for line in lines]

    async def test_households_come_in_pages(self, service: RunningService, household: UUID) -> None:
        page = (await service.get("/households", params={"limit": 1})).json()
        assert [one["id"] for one in page["items"]] == [str(household)]
        assert page["next_cursor"] is None
