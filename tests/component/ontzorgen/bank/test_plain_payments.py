"""Plain payments on a statement: matched by the database itself just as by the rules, along indexes alone."""

import asyncio
import io
import random
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from services.ontzorgen.bank.handlers import bank_statements, messages
from services.ontzorgen.bank.handlers.bank_statements import take_statement
from services.ontzorgen.bank.handlers.messages import BankFile
from shared.testing.bank_files import BookedEntry, build_statement, build_status_report
from shared.testing.databases import TestDatabases

Desk = Any
Homes = Callable[..., Any]
RECORDED = (
    """
    SELECT entry_no, part_no, outcome, booked_on, amount_cents, instruction_id, reference, return_code
    FROM bank_entry e JOIN bank_statement s USING (municipality, statement_no) WHERE s.id = 'S2' ORDER BY 1, 2
    """,
    "SELECT kind, household_id, month, amount_cents FROM task ORDER BY 1, 2, 3, 4",
    "SELECT instruction_id, reason_code, refused_on FROM payment_refusal ORDER BY 1",
)


async def send_payments(desk: Desk, homes: list[Any]) -> list[tuple[UUID, int, str, str, str]]:
    """Payments that left: id, cents, reference, batch and file."""
    await desk.add_account()
    assert (await desk.export(await desk.release_month(homes))).status_code == 201
    query = """
    SELECT i.id, i.amount_cents, i.remittance, e.batch_id, e.file_id FROM payment_instruction i
    JOIN payment_file_entry e ON e.instruction_id = i.id ORDER BY i.household_id
    """
    payments: list[tuple[UUID, int, str, str, str]] = await desk.fetch(query)
    return payments


async def try_statement(desk: Desk, text: str) -> list[Any]:
    """What would come of a statement: counts, rows and facts. Nothing of it stays."""
    content = text.encode()
    async with desk.service.database.transaction(desk.municipality) as tx:
        before, undone = tx.mark(), await tx.savepoint()
        counts = await take_statement(BankFile(io.BytesIO(content), "hash", "someone"), tx)
        driver = await tx.driver()
        records = [[tuple(row) for row in await driver.fetch(query)] for query in RECORDED]
        topics = [fact.topic for fact in tx.facts]
        await undone.rollback()
        tx.discard_since(before)
    return [counts, records, topics]


def draw_entry(chance: random.Random, number: int, paid: list[tuple[UUID, int, str, str, str]]) -> BookedEntry:
    """An entry about one of these payments, or about two, in one of the ways in which banks tell it."""
    (payment_id, cents, reference, batch_id, _), (other_id, other_cents, *_) = chance.sample(paid, 2)
    name = f"R{chance.choice((number, number, number, 1))}"
    ways = [
        *[BookedEntry(-cents, name, [(payment_id.hex, cents, "")])] * 6,
        BookedEntry(-cents, name, [(payment_id.hex.upper(), cents, "")]),
        BookedEntry(-cents + 1, name, [(payment_id.hex, cents - 1, "")]),
        BookedEntry(-cents, name, [(payment_id.hex, cents, "")], return_code="AC04"),
        BookedEntry(cents, name, [(payment_id.hex, cents, "")], return_code="AC04"),
        BookedEntry(cents - 1, name, [(payment_id.hex, cents - 1, "")]),
        BookedEntry(-cents, name, [("", cents, reference)]),
        BookedEntry(-cents - other_cents, name, [(payment_id.hex, cents, ""), (other_id.hex, other_cents, "")]),
        BookedEntry(-cents, name, batch_id=batch_id),
        BookedEntry(-cents, name, [("f" * 32, cents, "")]),
        BookedEntry(-cents, "", [("van een ander", cents, "")]),
    ]
    return chance.choice(ways)


class ThreadForEach(ThreadPoolExecutor):
    """Every call comes in a thread of its own, as calls of a busy service sometimes do."""

    def submit(self, *call: Any, **options: Any) -> Future[Any]:
        with ThreadPoolExecutor(1) as thread:
            return thread.submit(*call, **options)


class TestPlain:
    @pytest.mark.parametrize("seed", range(12))
    async def test_the_database_says_of_every_entry_what_the_rules_say(
        self, desk: Desk, home: Homes, monkeypatch: pytest.MonkeyPatch, seed: int
    ) -> None:
        chance = random.Random(seed)
        paid = await send_payments(
            desk, [home(person_cents=0, rent_cents=chance.choice((100_00, 200_00))) for _ in range(14)]
        )
        refused = build_status_report(paid[0][4], payments=[(paid[0][0].hex, "RJCT", "AC04")])
        assert (await desk.send("/status-reports", refused)).status_code == 201
        before = [draw_entry(chance, number, paid) for number in range(1, 4)]
        assert (await desk.send("/bank-statements", build_statement(before))).status_code == 201
        text = build_statement([draw_entry(chance, number, paid) for number in range(4, 24)], "S2")
        by_both = await try_statement(desk, text)
        monkeypatch.setattr(bank_statements, "select_plain", lambda _: [])
        assert await try_statement(desk, text) == by_both

    async def test_many_payments_are_looked_up_along_indexes_though_the_table_was_empty(
        self, desk: Desk, home: Homes, databases: TestDatabases
    ) -> None:
        paid = await send_payments(desk, [home(person_cents=0) for _ in range(60)])
        name = desk.service.database.url.rpartition("/")[2]
        owner = await asyncpg.connect(f"{databases.admin_url.rpartition('/')[0]}/{name}")
        try:  # so that the planner holds it for certain that there is nothing to read
            await owner.execute("VACUUM ANALYZE bank_entry, payment_refusal")
        finally:
            await owner.close()
        entries = [
            BookedEntry(-cents, f"R{n}", [(payment_id.hex, cents, "")])
            for n, (payment_id, cents, *_) in enumerate(paid)
        ]
        content = build_statement(entries).encode()
        async with desk.service.database.transaction(desk.municipality) as tx:
            counts = await take_statement(BankFile(io.BytesIO(content), "hash", "someone"), tx)
            query = "SELECT seq_scan FROM pg_stat_xact_user_tables WHERE relname = 'bank_entry'"
            scans = await (await tx.driver()).fetchval(query)
        assert (counts["match"], scans) == (60, 0)

    async def test_what_is_plain_never_reaches_the_rules(
        self, desk: Desk, home: Homes, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        paid = await send_payments(desk, [home(person_cents=0) for _ in range(3)])

        def fails(*_: object) -> None:
            raise AssertionError("a plain payment is not the rules' work")

        monkeypatch.setattr(bank_statements, "match_entries", fails)
        entries = [
            BookedEntry(-cents, f"R{n}", [(payment_id.hex, cents, "")])
            for n, (payment_id, cents, *_) in enumerate(paid)
        ]
        answer = await desk.send("/bank-statements", build_statement(entries))
        assert (answer.status_code, answer.json()["counts"]["match"]) == (201, 3)

    async def test_a_file_that_comes_in_many_pieces_is_read_by_one_thread_however_busy_the_service_is(
        self, desk: Desk, home: Homes, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        paid = await send_payments(desk, [home(person_cents=0) for _ in range(3)])
        asyncio.get_running_loop().set_default_executor(ThreadForEach())
        monkeypatch.setattr(bank_statements, "ENTRIES_AT_ONCE", 1)
        monkeypatch.setattr(messages, "PIECE_BYTES", 500)
        entries = [
            BookedEntry(-cents, f"R{n}", [(payment_id.hex, cents, "")])
            for n, (payment_id, cents, *_) in enumerate(paid)
        ]
        counts, *_ = await try_statement(desk, build_statement(entries))
        assert counts["match"] == 3
