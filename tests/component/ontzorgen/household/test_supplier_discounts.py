"""Discounts of suppliers over HTTP: they lower what is due from their first day until they end, to the cent."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import date
from typing import Any
from uuid import UUID

import pytest
from independence_desk import ask
from month_desk import Desk

from services.ontzorgen.household.handlers import households
from services.ontzorgen.household.handlers.situations import load_situations
from services.ontzorgen.household.handlers.supplier_discounts import agree_discount
from services.ontzorgen.household.rules.charges import Charge, Mandate
from services.ontzorgen.household.rules.supplier_discounts import DiscountAgreement
from shared.auth.local_issuer import LocalIssuer
from shared.database.transactions import Database
from shared.events.codes import ChargeKind
from shared.identity import Role, new_id
from shared.testing import eventually
from shared.testing.running_service import RunningService

AGREEMENT: dict[str, Any] = {
    "creditor": "stroom",
    "kind": "energy",
    "discount_percent": 5,
    "guaranteed_months": 6,
    "from_day": "2026-09-01",
    "until_day": "2026-12-31",
}
FIRST_DAY = date(2026, 8, 1)


@pytest.fixture
async def service(client_for: Callable[..., Awaitable[RunningService]]) -> RunningService:
    return await client_for("ontzorgen", Role.BUDGET_MANAGER)


@pytest.fixture
async def desk(service: RunningService, issuer: LocalIssuer) -> Desk:
    return Desk(service, issuer)


@pytest.fixture
async def household(desk: Desk) -> UUID:
    """A household since 1 August 2026 that pays 600.00 rent, and 90.01 for energy."""
    household_id = await desk.household(on=FIRST_DAY)
    charge = {"kind": "energy", "creditor": "stroom", "reference": "KLANT 7", "amount_cents": 9_001}
    account = {"iban": "NL91ABNA0417164300", "from_day": "2026-08-01"}
    await ask(desk.service, f"/households/{household_id}/charges", **charge, **account)
    mandate = {"kind": "energy", "creditor": "stroom", "granted_on": "2026-08-01"}
    await ask(desk.service, f"/households/{household_id}/mandates", **mandate)
    return household_id


async def list_due(desk: Desk, household: UUID) -> dict[str, tuple[int, int]]:
    """Return for each month what was due for energy, and what was corrected."""
    answer = await desk.service.get(f"/households/{household}/statements")
    return {
        month["month"]: (
            sum(line["due_cents"] for line in month["lines"] if line["kind"] == "energy"),
            month["correction_cents"],
        )
        for month in answer.json()["items"]
    }


@pytest.mark.row("vaste-lastenpakket")
class TestAgreements:
    async def test_an_agreement_gives_a_discount_for_guaranteed_months(self, service: RunningService) -> None:
        agreement = await ask(service, "/discount-agreements", **AGREEMENT)
        assert agreement.pop("known_on") is None
        await ask(service, "/discount-agreements", **agreement)
        assert (await service.get("/discount-agreements")).json()["items"] == [agreement | {"known_on": None}]

    @pytest.mark.parametrize(
        ("changes", "status", "sentence"),
        [
            ({"from_day": "2026-12-31", "until_day": None}, 409, "give days outside it"),
            ({"from_day": "2027-01-01"}, 400, "ends before it begins"),
            ({"discount_percent": 101}, 400, "at most 100"),
            ({"guaranteed_months": 0}, 400, "at least 1"),
        ],
    )
    async def test_an_agreement_that_cannot_be_is_refused(
        self, service: RunningService, changes: dict[str, Any], status: int, sentence: str
    ) -> None:
        await ask(service, "/discount-agreements", **AGREEMENT)
        assert sentence in await ask(service, "/discount-agreements", status, **AGREEMENT | changes)

    async def test_an_agreement_ends_once_and_within_its_days(self, service: RunningService) -> None:
        agreement = await ask(service, "/discount-agreements", **AGREEMENT)
        path = f"/discount-agreements/{agreement['id']}/endings"
        for _ in range(2):
            assert (await ask(service, path, until_day="2026-10-31"))["until_day"] == "2026-10-31"
        assert "ends on 2026-10-31 already" in await ask(service, path, 409, until_day="2026-11-30")
        later = await ask(service, "/discount-agreements", **AGREEMENT | {"from_day": "2026-11-01"})
        path = f"/discount-agreements/{later['id']}/endings"
        assert "enter a new one" in await ask(service, path, 400, until_day="2027-01-31")
        assert "begins on" in await ask(service, path, 400, until_day="2026-10-01")


@pytest.mark.row("vaste-lastenpakket")
class TestDiscountedMonths:
    async def test_it_lowers_what_is_due_until_it_ends_also_where_months_recur(
        self, desk: Desk, household: UUID
    ) -> None:
        agreement = await ask(desk.service, "/discount-agreements", **AGREEMENT | {"until_day": None})
        await ask(desk.service, "/discount-agreements", **AGREEMENT | {"kind": "water", "discount_percent": 50})
        for month in ("2026-08", "2026-09", "2026-10"):
            await desk.release(month)
        path = f"/discount-agreements/{agreement['id']}/endings"
        assert (await ask(desk.service, path, until_day="2026-10-31"))["known_on"] is None
        await desk.release("2026-11")
        # 95 % of 90.01 is 85.5095, rounded half up once.
        assert await list_due(desk, household) == {
            "2026-08": (9_001, 0),
            "2026-09": (8_551, 0),
            "2026-10": (8_551, 0),
            "2026-11": (9_001, 0),
        }
        recurring = "SELECT month FROM statement WHERE bill_id IS NOT NULL ORDER BY month"
        assert await desk.rows(recurring) == [("2026-08",), ("2026-09",), ("2026-10",), ("2026-11",)]

    async def test_one_that_is_entered_late_becomes_a_correction_and_so_does_a_late_ending(
        self, desk: Desk, household: UUID
    ) -> None:
        for month in ("2026-08", "2026-09"):
            await desk.release(month)
        agreement = await ask(desk.service, "/discount-agreements", **AGREEMENT)
        assert agreement["known_on"] == "2026-10-01"
        for month in ("2026-10", "2026-11"):
            await desk.release(month)
        path = f"/discount-agreements/{agreement['id']}/endings"
        await ask(desk.service, path, until_day="2026-10-31")
        await desk.release("2026-12")
        assert await list_due(desk, household) == {
            "2026-08": (9_001, 0),
            "2026-09": (9_001, 0),
            "2026-10": (8_551, -450),
            "2026-11": (8_551, 0),
            "2026-12": (9_001, 450),
        }

    async def test_one_that_is_entered_while_a_run_is_open_is_settled_by_the_next(
        self, desk: Desk, household: UUID
    ) -> None:
        await desk.release("2026-08")
        await desk.propose(month="2026-09")
        await ask(desk.service, "/discount-agreements", **AGREEMENT)
        for run in (await desk.service.get("/runs")).json()["items"]:
            if run["state"] == "proposed":
                for step in ("approvals", "seals", "releases"):
                    assert (await desk.do(f"/runs/{run['id']}/{step}")).status_code == 201
        await desk.release("2026-10")
        assert await list_due(desk, household) == {
            "2026-08": (9_001, 0),
            "2026-09": (9_001, 0),
            "2026-10": (8_551, -450),
        }

    async def test_a_discount_on_the_register_holds_from_its_version_until_the_next(
        self, desk: Desk, household: UUID
    ) -> None:
        creditor = {"code": "stroom", "name": "Stroom BV", "kind": "energy", "iban": "NL91ABNA0417164300"}
        await ask(desk.service, "/creditors", **creditor, from_day="2026-09-01", discount_percent=10)
        for month in ("2026-08", "2026-09"):
            await desk.release(month)
        await ask(desk.service, "/creditors", **creditor, from_day="2026-10-01")
        await desk.release("2026-10")
        assert await list_due(desk, household) == {
            "2026-08": (9_001, 0),
            "2026-09": (8_101, 0),
            "2026-10": (9_001, 0),
        }


class TestAtOnce:
    async def test_whoever_changes_a_file_while_an_agreement_is_made_has_its_discount(
        self, desk: Desk, household: UUID
    ) -> None:
        """The agreement does not see the new charge yet, and the file's derivation waits for the agreement."""
        database, is_recorded = desk.service.database, asyncio.Event()
        charge = Charge(new_id(), ChargeKind.WATER, "bron", "NL91ABNA0417164300", "K", 2_000, FIRST_DAY, None)
        mandate = Mandate(new_id(), ChargeKind.WATER, "bron", FIRST_DAY)

        async def agree() -> None:
            async with database.transaction("gm0637") as tx:
                agreement = DiscountAgreement(new_id(), "bron", ChargeKind.WATER, 10, 6, FIRST_DAY)
                await agree_discount(agreement, tx)
                is_recorded.set()
                await eventually(lambda: is_waiting(database))

        async def add() -> None:
            async with database.transaction("gm0637") as tx:
                await households.add_charge(household, charge, tx)
                await households.add_mandate(household, mandate, tx)
                await is_recorded.wait()

        await asyncio.gather(agree(), add())
        async with database.transaction("gm0637") as tx:
            (loaded,) = await load_situations([household], tx)
        assert [(terms.creditor, terms.percent) for terms in loaded.situation.discounts] == [("bron", 10)]


async def is_waiting(database: Database) -> bool:
    """Return whether someone waits for a lock of this database."""
    async with database.transaction(None) as tx:
        query = "SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
        return bool(await (await tx.driver()).fetch(query))


@pytest.mark.row("vaste-lastenpakket")
class TestGuarantee:
    @pytest.mark.usefixtures("household")
    async def test_months_of_payment_are_counted_and_a_shortfall_comes_first(self, desk: Desk) -> None:
        agreement = await ask(desk.service, "/discount-agreements", **AGREEMENT)
        short = await desk.household(rent_cents=133_000, on=date(2026, 9, 1))
        for path, body in (("charges", {"reference": "K", "amount_cents": 9_000}), ("mandates", {})):
            days = {"granted_on": "2026-10-01"} if path == "mandates" else {"from_day": "2026-10-01"}
            account = {"iban": "NL91ABNA0417164300"} if path == "charges" else {}
            asked = {"kind": "energy", "creditor": "stroom", **days, **account, **body}
            await ask(desk.service, f"/households/{short}/{path}", **asked)
        other = await desk.household(rent_cents=140_000, on=date(2026, 9, 1))
        for month in ("2026-08", "2026-09", "2026-10"):
            await desk.release(month)
        path = f"/discount-agreements/{agreement['id']}/guarantee"
        guarantee = (await desk.service.get(path)).json()
        months = [(month["month"], month["households"], month["is_kept"]) for month in guarantee["months"]]
        assert months == [("2026-09", 1, True), ("2026-10", 2, False)]
        assert (guarantee["months_kept"], guarantee["guaranteed_until"]) == (1, "2026-12-31")
        ((household_id, unpaid_cents),) = [
            (item["household_id"], item["unpaid_cents"]) for item in guarantee["shortfalls"]
        ]
        assert (household_id, unpaid_cents) == (str(short), guarantee["unpaid_cents"])
        tasks = (await desk.service.get("/tasks", params={"for_role": "case_manager"})).json()["items"]
        assert [(task["household_id"], task["month"], task["priority"]) for task in tasks][:1] == [
            (str(short), "2026-10", 1)
        ]
        assert {task["household_id"] for task in tasks[1:]} == {str(other)}
        assert all(task["priority"] == 0 for task in tasks[1:])
        resolution = {"solution": "special_assistance", "resolved_on": "2026-10-20", "granted_cents": unpaid_cents}
        await ask(desk.service, f"/households/{short}/shortfalls/2026-10/resolutions", **resolution)
        await desk.release("2026-11")
        guarantee = (await desk.service.get(path)).json()
        assert guarantee["months"][1]["paid_later_cents"] == unpaid_cents
        assert (guarantee["months_kept"], guarantee["shortfalls"][0]["month"]) == (2, "2026-11")

    async def test_an_unknown_agreement_has_no_guarantee(self, service: RunningService) -> None:
        answer = await service.get(f"/discount-agreements/{UUID(int=1)}/guarantee")
        assert answer.status_code == 404
