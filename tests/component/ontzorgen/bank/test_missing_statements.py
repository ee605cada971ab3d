"""What the bank does not say: statements and pages that are missing, and payments that no statement shows."""

from collections.abc import Callable
from datetime import date
from typing import Any
from uuid import uuid4

import pytest
from bank_shapes import Booking, Part, Sheet, build_file

from services.ontzorgen import metrics
from services.ontzorgen.app import on_day_started
from services.ontzorgen.policies.rules.relief import ReliefPolicy
from services.ontzorgen.tasks.handlers import count_tasks
from services.ontzorgen.tasks.rules import TaskKind
from shared.events import DayStarted
from shared.messaging import Received
from shared.testing.bank_files import build_status_report

Desk = Any
Homes = Callable[..., Any]


async def take(desk: Desk, *sheets: Sheet) -> Any:
    answer = await desk.send("/bank-statements", build_file(*sheets))
    assert answer.status_code == 201, answer.text
    return answer.json()["counts"]


async def start_day(desk: Desk, day: str) -> None:
    async with desk.service.database.transaction(desk.municipality) as tx:
        event = DayStarted(municipality=desk.municipality, date=date.fromisoformat(day))
        await on_day_started(Received(event, uuid4(), desk.municipality, None), tx)


async def list_open(desk: Desk, *kinds: str) -> list[tuple[str, int]]:
    query = "SELECT kind, amount_cents FROM task WHERE done_on IS NULL AND kind = ANY($1) ORDER BY 1, 2"
    return await desk.fetch(query, list(kinds or ("statement_missing", "payment_unbooked", "bank_entry_unclear")))


async def read_gauge(desk: Desk, kind: TaskKind) -> int:
    async with desk.service.database.transaction(desk.municipality) as tx:
        return (await count_tasks(tx))[metrics.TASKS_OPEN].get((kind.value,), 0)


def sheet(day: int, opening: int, cents: int, **more: Any) -> Sheet:
    on = f"2026-07-{day:02}"
    bookings = [Booking(cents, f"R{day}", on=on)] if cents else []
    return Sheet(f"S{day}", bookings, opening, opened_on=on, closed_on=on, **more)


class TestStatements:
    async def test_a_missing_statement_is_a_task_that_completes_once_it_is_in(self, desk: Desk) -> None:
        await desk.add_account()
        await take(desk, sheet(1, 10_000, -100))
        await take(desk, sheet(3, 9_700, -50))
        assert await list_open(desk) == [("statement_missing", 200)]
        assert await read_gauge(desk, TaskKind.STATEMENT_MISSING) == 1
        (task,) = (await desk.service.get("/tasks")).json()["items"]
        assert ("2026-07-03" in task["sentence"], task["household_id"]) == (True, None)
        await take(desk, sheet(4, 9_650, -50))
        await start_day(desk, "2026-07-05")
        assert await list_open(desk) == [("statement_missing", 200)], "one task, however often it is looked at"
        await take(desk, sheet(2, 9_900, -200))
        assert await list_open(desk) == []
        assert await read_gauge(desk, TaskKind.STATEMENT_MISSING) == 0

    async def test_a_number_that_was_left_out_is_a_task_though_the_balances_follow(self, desk: Desk) -> None:
        await desk.add_account()
        await take(desk, sheet(1, 10_000, -100, number=7), sheet(2, 9_900, -100, number=8))
        await take(desk, sheet(3, 9_800, -100, number=10))
        assert await list_open(desk) == [("statement_missing", 0)]
        await take(desk, Sheet("S9", [], 9_800, opened_on="2026-07-03", closed_on="2026-07-03", number=9))
        assert await list_open(desk) == []


def page(number: int, *cents: int, is_last: bool = False, **more: Any) -> Sheet:
    bookings = [Booking(moved, f"P{number}-{index}") for index, moved in enumerate(cents)]
    return Sheet("S1", bookings, page=(number, is_last), **more)


# The ways in which banks write balances on pages.
ALL_PAGES = (
    page(1, -100, -200, opening_cents=10_000, closing_cents=9_300),
    page(2, -300, opening_cents=10_000, closing_cents=9_300),
    page(3, -100, is_last=True, opening_cents=10_000, closing_cents=9_300),
)
ENDS_ONLY = (
    page(1, -100, -200, opening_cents=10_000, has_closing=False),
    page(2, -300, opening_cents=None, has_closing=False),
    page(3, -100, is_last=True, opening_cents=None, closing_cents=9_300),
)
BETWEEN = (
    page(1, -100, -200, opening_cents=10_000, kinds=("OPBD", "ITBD")),
    page(2, -300, opening_cents=9_700, kinds=("ITBD", "ITBD")),
    page(3, -100, is_last=True, opening_cents=9_400, kinds=("ITBD", "CLBD")),
)


@pytest.mark.parametrize("pages", [ALL_PAGES, ENDS_ONLY, BETWEEN], ids=["all", "ends", "between"])
class TestPages:
    async def test_pages_are_read_together_and_repeated(self, desk: Desk, pages: tuple[Sheet, ...]) -> None:
        await desk.add_account()
        counts = await take(desk, *pages)
        assert (counts["entries"], counts["unknown"], counts["unknown_cents"]) == (4, 4, -700)
        again = await take(desk, *pages, Sheet("S2", [], 9_300))
        assert (again["entries"], again["repeated"]) == (4, 4)
        await start_day(desk, "2026-07-03")
        assert await list_open(desk) == []

    @pytest.mark.parametrize("order", [(0, 1, 2), (2, 0, 1)])
    async def test_pages_are_read_one_by_one_in_any_order_and_a_missing_one_is_a_task_the_next_day(
        self, desk: Desk, pages: tuple[Sheet, ...], order: tuple[int, ...]
    ) -> None:
        await desk.add_account()
        first, second, third = (pages[index] for index in order)
        assert (await take(desk, first))["repeated"] == 0
        assert (await take(desk, second))["repeated"] == 0
        assert await list_open(desk) == [], "they come one after the other"
        await start_day(desk, "2026-07-03")
        assert await list_open(desk) == [("statement_missing", 0)]
        assert (await take(desk, third))["repeated"] == 0
        assert await list_open(desk) == []
        assert await desk.fetch("SELECT count(*), sum(amount_cents)::int FROM bank_entry") == [(4, -700)]

    async def test_pages_that_do_not_add_up_are_refused_together_and_a_task_one_by_one(
        self, desk: Desk, pages: tuple[Sheet, ...]
    ) -> None:
        await desk.add_account()
        wrong = page(3, -101, is_last=True, opening_cents=pages[2].opening_cents, closing_cents=9_300)
        answer = await desk.send("/bank-statements", build_file(*pages[:2], wrong))
        assert (answer.status_code, "do not add up" in answer.text) == (400, True)
        assert await desk.fetch("SELECT count(*) FROM bank_statement") == [(0,)]
        for one in (*pages[:2], wrong):
            await take(desk, one)
        assert await list_open(desk) == [("bank_entry_unclear", 1)]


@pytest.fixture
async def sent(desk: Desk, home: Homes) -> list[tuple[Any, ...]]:
    """Two payments in one file, and one in another: each its id, cents, batch and file. They are of 1 July 2026."""
    await desk.add_account()
    homes = [home(person_cents=0, rent_cents=cents) for cents in (100_00, 200_00, 300_00)]
    assert (await desk.export(await desk.release_month(homes))).status_code == 201
    query = """
    SELECT i.id, i.amount_cents, e.batch_id, e.file_id, count(*) OVER (PARTITION BY e.file_id)
    FROM payment_instruction i JOIN payment_file_entry e ON e.instruction_id = i.id ORDER BY 5 DESC, 2
    """
    payments: list[tuple[Any, ...]] = await desk.fetch(query)
    return payments


def pay(payment: tuple[Any, ...]) -> Booking:
    return Booking(-payment[1], f"R{payment[1]}", [Part(payment[0].hex, -payment[1])])


class TestPayments:
    async def test_what_no_statement_shows_in_time_is_a_task_for_a_whole_batch_or_for_each_payment(
        self, desk: Desk, sent: list[tuple[Any, ...]]
    ) -> None:
        first, second, alone = sent
        await take(desk, Sheet("S1", [pay(first)]))
        await start_day(desk, "2026-07-06")
        assert await list_open(desk) == [], (
            "three business days after Wednesday are over on Tuesday: Monday is the third"
        )
        await start_day(desk, "2026-07-07")
        await start_day(desk, "2026-07-08")
        assert await list_open(desk) == sorted([("payment_unbooked", second[1]), ("payment_unbooked", alone[1])])
        assert await read_gauge(desk, TaskKind.PAYMENT_UNBOOKED) == 2
        tasks = (await desk.service.get("/tasks")).json()["items"]
        assert all(task["household_id"] and "end-to-end id" in task["sentence"] for task in tasks)
        await take(desk, Sheet("S2", [pay(second)]))
        assert await list_open(desk) == [("payment_unbooked", alone[1])]
        await desk.send("/status-reports", build_status_report(alone[3], file=("RJCT", "AM04")))
        assert await list_open(desk) == []

    async def test_a_file_of_which_nothing_is_shown_is_one_task_until_all_of_it_is(
        self, desk: Desk, sent: list[tuple[Any, ...]]
    ) -> None:
        first, second, alone = sent
        await take(desk, Sheet("S1", [pay(alone)]))
        await start_day(desk, "2026-07-07")
        assert await list_open(desk) == [("payment_unbooked", first[1] + second[1])]
        (task,) = (await desk.service.get("/tasks")).json()["items"]
        assert (task["household_id"], first[3] in task["sentence"]) == (None, True)
        await take(desk, Sheet("S2", [pay(first)]))
        assert len(await list_open(desk)) == 1
        await take(desk, Sheet("S3", [pay(second)]))
        assert await list_open(desk) == []

    async def test_the_policy_says_how_many_days_and_what_is_long_past_is_left_alone(
        self, desk: Desk, sent: list[tuple[Any, ...]], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        assert sent
        policy = ReliefPolicy(valid_from=date(2026, 1, 1), booked_within_business_days=5)
        monkeypatch.setattr("services.ontzorgen.bank.handlers.unbooked_payments.policy_in_force", lambda *_: policy)
        await start_day(desk, "2026-07-08")
        assert await list_open(desk) == []
        await start_day(desk, "2026-07-09")
        assert len(await list_open(desk)) == 2

    async def test_payments_of_long_ago_are_another_systems(self, desk: Desk, sent: list[tuple[Any, ...]]) -> None:
        assert sent
        await start_day(desk, "2026-09-01")
        assert await list_open(desk) == []
