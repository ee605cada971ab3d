"""The run over HTTP and in parts: people approve, what is sealed is paid, and parts may come twice and in any order."""

import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest
from month_desk import ON, Desk

from services.ontzorgen.app import SUBSCRIPTIONS, on_day_started
from services.ontzorgen.policies.handlers import policy_in_force
from services.ontzorgen.policies.rules.relief import Approval
from services.ontzorgen.run.handlers import runs
from services.ontzorgen.run.repository import months
from services.ontzorgen.run.repository.runs import list_parts
from services.ontzorgen.run.rules.run import Part
from shared.auth.local_issuer import LocalIssuer
from shared.events import (
    DayStarted,
    FixedChargesDeducted,
    MonthRunApproved,
    MonthRunProposed,
    MonthRunSealed,
    PaymentsReleased,
)
from shared.events.codes import RunStep
from shared.identity import Role, new_id
from shared.messaging import Received
from shared.testing.delivery import deliver
from shared.testing.running_service import RunningService


def choose(monkeypatch: pytest.MonkeyPatch, **choices: Any) -> None:
    """A municipality that chooses so."""
    monkeypatch.setattr(runs, "policy_in_force", lambda code, on: policy_in_force(code, on).model_copy(update=choices))


@pytest.fixture
async def desk(client_for: Callable[..., Awaitable[RunningService]], issuer: LocalIssuer) -> Desk:
    return Desk(await client_for("ontzorgen", Role.BUDGET_MANAGER), issuer)


class TestSteps:
    async def test_a_month_is_proposed_shown_approved_by_another_sealed_and_released(self, desk: Desk) -> None:
        ids = [await desk.household(), await desk.household(70_000)]
        run_id = await desk.propose()
        view = await desk.run(run_id)
        assert (view["run"]["state"], view["run"]["households"], view["run"]["eyes_needed"]) == ("proposed", 2, 1)
        assert (view["run"]["deducted_cents"], view["differences"]["new"]) == (130_000, 2)
        assert await desk.list_events(FixedChargesDeducted) == [], "nothing is published or booked before the release"
        assert (await desk.do(f"/runs/{run_id}/approvals", "anna")).status_code == 409
        for step, state in (("approvals", "approved"), ("seals", "sealed"), ("releases", "released")):
            answer = await desk.do(f"/runs/{run_id}/{step}")
            assert (answer.status_code, answer.json()["state"]) == (201, state), answer.text
        assert sorted(event.household_id for event in await desk.list_events(FixedChargesDeducted)) == sorted(ids)
        (sealed,) = await desk.list_events(MonthRunSealed)
        (paid,) = await desk.list_events(PaymentsReleased)
        assert (paid.households, paid.total_cents, paid.payments) == (2, sealed.total_cents, 4)
        assert len(await desk.list_events(MonthRunProposed)) == len(await desk.list_events(MonthRunApproved)) == 1
        assert (await desk.service.get("/ledger-totals")).json()["sum_cents"] == 0

    async def test_the_calendar_proposes_and_people_approve(self, desk: Desk) -> None:
        await desk.household()
        day = Received(DayStarted(municipality="gm0637", date=ON), uuid4(), "gm0637")
        for _ in range(2):
            async with desk.service.database.transaction("gm0637") as tx:
                await on_day_started(day, tx)
        (run,) = (await desk.service.get("/runs")).json()["items"]
        assert (run["proposer"], run["state"]) == ("calendar", "proposed")
        assert (await desk.do(f"/runs/{run['id']}/approvals", "anna")).json()["state"] == "approved"

    async def test_more_approvers_above_an_amount(self, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
        approvals = (Approval(from_cents=0, eyes=1), Approval(from_cents=50_000, eyes=2))
        choose(monkeypatch, approvals=approvals)
        await desk.household()
        run_id = await desk.propose()
        assert (await desk.do(f"/runs/{run_id}/approvals", "bert")).json()["state"] == "proposed"
        assert "someone else" in (await desk.do(f"/runs/{run_id}/approvals", "bert")).text
        refused = await desk.do(f"/runs/{run_id}/seals")
        assert (refused.status_code, "not approved yet" in refused.text) == (409, True)
        assert (await desk.do(f"/runs/{run_id}/approvals", "cees")).json()["state"] == "approved"

    async def test_a_municipality_is_run_by_a_file_in_a_folder_of_ones_own(
        self, client_for: Callable[..., Awaitable[RunningService]], issuer: LocalIssuer, tmp_path: Path
    ) -> None:
        chosen = "[[policy]]\nvalid_from = 2026-01-01\napprovals = [{from_cents = 0, eyes = 3}]\n"
        (tmp_path / "gm0637.toml").write_text(chosen)
        desk = Desk(await client_for("ontzorgen", Role.BUDGET_MANAGER, policies_folder=tmp_path), issuer)
        await desk.household()
        assert (await desk.run(await desk.propose()))["run"]["eyes_needed"] == 3

    async def test_a_withdrawn_proposal_leaves_nothing_and_the_month_can_be_proposed_again(self, desk: Desk) -> None:
        home = await desk.household()
        first = await desk.propose()
        assert (await desk.do("/runs", month="2026-09", proposed_on=ON.isoformat())).status_code == 409
        await desk.do(f"/runs/{first}/withdrawals")
        assert await desk.rows("SELECT count(*) FROM statement") == [(0,)]
        assert (await desk.do(f"/runs/{first}/approvals")).status_code == 409
        again = await desk.propose()
        assert (await desk.run(again))["run"]["number"] == 2
        months = (await desk.service.get(f"/runs/{again}/months")).json()["items"]
        assert [month["household_id"] for month in months] == [str(home)]

    async def test_what_was_sealed_is_paid_whatever_changes_afterwards(self, desk: Desk) -> None:
        home = await desk.household()
        run_id = await desk.propose()
        await desk.do(f"/runs/{run_id}/approvals")
        await desk.do(f"/runs/{run_id}/seals")
        async with desk.service.database.transaction("gm0637") as tx:
            ended = "UPDATE household SET right_until = '2026-08-20' WHERE id = $1"
            await (await tx.driver()).execute(ended, home)
        async with desk.service.database.transaction("gm0637") as tx:
            with pytest.raises(asyncpg.RestrictViolationError, match="sealed month is never changed"):
                await (await tx.driver()).execute("DELETE FROM statement")
            await tx.session.rollback()
        late = await desk.household()
        assert (await desk.do(f"/runs/{run_id}/releases")).json()["state"] == "released"
        assert [event.household_id for event in await desk.list_events(FixedChargesDeducted)] == [home]
        tasks = (await desk.service.get("/tasks")).json()["items"]
        assert [task["kind"] for task in tasks] == ["paid_without_right"], "the right had ended before it was paid"
        second = await desk.propose()
        months = (await desk.service.get(f"/runs/{second}/months")).json()["items"]
        assert [month["household_id"] for month in months] == [str(late)]

    async def test_a_right_that_ends_in_the_month_after_it_was_computed_leaves_what_is_too_much(
        self, desk: Desk
    ) -> None:
        home = await desk.household()
        run_id = await desk.propose()
        ended = {"right_from": "2026-09-01", "right_until": "2026-09-10", "known_on": "2026-09-01"}
        assert (await desk.do(f"/households/{home}/rights", **ended)).status_code == 201
        for step in ("approvals", "seals", "releases"):
            assert (await desk.do(f"/runs/{run_id}/{step}")).status_code == 201
        (task,) = (await desk.service.get("/tasks")).json()["items"]
        ten_days_cents = 44_949  # 1,419.46 x 10/30 = 473.15, of which 95% is paid out
        assert (task["kind"], task["amount_cents"]) == ("paid_without_right", 134_849 - ten_days_cents)

    async def test_a_charge_that_comes_after_its_month_was_run_is_made_good_by_the_next(self, desk: Desk) -> None:
        home = await desk.household()
        for month, on in (("2026-09", "2026-09-01"), ("2026-10", "2026-10-01")):
            if month == "2026-10":
                water = {"kind": "water", "creditor": "evides", "from_day": "2026-09-01"}
                account = {"iban": "NL91ABNA0417164300", "reference": "water", "amount_cents": 2_000}
                await desk.do(f"/households/{home}/charges", **water, **account)
                days = {"granted_on": "2026-09-01", "first_month": "2026-09"}
                await desk.do(f"/households/{home}/mandates", kind="water", creditor="evides", **days)
            run = (await desk.do("/runs", "anna", month=month, proposed_on=on)).json()
            for step in ("approvals", "seals", "releases"):
                assert (await desk.do(f"/runs/{run['id']}/{step}", on=on)).status_code == 201
        _, october = (await desk.service.get(f"/households/{home}/statements")).json()["items"]
        late = [(correction["for_month"], correction["cents"]) for correction in october["corrections"]]
        assert (late, october["deducted_cents"]) == ([("2026-09", 2_000)], 64_000)

    async def test_a_household_that_cannot_be_computed_holds_up_no_other(self, desk: Desk) -> None:
        good, bad = await desk.household(), await desk.household()
        async with desk.service.database.transaction("gm0637") as tx:
            driver = await tx.driver()
            saved = await driver.fetchval("SELECT document FROM household_situation WHERE household_id = $1", bad)
            document = json.loads(saved)
            document["situation"]["compositions"][0]["adults"] = []
            broken = "UPDATE household_situation SET document = $2 WHERE household_id = $1"
            await driver.execute(broken, bad, json.dumps(document).encode())
            await driver.execute("DELETE FROM steady_household WHERE household_id = $1", bad)
        run_id = await desk.propose()
        months = (await desk.service.get(f"/runs/{run_id}/months")).json()["items"]
        assert [month["household_id"] for month in months] == [str(good)]
        (task,) = (await desk.service.get("/tasks")).json()["items"]
        assert (task["household_id"], task["kind"]) == (str(bad), "month_refused")

    async def test_without_anyone_due_there_is_no_run(self, desk: Desk) -> None:
        refused = await desk.do("/runs", month="2026-09", proposed_on=ON.isoformat())
        assert (refused.status_code, "there is nothing to run" in refused.text) == (409, True)
        early = await desk.do("/runs", month="2026-10", proposed_on=ON.isoformat())
        assert (early.status_code, "has not begun" in early.text) == (400, True)

    async def test_a_shortfall_is_resolved_once_with_money_in_a_later_month(self, desk: Desk) -> None:
        home = await desk.household(200_000)
        await desk.release("2026-09")
        path = f"/households/{home}/shortfalls/2026-09/resolutions"
        late = {"solution": "routed_allowances", "resolved_on": "2026-09-03"}
        for month in ("2026-09", "2027-03"):
            assert (await desk.do(path, **late, for_month=month)).status_code == 400, "run already, or after relief"
        body = {"solution": "special_assistance", "resolved_on": "2026-09-03", "granted_cents": 5_000}
        assert [(await desk.do(path, **body)).status_code for _ in range(2)] == [201, 201]
        assert (await desk.service.get("/tasks")).json()["items"] == []
        assert await desk.rows("SELECT kind, form, amount_cents, month FROM relief_grant") == [
            ("special_assistance", "gift", 5_000, "2026-10")
        ]
        assert (await desk.do(path, **(body | {"resolved_on": "2026-09-04"}))).status_code == 409
        assert await desk.rows("SELECT kind, unpaid_in, month, amount_cents FROM unpaid_charge") == [
            ("rent", "2026-09", "2026-10", 5_000)
        ]

    async def test_what_was_unpaid_reaches_the_creditor_once_in_the_month_that_was_named(self, desk: Desk) -> None:
        home = await desk.household(200_000)
        await desk.release("2026-09")
        path = f"/households/{home}/shortfalls/2026-09/resolutions"
        body = {"solution": "special_assistance", "resolved_on": "2026-09-03", "granted_cents": 70_000}
        assert (await desk.do(path, **body, for_month="2026-10")).status_code == 201
        account = {"name": "Gemeente Testdorp", "iban": "NL91ABNA0417164300"}
        proposed = (await desk.do("/bank-accounts", "anna", **account)).json()
        await desk.do(f"/bank-accounts/{proposed['id']}/confirmations", "bert")
        for month in ("2026-10", "2026-11"):
            run_id = await desk.release(month)
            await desk.do(f"/runs/{run_id}/payment-files", exported_on=f"{month}-01")
        sent = await desk.rows(
            "SELECT month, for_month, amount_cents FROM payment_instruction WHERE is_correction ORDER BY month"
        )
        assert sent == [("2026-10", "2026-09", 65_151)]
        months = (await desk.service.get(f"/households/{home}/statements")).json()["items"]
        assert [[(late["unpaid_in"], late["paid_cents"]) for late in month["corrections"]] for month in months] == [
            [],
            [("2026-09", 65_151)],
            [],
        ]
        assert (await desk.service.get("/ledger-totals")).json()["sum_cents"] == 0

    async def test_what_a_creditor_owes_and_is_due_nothing_for_becomes_a_task(self, desk: Desk) -> None:
        home = await desk.household(60_000)
        await desk.release("2026-09")
        (charge,) = (await desk.service.get(f"/households/{home}")).json()["charges"]
        ended = {"id": str(new_id()), "known_on": "2026-09-20", "from_day": "2026-09-01", "amount_cents": 1}
        assert (await desk.do(f"/households/{home}/charges/{charge['id']}/changes", **ended)).status_code == 201
        await desk.release("2026-10")
        (task,) = (await desk.service.get("/tasks")).json()["items"]
        assert (task["kind"], task["for_role"], task["amount_cents"]) == ("creditor_owes", "budget_manager", 59_998)
        (_, october) = (await desk.service.get(f"/households/{home}/statements")).json()["items"]
        assert (october["waiting_cents"], october["deducted_cents"]) == (59_998, 0)
        explained = (await desk.service.get(f"/households/{home}/statements/2026-10/explanation")).json()
        assert "EUR 599.98 paid too much" in explained["lines"][-1]["text"]
        assert (explained["lines"][-1]["code"], explained["lines"][-1]["parameters"]["credit_cents"]) == (
            "credit_waiting",
            59_998,
        )

    async def test_each_cent_of_a_month_is_explained(self, desk: Desk) -> None:
        home = await desk.household()
        await desk.propose()
        explained = (await desk.service.get(f"/households/{home}/statements/2026-09/explanation")).json()
        (month,) = (await desk.service.get(f"/households/{home}/statements")).json()["items"]
        assert explained["is_as_run"]
        assert sum(line["cents"] for line in explained["income"]) == month["available_cents"]
        assert sum(line["cents"] for line in explained["lines"]) == 60_000
        parameters = {"kind": "rent", "for_month": "2026-09", "paid_cents": 60_000, "is_ahead": False}
        (rent,) = explained["lines"]
        assert (rent["code"], rent["parameters"].items() >= parameters.items()) == ("charge", True), rent


class TestParts:
    @pytest.fixture(autouse=True)
    def _small_parts(self, monkeypatch: pytest.MonkeyPatch) -> None:
        choose(monkeypatch, households_per_shard=2)

    async def test_parts_in_any_order_and_twice_make_the_same_run(self, desk: Desk) -> None:
        ids = [await desk.household() for _ in range(5)]
        run_id = await desk.propose()
        assert (await desk.run(run_id))["run"]["state"] == "proposing"
        assert "still being computed" in (await desk.do(f"/runs/{run_id}/approvals")).text
        shards = await desk.shards()
        assert len(shards) == 4
        assert await deliver(desk.service, SUBSCRIPTIONS, [*reversed(shards), *shards]) == 0
        assert await deliver(desk.service, SUBSCRIPTIONS, shards) == 0
        for step in ("approvals", "seals"):
            await desk.do(f"/runs/{run_id}/{step}")
        assert (await desk.do(f"/runs/{run_id}/releases")).json()["state"] == "releasing"
        assert await deliver(desk.service, SUBSCRIPTIONS, (await desk.shards())[4:] * 2) == 0
        view = await desk.run(run_id)
        assert (view["run"]["state"], view["parts_done"]) == ("released", {"propose": 4, "release": 4})
        assert sorted(event.household_id for event in await desk.list_events(FixedChargesDeducted)) == sorted(ids)
        assert await desk.rows("SELECT count(*), sum(amount_cents) FROM ledger_line") == [(20, 0)]

    async def test_what_waits_is_counted_whichever_process_is_asked(self, desk: Desk) -> None:
        for _ in range(3):
            await desk.household(rent_cents=500_000)
        run_id = await desk.propose()
        (first, *_) = shards = await desk.shards()
        await deliver(desk.service, SUBSCRIPTIONS, [first])
        parts = [f'meedoen_run_parts{{state="{state}",step="propose"}}' for state in ("waiting", "done")]
        computing = await desk.metrics()
        assert [computing[name] for name in (*parts, 'meedoen_runs_open{state="proposing"}')] == [2, 1, 1]
        await deliver(desk.service, SUBSCRIPTIONS, shards)
        proposed = await desk.metrics()
        assert [proposed[name] for name in (*parts, 'meedoen_runs_open{state="proposed"}')] == [0, 0, 1]
        for step in ("approvals", "seals", "releases"):
            await desk.do(f"/runs/{run_id}/{step}")
        assert (await desk.metrics())["meedoen_runs_without_file"] == 0, "it is not released yet"
        await deliver(desk.service, SUBSCRIPTIONS, (await desk.shards())[3:])
        released = await desk.metrics()
        assert sum(value for name, value in released.items() if name.startswith("meedoen_runs_open")) == 0
        assert (released["meedoen_runs_without_file"], released['meedoen_tasks_open{kind="shortfall"}']) == (1, 3)

    @pytest.mark.parametrize("index", range(5))
    async def test_a_month_changed_after_the_seal_is_not_paid_whichever_part_it_is_in(
        self, desk: Desk, postgres: str, index: int
    ) -> None:
        home = sorted([await desk.household() for _ in range(5)])[index]
        run_id = await desk.propose()
        await deliver(desk.service, SUBSCRIPTIONS, await desk.shards())
        for step in ("approvals", "seals"):
            await desk.do(f"/runs/{run_id}/{step}")
        await self.pay("someone", "person", home, desk, postgres)
        refused = await desk.do(f"/runs/{run_id}/releases")
        assert (refused.status_code, refused.headers["content-type"]) == (409, "application/problem+json")
        assert (await desk.run(run_id))["run"]["state"] == "sealed"
        await self.pay("person", "someone", home, desk, postgres)
        assert (await desk.do(f"/runs/{run_id}/releases")).json()["state"] == "releasing"

    async def pay(self, payee: str, instead_of: str, household_id: UUID, desk: Desk, admin_url: str) -> None:
        """Change to whom a month pays, past the triggers that keep it, as only the owner of the server can."""
        owner = await asyncpg.connect(f"{admin_url.rpartition('/')[0]}/{desk.service.database.url.rpartition('/')[2]}")
        try:
            await owner.execute("SET session_replication_role = replica")
            change = "UPDATE statement SET content = replace(content, $2, $3) WHERE household_id = $1"
            await owner.execute(change, household_id, instead_of, payee)
        finally:
            await owner.close()

    async def test_the_seal_is_over_every_month_however_many_parts_there_are(self, desk: Desk) -> None:
        for _ in range(5):
            await desk.household()
        run_id = UUID(await desk.propose())
        await deliver(desk.service, SUBSCRIPTIONS, await desk.shards())
        async with desk.service.database.transaction("gm0637") as tx:
            run = await runs.get_run(run_id, tx)
            parts = await list_parts(tx, run_id, RunStep.PROPOSE)
            of_one_part = await months.hash_content(tx, run, [Part(run_id, RunStep.PROPOSE, 0, None, None)])
            assert (len(parts), await months.hash_content(tx, run, parts)) == (4, of_one_part)

    async def test_a_part_of_a_withdrawn_run_does_nothing(self, desk: Desk) -> None:
        for _ in range(3):
            await desk.household()
        run_id = await desk.propose()
        await desk.do(f"/runs/{run_id}/withdrawals")
        assert await deliver(desk.service, SUBSCRIPTIONS, await desk.shards()) == 0
        assert await desk.rows("SELECT count(*) FROM statement") == [(0,)]

    async def test_a_run_is_not_closed_when_the_ledger_says_something_else(self, desk: Desk) -> None:
        for _ in range(3):
            await desk.household()
        run_id = await desk.propose()
        await deliver(desk.service, SUBSCRIPTIONS, await desk.shards())
        for step in ("approvals", "seals", "releases"):
            await desk.do(f"/runs/{run_id}/{step}")
        async with desk.service.database.transaction("gm0637") as tx:
            await (await tx.driver()).execute(
                "INSERT INTO run_total (municipality, run_id, account, amount_cents) VALUES ('gm0637', $1, 60, 1)",
                UUID(run_id),
            )
        assert await deliver(desk.service, SUBSCRIPTIONS, (await desk.shards())[3:]) == 1, "the last part is held"
        assert (await desk.run(run_id))["run"]["state"] == "releasing"
