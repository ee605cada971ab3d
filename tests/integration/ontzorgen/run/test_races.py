"""Two at once, one waiting amid the other: each step is taken once, and what was sealed is what is paid."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import date
from functools import partial
from typing import Any
from uuid import UUID, uuid4

import pytest
from core_rig import fetch_rows, fetch_value
from run_desk import EXPORTED_ON, PAYMENTS_PER_FILE_MAX, reports
from run_households import HERE, JULY, JUNE, MONTH, Home, homes, release
from run_world import Copies, proven

from services.ontzorgen.app import on_day_started, open_database
from services.ontzorgen.bank.handlers.instructions import replace_payment
from services.ontzorgen.bank.handlers.payment_files import export_payments
from services.ontzorgen.bank.handlers.status_reports import take_status_report
from services.ontzorgen.bank.rules.payment_files import PaymentFile
from services.ontzorgen.household.handlers import file, households
from services.ontzorgen.household.rules.charge_versions import ChangeOfCharge
from services.ontzorgen.household.rules.recorder import SYSTEM
from services.ontzorgen.household.rules.right import RightVersion
from services.ontzorgen.policies.handlers import policy_in_force
from services.ontzorgen.policies.rules.relief import Approval
from services.ontzorgen.run.handlers import runs
from shared.database.transactions import Database, Transaction
from shared.errors.refusals import ConflictError
from shared.events import DayStarted
from shared.events.codes import ChargeKind
from shared.messaging import DONE, Received
from shared.testing.eventually import eventually

Step = Callable[[Transaction], Awaitable[Any]]
AUGUST = date(2026, 8, 1)
_SENT = """
SELECT f.id, e.instruction_id FROM payment_file f JOIN payment_file_entry e ON e.file_id = f.id ORDER BY 1, 2
"""


class Races:
    """One database, and steps that meet in it."""

    def __init__(self, database: Database, admin_url: str) -> None:
        self.database = database
        self.admin_url = admin_url

    async def do(self, step: Step) -> Any:
        async with self.database.transaction(HERE) as tx:
            return await step(tx)

    async def at_once(self, first: Step, second: Step) -> tuple[Any, Any]:
        """The first has done its work when the second begins, and commits once that one waits for it or has ended."""
        async with self.database.transaction(HERE) as tx:
            answer = await first(tx)
            await tx.flush_all()
            other = asyncio.create_task(self.do(second))
            await eventually(partial(self._met, other), 10)
        return answer, (await asyncio.gather(other, return_exceptions=True))[0]

    async def _met(self, other: "asyncio.Task[Any]") -> bool:
        waiting = "SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
        return other.done() or bool(await fetch_rows(self.admin_url, waiting))

    async def propose(self) -> UUID:
        run_id: UUID = (await self.do(lambda tx: runs.propose_run(MONTH, JULY, "anna", tx))).id
        return run_id

    async def seal(self) -> UUID:
        run_id = await self.propose()
        await self.do(lambda tx: runs.approve_run(run_id, "bert", JULY, tx))
        await self.do(lambda tx: runs.seal_run(run_id, JULY, tx))
        return run_id


@pytest.fixture
async def races(copies_of_june: Copies) -> AsyncIterator[Races]:
    async with copies_of_june.copy() as (url, admin_url):
        database = open_database(url)
        yield Races(database, admin_url)
        await database.close()


def of_kind(kind: str) -> Home:
    return next(home for home in homes() if home.kind == kind)


class TestSteps:
    async def test_two_who_propose_at_once_make_one_run(self, races: Races) -> None:
        first, second = await races.at_once(
            lambda tx: runs.propose_run(MONTH, JULY, "anna", tx), lambda tx: runs.propose_run(MONTH, JULY, "bert", tx)
        )
        assert first.households == len(homes())
        assert isinstance(second, ConflictError)
        assert "Someone else proposes" in str(second) or "a run of 2026-07 already" in str(second)
        assert await fetch_value(races.admin_url, "SELECT count(*)::int FROM statement WHERE month = $1", MONTH) == len(
            homes()
        )

    async def test_a_day_that_starts_while_someone_proposes_is_done_and_leaves_the_month_to_them(
        self, races: Races
    ) -> None:
        day = Received(DayStarted(municipality=HERE, date=JULY), uuid4(), HERE)
        first, second = await races.at_once(
            lambda tx: runs.propose_run(MONTH, JULY, "anna", tx), lambda tx: on_day_started(day, tx)
        )
        assert second == DONE
        runs_of_july = await fetch_rows(races.admin_url, "SELECT id, proposer FROM run WHERE month = $1", MONTH)
        assert [(row["id"], row["proposer"]) for row in runs_of_july] == [(first.id, "anna")]

    async def test_someone_who_proposes_while_the_calendar_does_looks_at_its_run(self, races: Races) -> None:
        day = Received(DayStarted(municipality=HERE, date=JULY), uuid4(), HERE)
        first, second = await races.at_once(
            lambda tx: on_day_started(day, tx), lambda tx: runs.propose_run(MONTH, JULY, "anna", tx)
        )
        assert (first, type(second)) == (DONE, ConflictError)
        assert await fetch_value(races.admin_url, "SELECT count(*)::int FROM run WHERE month = $1", MONTH) == 1

    @pytest.mark.parametrize("second", ["bert", "cees"])
    async def test_two_approvals_at_once_count_twice_only_when_they_are_of_two_people(
        self, races: Races, monkeypatch: pytest.MonkeyPatch, second: str
    ) -> None:
        policy = {"approvals": (Approval(from_cents=0, eyes=2),)}
        monkeypatch.setattr(
            runs, "policy_in_force", lambda code, on: policy_in_force(code, on).model_copy(update=policy)
        )
        run_id = await races.propose()
        _, other = await races.at_once(
            lambda tx: runs.approve_run(run_id, "bert", JULY, tx), lambda tx: runs.approve_run(run_id, second, JULY, tx)
        )
        assert isinstance(other, ConflictError) == (second == "bert")
        state = await fetch_value(races.admin_url, "SELECT state FROM run WHERE id = $1", run_id)
        assert state == ("proposed" if second == "bert" else "approved")

    async def test_two_releases_at_once_book_once(self, races: Races) -> None:
        run_id = await races.seal()
        first, second = await races.at_once(
            lambda tx: runs.release_run(run_id, "anna", JULY, tx), lambda tx: runs.release_run(run_id, "anna", JULY, tx)
        )
        assert (first.state, type(second)) == ("released", ConflictError)
        booked = "SELECT count(*)::int FROM ledger_entry WHERE run_id = $1 AND kind = 1"
        assert await fetch_value(races.admin_url, booked, run_id) == len(homes())

    async def test_a_withdrawal_at_the_moment_of_the_seal_is_refused(self, races: Races) -> None:
        run_id = await races.propose()
        await races.do(lambda tx: runs.approve_run(run_id, "bert", JULY, tx))
        _, other = await races.at_once(
            lambda tx: runs.seal_run(run_id, JULY, tx), lambda tx: runs.withdraw_run(run_id, JULY, tx)
        )
        assert isinstance(other, ConflictError)


class TestAtTheBank:
    async def test_two_exports_at_once_make_the_same_files_once(self, races: Races) -> None:
        run = await release(races.database, MONTH, JULY)

        async def export(tx: Transaction) -> list[PaymentFile]:
            return await export_payments(run.id, EXPORTED_ON, PAYMENTS_PER_FILE_MAX, tx)

        first, second = await races.at_once(export, export)
        assert first == second
        assert len(first) > 1
        await proven(races.admin_url)

    async def test_a_refused_payment_that_two_replace_at_once_is_one_payment_and_is_booked_out_once(
        self, races: Races
    ) -> None:
        run = await release(races.database, MONTH, JULY)
        await races.do(lambda tx: export_payments(run.id, EXPORTED_ON, PAYMENTS_PER_FILE_MAX, tx))
        for report in reports(await fetch_rows(races.admin_url, _SENT)):
            await races.do(partial(take_status_report, report))
        refused = "SELECT instruction_id FROM payment_refusal WHERE reason_code = 'AM04' ORDER BY 1"
        one_id = await fetch_value(races.admin_url, refused)
        booked = "SELECT count(*)::int FROM ledger_entry WHERE kind = 3"
        before = await fetch_value(races.admin_url, booked)
        first, second = await races.at_once(
            lambda tx: replace_payment(one_id, EXPORTED_ON, "second", tx),
            lambda tx: replace_payment(one_id, EXPORTED_ON, "second", tx),
        )
        assert first == second
        assert await fetch_value(races.admin_url, booked) == before + 1

    async def test_two_who_send_the_same_report_at_once_have_it_taken_once(self, races: Races) -> None:
        run = await release(races.database, MONTH, JULY)
        await races.do(lambda tx: export_payments(run.id, EXPORTED_ON, PAYMENTS_PER_FILE_MAX, tx))
        report = reports(await fetch_rows(races.admin_url, _SENT))[0]
        first, second = await races.at_once(partial(take_status_report, report), partial(take_status_report, report))
        assert first == second
        assert first["refused"] > 0
        tasks = "SELECT count(*)::int FROM task WHERE kind = 'payment_refused'"
        assert await fetch_value(races.admin_url, tasks) == first["refused"]


class TestHouseholdsThatChange:
    @pytest.mark.parametrize("known_on", [date(2026, 6, 28), JULY, date(2026, 7, 9)])
    @pytest.mark.parametrize("when", ["proposed", "sealed"])
    async def test_what_changes_after_the_proposal_is_corrected_by_the_next_run_to_the_cent(
        self, races: Races, when: str, known_on: date
    ) -> None:
        """On whatever day it became known: also on the run day itself, and when it is entered later than that."""
        home = of_kind("single")
        run_id = await races.propose()
        change = ChangeOfCharge(home.of("in mid-run"), known_on, JULY, home.rent_cents + 3_000)

        async def changed(tx: Transaction) -> None:
            await households.change_charge(home.id, home.of(ChargeKind.RENT), change, tx, SYSTEM)

        if when == "proposed":
            await races.do(changed)
        await races.do(lambda tx: runs.approve_run(run_id, "bert", JULY, tx))
        await races.do(lambda tx: runs.seal_run(run_id, JULY, tx))
        if when == "sealed":
            await races.do(changed)
        await races.do(lambda tx: runs.release_run(run_id, "anna", JULY, tx))
        paid = "SELECT charges_total_cents, correction_cents FROM statement WHERE month = $1 AND household_id = $2"
        before = await fetch_rows(races.admin_url, paid, MONTH, home.id)
        await release(races.database, "2026-08", AUGUST)
        after = await fetch_rows(races.admin_url, paid, "2026-08", home.id)
        assert (before[0]["correction_cents"], after[0]["correction_cents"]) == (0, 3_000)
        assert after[0]["charges_total_cents"] == before[0]["charges_total_cents"] + 3_000

    async def test_a_right_that_ends_while_the_run_waits_leaves_what_was_sealed_and_a_task(self, races: Races) -> None:
        home = of_kind("single")
        run_id = await races.seal()
        ended = RightVersion(home.of("in mid-run"), JUNE, date(2026, 6, 30), date(2026, 7, 2))
        _, other = await races.at_once(
            lambda tx: file.change_rights(home.id, ended, tx, SYSTEM),
            lambda tx: runs.release_run(run_id, "anna", JULY, tx),
        )
        assert other.state == "released"
        tasks = "SELECT kind FROM task WHERE household_id = $1 AND month IN ('2026-06', '2026-07')"
        kinds = [row["kind"] for row in await fetch_rows(races.admin_url, tasks, home.id)]
        assert sorted(kinds) == [*["iban_unconfirmed"] * 3, "paid_without_right"], "nobody confirmed three accounts"
        august = await release(races.database, "2026-08", AUGUST)
        months = """
        SELECT status, norm_cents + remainder_cents + deducted_cents, holiday_paid_cents > 0
        FROM statement WHERE run_id = $1 AND household_id = $2
        """
        (month,) = await fetch_rows(races.admin_url, months, august.id, home.id)
        assert tuple(month) == ("no_right", 0, True), "nothing but what was set aside"
        reserve = "SELECT holiday_reserve_cents FROM household WHERE id = $1"
        assert await fetch_value(races.admin_url, reserve, home.id) == 0
