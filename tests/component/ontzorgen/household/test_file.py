"""A household's file on a real PostgreSQL: it only grows, and what a run reads is never older than it."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import date
from functools import partial
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest

from services.ontzorgen.household.handlers import households as handlers
from services.ontzorgen.household.repository.households import find_file
from services.ontzorgen.household.repository.situations import load_situations
from services.ontzorgen.household.rules.charges import Charge
from services.ontzorgen.household.rules.file import LoadedHousehold, derive_months_input
from services.ontzorgen.policies.handlers import load_law, policy_in_force
from services.ontzorgen.run.repository import recurring_months
from services.ontzorgen.run.rules.recurring_months import RecurringMonths
from services.ontzorgen.statement.rules.month_rules import MonthRules
from services.ontzorgen.statement.rules.statement import compute_statement
from shared.events import FixedChargeChanged, MandateRevoked
from shared.events.codes import ChargeChange, ChargeKind
from shared.identity import Role, new_id
from shared.messaging import Received
from shared.testing.eventually import eventually
from shared.testing.plans import signed_plan
from shared.testing.running_service import RunningService

MUNICIPALITY = "gm0637"
BORN_ON = "2001-05-06"
PATHS = {
    "charges": {"kind": "rent", "creditor": "woonstad", "iban": "NL91ABNA0417164300", "reference": "huur"}
    | {"amount_cents": 60_000, "from_day": "2026-09-01"},
    "mandates": {"kind": "rent", "creditor": "woonstad", "granted_on": "2026-09-01"},
    "compositions": {"from_day": "2026-09-01", "kind": "single", "adults": [{"born_on": BORN_ON}]},
    "allowances": {"kind": "care_allowance", "amount_cents": 12_900, "is_routed": True},
    "grants": {"kind": "first_rent", "form": "gift", "amount_cents": 60_000, "month": "2026-09"},
    "claims": {"creditor": "coa", "amount_cents": 5_000, "total_cents": 90_000, "from_day": "2026-09-01"},
    "income": {"kind": "earnings", "amount_cents": 40_000, "exempt_percent": 25, "from_day": "2026-10-01"}
    | {"known_on": "2026-09-20"},
    "reductions": {"percent": 30, "from_day": "2026-10-01", "until_day": "2026-10-31", "known_on": "2026-09-20"},
    "attachments": {"creditor": "deurwaarder", "iban": "NL91ABNA0417164300", "reference": "beslag"}
    | {"amount_cents": 5_000, "protected_cents": 100_000, "from_day": "2026-10-01", "known_on": "2026-09-20"},
    "payment-terms": {"from_day": "2026-09-01", "pay_on": ["2026-10-02", "2026-10-09"]},
    "rights": {"right_from": "2026-09-01", "right_until": "2026-12-10", "known_on": "2026-12-01"},
    "assets": {"kind": "savings", "amount_cents": 100, "seen_on": "2026-09-01"},
    "regeldagen": {"held_on": "2026-09-03"},
}


@pytest.fixture
async def service(client_for: Callable[..., Awaitable[RunningService]]) -> RunningService:
    return await client_for("ontzorgen", Role.BUDGET_MANAGER)


@pytest.fixture
async def household(service: RunningService) -> UUID:
    """A household in relief since 1 September 2026."""
    plan = signed_plan()
    async with service.database.transaction(MUNICIPALITY) as tx:
        await handlers.on_pip_signed(Received(plan, uuid4(), MUNICIPALITY, None), tx)
    assert plan.household_id is not None
    return plan.household_id


A_RENT_ALLOWANCE = (
    "INSERT INTO allowance (municipality, id, household_id, kind, amount_cents, is_routed) "
    "VALUES ($1, $2, $3, 'rent_allowance', 20000, true)"
)
A_RIGHT_THAT_ENDS = "UPDATE household SET right_until = '2026-09-30' WHERE municipality = $1 AND $2 <> id AND id = $3"


async def post(service: RunningService, path: str, status: int = 201, **body: Any) -> dict[str, Any]:
    answer = await service.post(path, json=body)
    assert answer.status_code == status, answer.text
    body_of_answer: dict[str, Any] = answer.json() if answer.content else {}
    return body_of_answer


async def fill(service: RunningService, household: UUID) -> None:
    """One of everything in a file."""
    for part, body in PATHS.items():
        await post(service, f"/households/{household}/{part}", **body)


async def load(service: RunningService, *household_ids: UUID) -> list[LoadedHousehold]:
    async with service.database.transaction(MUNICIPALITY) as tx:
        return await load_situations(tx, household_ids)


async def fetch(service: RunningService, query: str, *arguments: object) -> list[Any]:
    async with service.database.transaction(MUNICIPALITY) as tx:
        return list(await (await tx.driver()).fetch(query, *arguments))


async def is_waiting(service: RunningService) -> bool:
    """Whether some transaction of this database waits for another's lock."""
    query = "SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    return bool(await fetch(service, query))


class TestWhatARunReads:
    async def test_every_change_of_the_file_reaches_the_next_run(
        self, service: RunningService, household: UUID
    ) -> None:
        before = await load(service, household)
        for part in (
            "charges",
            "mandates",
            "compositions",
            "allowances",
            "grants",
            "claims",
            "payment-terms",
            "rights",
        ):
            await post(service, f"/households/{household}/{part}", **PATHS[part])
            after = await load(service, household)
            assert after != before, part
            before = after
        async with service.database.transaction(MUNICIPALITY) as tx:
            file = await find_file(tx, household)
            assert file is not None
            assert before[0].months == derive_months_input(file)

    async def test_who_has_a_right_and_who_is_in_an_institution_reach_the_norm(
        self, service: RunningService, household: UUID
    ) -> None:
        partner = {"age": 40, "has_right": False, "single_norm_ground": "abroad", "in_institution": True}
        body = {"from_day": "2026-09-01", "kind": "couple", "adults": [{"age": 30}, partner]}
        recorded = await post(service, f"/households/{household}/compositions", **body)
        assert recorded["adults"][1] == {"born_on": None, "parents_support": "pending", **partner}
        (loaded,) = await load(service, household)
        stored = loaded.situation.compositions[0].adults[1]
        assert (stored.has_right, stored.single_norm_ground, stored.in_institution) == (False, "abroad", True)
        rules = MonthRules.resolve(load_law(), policy_in_force(MUNICIPALITY, date(2026, 9, 1)), "2026-11")
        assert compute_statement(loaded.situation, rules, "2026-11").norm_cents == 141_946
        body["adults"] = [{"age": 30, "has_right": False}, {"age": 40}]
        refusal = await post(service, f"/households/{household}/compositions", 400, **body)
        assert refusal["errors"][0]["field"] == "body.adults.0.has_right"

    async def test_a_row_that_came_past_the_handlers_is_seen_too(
        self, service: RunningService, household: UUID
    ) -> None:
        (before,) = await load(service, household)
        await fetch(service, A_RENT_ALLOWANCE, MUNICIPALITY, uuid4(), household)
        assert await fetch(service, "SELECT FROM household_situation WHERE household_id = $1", household) == []
        (after,) = await load(service, household)
        assert (len(before.situation.allowances), len(after.situation.allowances)) == (0, 1)
        assert len(await fetch(service, "SELECT FROM household_situation WHERE household_id = $1", household)) == 1

    @pytest.mark.parametrize("change", [A_RENT_ALLOWANCE, A_RIGHT_THAT_ENDS])
    async def test_what_was_saved_for_later_months_goes_when_the_file_changes(
        self, service: RunningService, household: UUID, change: str
    ) -> None:
        saved = "SELECT FROM steady_household WHERE household_id = $1"
        months = RecurringMonths(
            (), (), "single/0", in_halves=False, terms="", first_month="2026-09", last_month="2026-12"
        )
        async with service.database.transaction(MUNICIPALITY) as tx:
            await recurring_months.save(tx, [(household, months)])
        assert len(await fetch(service, saved, household)) == 1
        await fetch(service, change, MUNICIPALITY, uuid4(), household)
        assert await fetch(service, saved, household) == []

    async def test_it_waits_for_a_change_in_another_transaction_and_then_has_it(
        self, service: RunningService, household: UUID
    ) -> None:
        rent = Charge(new_id(), ChargeKind.RENT, "woonstad", "NL91ABNA0417164300", "huur", 1, date(2026, 9, 1), None)
        await fetch(service, "DELETE FROM household_situation")
        async with service.database.transaction(MUNICIPALITY) as tx:
            await handlers.add_charge(household, rent, tx)
            reading = asyncio.create_task(load(service, household))
            await eventually(partial(is_waiting, service), deadline_seconds=10)
            assert not reading.done()
        (loaded,) = await reading
        assert [charge.amount_cents for charge in loaded.months.without_mandate] == [1]

    async def test_households_come_in_order_of_id_and_only_those_of_the_municipality(
        self, service: RunningService, household: UUID
    ) -> None:
        assert [loaded.household.id for loaded in await load(service, uuid4(), household)] == [household]
        async with service.database.transaction("gm0080") as tx:
            assert await load_situations(tx, [household]) == []


class TestHistory:
    async def test_every_version_says_when_and_by_whom_and_each_page_continues_the_previous_one(
        self, service: RunningService, household: UUID
    ) -> None:
        await fill(service, household)
        items: list[dict[str, Any]] = []
        cursor: dict[str, Any] = {}
        while True:
            page = (await service.get(f"/households/{household}/history", params={"limit": 3, **cursor})).json()
            items += page["items"]
            if page["next_cursor"] is None:
                break
            cursor = {"cursor": page["next_cursor"]}
        parts = [entry["part"] for entry in items]
        assert parts == [
            *("charge", "mandate", "composition", "allowance", "relief_grant", "claim"),
            *("income", "reduction", "attachment", "payment_terms", "right_version", "asset", "regeldag"),
        ]
        assert {entry["recorded_role"] for entry in items} == {"budget_manager"}
        assert {len(entry["recorded_by"]) for entry in items} == {16}
        assert all(entry["recorded_at"] for entry in items)

    @pytest.mark.parametrize(
        "statement",
        [
            "UPDATE charge SET amount_cents = 1",
            "DELETE FROM mandate",
            "UPDATE composition SET sharers = 1",
            "DELETE FROM loan_repayment",
            "UPDATE income SET amount_cents = 1",
            "DELETE FROM reduction",
            "UPDATE attachment SET iban = 'x'",
            "UPDATE creditor SET iban = 'x'",
            "DELETE FROM iban_confirmation",
        ],
    )
    async def test_the_service_cannot_change_what_was_recorded(self, service: RunningService, statement: str) -> None:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await fetch(service, statement)

    async def test_days_of_birth_leave_the_database_in_the_file_alone(
        self, service: RunningService, household: UUID, capfd: pytest.CaptureFixture[str]
    ) -> None:
        await fill(service, household)
        payloads = await fetch(service, "SELECT convert_from(payload, 'UTF8') AS text FROM messaging.outbox")
        assert payloads
        assert not any(BORN_ON in row["text"] for row in payloads)
        assert BORN_ON not in "".join(capfd.readouterr())
        means = (await service.get(f"/households/{household}/means")).json()
        assert means["compositions"][0]["adults"][0]["born_on"] == BORN_ON


@pytest.mark.row("machtigingen")
class TestChargesAndMandates:
    async def test_a_change_is_published_with_the_day_on_which_it_became_known(
        self, service: RunningService, household: UUID
    ) -> None:
        charge = await post(service, f"/households/{household}/charges", **PATHS["charges"])
        path = f"/households/{household}/charges/{charge['id']}"
        raised = {"from_day": "2026-10-01", "amount_cents": 61_500, "known_on": "2026-11-20"}
        version = await post(service, f"{path}/changes", **raised)
        assert version["charge_id"] == charge["id"]
        await post(service, f"{path}/endings", until_day="2026-12-31", known_on="2026-12-01")
        events = [event.data for event in await service.list_published() if isinstance(event.data, FixedChargeChanged)]
        assert [(event.change, event.amount_cents, event.known_on, event.until_day) for event in events] == [
            (ChargeChange.ADDED, 60_000, date(2026, 9, 1), None),
            (ChargeChange.CHANGED, 61_500, date(2026, 11, 20), None),
            (ChargeChange.ENDED, 61_500, date(2026, 12, 1), date(2026, 12, 31)),
        ]
        assert {str(event.charge_id) for event in events} == {charge["id"]}
        assert {event.is_withheld for event in events} == {True}
        await post(service, f"/households/{household}/charges", **PATHS["charges"] | {"kind": "tv", "id": str(uuid4())})
        tv = [event.data for event in await service.list_published() if isinstance(event.data, FixedChargeChanged)][-1]
        assert (tv.kind, tv.is_withheld) == (ChargeKind.TV, False), "not in the package of this municipality"

    async def test_a_revoked_mandate_is_published_once_and_no_longer_covers_the_months_to_come(
        self, service: RunningService, household: UUID
    ) -> None:
        await post(service, f"/households/{household}/charges", **PATHS["charges"])
        mandate = await post(service, f"/households/{household}/mandates", **PATHS["mandates"])
        path = f"/households/{household}/mandates/{mandate['id']}/revocations"
        for _ in range(2):
            await post(service, path, revoked_on="2026-11-10")
        assert [type(event.data) for event in await service.list_published()].count(MandateRevoked) == 1
        (loaded,) = await load(service, household)
        assert [charge.until_day for charge in loaded.situation.charges] == [date(2026, 11, 30)]
        assert [charge.from_day for charge in loaded.months.without_mandate] == [date(2026, 12, 1)]


class TestRightAndMeans:
    async def test_a_right_that_ends_moves_the_end_of_relief(self, service: RunningService, household: UUID) -> None:
        body = PATHS["rights"] | {"id": str(uuid4())}
        answers = [await post(service, f"/households/{household}/rights", **body) for _ in range(2)]
        assert answers[0] == answers[1]
        assert (answers[0]["last_day"], answers[0]["end_reason"]) == ("2026-12-10", "assistance_stopped")
        reopened = {"right_from": "2026-09-01", "known_on": "2026-12-05"}
        answer = await post(service, f"/households/{household}/rights", **reopened)
        assert (answer["last_day"], answer["end_reason"]) == ("2027-02-28", None)

    @pytest.mark.row("shortage-allowances")
    async def test_assets_over_the_limit_become_a_task_and_change_no_payment(
        self, service: RunningService, household: UUID
    ) -> None:
        before = await load(service, household)
        await post(service, f"/households/{household}/assets", **PATHS["assets"] | {"amount_cents": 700_000})
        penalty = {"kind": "ind_penalty_money", "amount_cents": 200_000, "seen_on": "2026-09-20"}
        await post(service, f"/households/{household}/assets", **penalty)
        (task,) = (await service.get("/tasks")).json()["items"]
        assert (task["kind"], task["for_role"], task["amount_cents"]) == ("asset_over_limit", "case_manager", 100_000)
        assert await load(service, household) == before

    @pytest.mark.row("start-liquidity")
    async def test_of_two_repayments_at_once_only_what_is_left_is_taken(
        self, service: RunningService, household: UUID
    ) -> None:
        loan = {"kind": "furnishing_credit", "form": "loan", "amount_cents": 100_000, "month": "2026-09"}
        granted = await post(
            service, f"/households/{household}/grants", **loan, repay_from="2026-10", repay_cents=40_000
        )
        path = f"/households/{household}/loans/{granted['id']}/repayments"
        body = {"paid_on": "2026-10-05", "amount_cents": 60_000}
        answers = await asyncio.gather(*(service.post(path, json=body) for _ in range(3)))
        assert sorted(answer.status_code for answer in answers) == [201, 409, 409]
        (register,) = (await service.get(f"/households/{household}/loans")).json()["items"]
        assert (register["left_cents"], len(register["repayments"]), len(register["schedule"])) == (40_000, 1, 3)

    @pytest.mark.row("regeldag")
    async def test_a_regeldag_gathers_what_is_arranged(self, service: RunningService, household: UUID) -> None:
        day = await post(service, f"/households/{household}/regeldagen", **PATHS["regeldagen"])
        regeldag_id = day["regeldag"]["id"]
        steps = f"/households/{household}/regeldagen/{regeldag_id}/steps"
        done = {"item": "rent_contract", "responsible": "social_guide", "done_on": "2026-09-03"}
        await post(service, steps, **done)
        await post(service, f"/households/{household}/charges", **PATHS["charges"] | {"regeldag_id": regeldag_id})
        (regeldag,) = (await service.get(f"/households/{household}/regeldagen")).json()["items"]
        assert [step["item"] for step in regeldag["steps"] if step["done_on"]] == ["rent_contract"]
        assert (len(regeldag["steps"]), regeldag["is_complete"]) == (8, False)
