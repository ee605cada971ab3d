"""What the database proposes, books and publishes of recurring months is, to the byte, what the rules make of them."""

import asyncio
import json
import random
import re
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any
from uuid import RFC_4122, UUID, uuid4

import asyncpg
import msgspec
import pytest

from services.ontzorgen.household.handlers.situations import lock_files
from services.ontzorgen.household.rules.file import MonthsInput
from services.ontzorgen.household.rules.household import Household
from services.ontzorgen.household.tables.households import HouseholdRow
from services.ontzorgen.ledger.rules import build_bookings
from services.ontzorgen.policies.handlers import load_law, policy_in_force
from services.ontzorgen.policies.rules.relief import GrantKind
from services.ontzorgen.run.handlers.booking import release_part
from services.ontzorgen.run.handlers.months import propose_part
from services.ontzorgen.run.repository import months, runs
from services.ontzorgen.run.rules.month import HouseholdMonth, events_for, without_mandate_cents
from services.ontzorgen.run.rules.run import Part, Run, RunState
from services.ontzorgen.statement.rules.month_rules import MonthRules
from services.ontzorgen.statement.rules.situation import (
    Adult,
    AllowanceKind,
    AllowanceTerms,
    ChargeTerms,
    Composition,
    GrantTerms,
    PayOut,
    Situation,
)
from services.ontzorgen.statement.rules.statement import compute_statement
from shared.database import rows
from shared.database.transactions import Transaction
from shared.events import FixedChargesDeducted
from shared.events.codes import AgeBand, ChargeKind, HouseholdType, RunStep
from shared.events.envelope import WrittenEvent, read_event, write_event
from shared.identity import Role, new_id
from shared.observability.tracing import span_from
from shared.testing import eventually
from shared.testing.running_service import RunningService

RUNBOOK = Path(__file__).parents[4] / "docs" / "operations.md"
HERE, JULY, AUGUST = "gm0637", date(2026, 7, 1), date(2026, 8, 1)
SATURDAY_AFTER_PAY_DAY = date(2026, 8, 8)
TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
HOUSEHOLDS = 240
RIGHTS_END = (None, date(2026, 7, 31), date(2026, 7, 30))
SHORT, BARE, HALF_A_CENT = "short", "bare", "half a cent"
LINES = """
SELECT e.kind, e.line_count, e.booked_on, e.run_id, e.month,
    array_agg((l.line_no, l.account, l.amount_cents) ORDER BY l.line_no) AS lines
FROM ledger_entry e JOIN ledger_line l ON l.municipality = e.municipality AND l.entry_id = e.id
WHERE e.household_id = $1 AND e.month = $2 GROUP BY e.id, 1, 2, 3, 4, 5 ORDER BY e.kind
"""
RECURRING = "SELECT count(*) FROM statement WHERE run_id = $1 AND bill_id IS NOT NULL"
WRONG_CHARGES = """
INSERT INTO steady_bill (municipality, household_id, id, accounts, cents, charges, more, told)
SELECT municipality, $1, id, {accounts}, {cents}, {charges}, {more}, {told} FROM steady_bill
WHERE cardinality(cents) > 1 LIMIT 1
"""
SAME = {column: column for column in ("accounts", "cents", "charges", "more", "told")}
WRONG = ({"accounts": "accounts[2:] || accounts[1]"}, {"cents": "cents[2:] || cents[1]"})
WRONG += tuple({column: f"{column} || ' '"} for column in ("charges", "more", "told"))
ALLOWANCE = (
    "INSERT INTO allowance (municipality, id, household_id, kind, amount_cents, is_routed) "
    "VALUES ($1, $2, $3, 'rent_allowance', 20000, true)"
)
SAVE = "INSERT INTO household_situation (municipality, household_id, document) VALUES ($1, $2, $3)"
encode = msgspec.json.Encoder().encode


@pytest.fixture
async def service(client_for: Callable[..., Awaitable[RunningService]]) -> RunningService:
    return await client_for("ontzorgen", Role.BUDGET_MANAGER)


def make_charges(chance: random.Random) -> list[ChargeTerms]:
    """Any number of charges, of kinds that the municipality withholds and of others, some ended or yet to begin."""
    terms = []
    for _ in range(chance.choice((0, 1, 4, 4, 4, 5, 12, 40, 41))):
        kind, creditor = chance.choice(list(ChargeKind)), chance.choice(("woonstad", '100%s "', "a [b]"))
        from_day, until_day = date(2026, 1, 1), None
        if chance.random() < 0.1:
            from_day, until_day = chance.choice(
                ((from_day, date(2026, 7, 31)), (from_day, date(2026, 8, 10)), (date(2026, 8, 1), None))
            )
        terms.append(
            ChargeTerms(f"{creditor}/{kind}/{uuid4()}", kind, creditor, chance.randint(1, 1_900), from_day, until_day)
        )
    return terms


def life(chance: random.Random) -> MonthsInput:
    """A household whose months recur, or do not in one of the ways in which they may not."""
    kind = chance.choice(tuple(HouseholdType))
    adults = (Adult(age=chance.choice((30,) * 9 + (20, 66, 70))), Adult(born_on=date(1990, 2, 28)))
    home = Composition(
        date(2026, 1, 1),
        kind,
        adults if kind is HouseholdType.COUPLE else adults[: chance.choice((1, 1))],
        cost_sharers=chance.choice((0, 0, 0, 0, 1, 4, 5)),
        pay_out=chance.choice(tuple(PayOut)),
    )
    situation = Situation(date(2026, 1, 1), (home,), charges=tuple(make_charges(chance)), last_day=date(2026, 12, 31))
    changes: list[Mapping[str, Any]] = [
        {"allowances": (AllowanceTerms(AllowanceKind.RENT, 9_900, is_routed=True),)},
        {"grants": (GrantTerms(GrantKind.OTHER, 5_000, "2026-07"),)},
        {"payment_dates": (date(2026, 7, 9), date(2026, 7, 23))},
        {"prepay": True},
        {"right_from": date(2026, 7, 11)},
    ]
    if chance.random() < 0.15:
        situation = replace(situation, **chance.choice(changes))
    without_mandate = tuple(make_charges(chance)[:1]) if chance.random() < 0.05 else ()
    return MonthsInput(situation, without_mandate, bool(situation.charges))


def with_rest(file: MonthsInput, rules: MonthRules, what: str) -> MonthsInput:
    """The same with a last rent that leaves nothing, one cent, or asks for more than there is."""
    month = compute_statement(file.situation, rules, rules.month)
    cents = month.remainder_cents + {SHORT: 77, BARE: 0, HALF_A_CENT: -1}[what]
    if cents <= 0:
        return file
    last = ChargeTerms(f"corporatie/rent/{uuid4()}", ChargeKind.RENT, "corporatie", cents, date(2026, 1, 1))
    return replace(file, situation=replace(file.situation, charges=(*file.situation.charges, last)), has_charges=True)


def household(household_id: UUID, right_until: date | None) -> Household:
    home = (HouseholdType.SINGLE, AgeBand.FROM_21)
    period = (date(2026, 1, 1), date(2026, 12, 31), date(2026, 1, 1))
    return Household(household_id, uuid4(), *home, False, *period, right_until, "2026-07", 2, None)


async def add_households(tx: Transaction, files: Iterable[MonthsInput]) -> dict[UUID, tuple[MonthsInput, UUID]]:
    """Households with these files, each with its person; the right of some is over by the time it is released.

    They are put in past the handlers: no version is on record, so the situation is not to be derived from any.
    """
    homes, driver = {}, await tx.driver()
    for index, file in enumerate(files):
        home = household(new_id(), RIGHTS_END[index % 3])
        homes[home.id] = file, home.person_id
        await rows.add(tx, HouseholdRow, **rows.to_values(home))
        await driver.execute(SAVE, HERE, home.id, encode(file))
    return homes


def run_of(day: date) -> tuple[Run, Part]:
    run = Run(uuid4(), f"{day:%Y-%m}", 1, RunState.PROPOSING, "anna", day, 1)
    return run, Part(run.id, RunStep.RELEASE, 1, None, None)


def compute(household_id: UUID, file: MonthsInput, rules: MonthRules) -> HouseholdMonth:
    month, missing_cents = compute_statement(file.situation, rules, rules.month), without_mandate_cents(file, rules)
    return HouseholdMonth(household_id, month, 0, missing_cents, file.has_charges)


def month_of_event(payload: bytes) -> str:
    return str(json.loads(payload)["data"]["month"])


def query_of_charges_with_a_wrong_id() -> str:
    """The runbook's query."""
    section = RUNBOOK.read_text("utf-8").partition("### Sealed content that differs")[2].partition("\n### ")[0]
    return "\n".join(re.findall(r"^    (.+)$", section, re.MULTILINE))


def write_again(row: asyncpg.Record, event: FixedChargesDeducted) -> WrittenEvent:
    """The same event as the envelope writes it under the same id and at the same moment."""
    envelope = read_event(row["payload"])
    assert envelope.time is not None
    moment = datetime.fromisoformat(envelope.time)
    return write_event(event, municipality=HERE, event_id=UUID(envelope.id), logged_at=moment, traceparent=row["trace"])


async def propose(tx: Transaction, day: date) -> tuple[Run, Part, MonthRules]:
    """A run of the month that begins on a day, proposed as one part."""
    run, part = run_of(day)
    policy = policy_in_force(HERE, day)
    await runs.add_run(tx, run)
    await tx.flush()
    assert await propose_part(run, part, policy, tx) == HOUSEHOLDS
    return run, part, MonthRules.resolve(load_law(), policy, run.month)


async def release(tx: Transaction, run: Run, part: Part, computed: Mapping[UUID, HouseholdMonth]) -> None:
    """Book and publish a proposed run, and look at every line of the ledger."""
    driver = await tx.driver()
    with span_from(TRACE, "release"):
        count, cents = await release_part(run, part, tx)
    assert count == len(computed)
    booked: Counter[int] = Counter()
    for month in computed.values():
        entries = build_bookings(month.statement, month.loans_cents)
        assert [tuple(row) for row in await driver.fetch(LINES, month.household_id, run.month)] == [
            (
                entry.kind,
                len(entry.lines),
                run.released_on or run.proposed_on,
                run.id,
                run.month,
                list(number_lines(entry.lines)),
            )
            for entry in entries
        ]
        for account, amount in (line for entry in entries for line in entry.lines):
            booked[account] += amount
    assert Counter(cents) == booked


def number_lines(lines: Iterable[tuple[int, int]]) -> Iterable[tuple[int, int, int]]:
    return ((number, account, cents) for number, (account, cents) in enumerate(lines, 1))


async def find_months(tx: Transaction, run: Run, ids: Iterable[UUID]) -> dict[UUID, HouseholdMonth]:
    computed = {household_id: await months.find_month(tx, household_id, run.month) for household_id in ids}
    return {household_id: month for household_id, month in computed.items() if month is not None}


async def test_what_the_database_proposes_books_and_publishes_is_what_the_rules_make_of_it(
    service: RunningService,
) -> None:
    chance = random.Random(20_260_701)
    july = MonthRules.resolve(load_law(), policy_in_force(HERE, JULY), "2026-07")
    files = [life(chance) for _ in range(HOUSEHOLDS)]
    files = [
        with_rest(file, july, chance.choice((SHORT, BARE, HALF_A_CENT))) if index % 5 == 0 else file
        for index, file in enumerate(files)
    ]
    released: list[HouseholdMonth] = []
    async with service.database.transaction(HERE) as tx:
        driver, homes = await tx.driver(), await add_households(tx, files)
        run_of_month: dict[str, tuple[UUID, date]] = {}
        for day, released_on in ((JULY, JULY), (AUGUST, SATURDAY_AFTER_PAY_DAY)):
            run, part, rules = await propose(tx, day)
            run = replace(run, released_on=released_on)
            run_of_month[run.month] = run.id, released_on
            computed = {household_id: compute(household_id, file, rules) for household_id, (file, _) in homes.items()}
            assert await find_months(tx, run, homes) == computed
            assert 0.3 * HOUSEHOLDS < await driver.fetchval(RECURRING, run.id) < 0.9 * HOUSEHOLDS
            await release(tx, run, part, computed)
            released += computed.values()
        look = query_of_charges_with_a_wrong_id()
        assert await driver.fetch(look) == []
        for column in WRONG:
            await driver.execute(WRONG_CHARGES.format(**{**SAME, **column}), new_id())
        assert len(await driver.fetch(look)) == len(WRONG)
        outbox = await driver.fetch(
            "SELECT event_id, topic, key, trace, payload FROM messaging.outbox ORDER BY position"
        )
    events = [
        event
        for month in released
        for event in events_for(month, homes[month.household_id][1], *run_of_month[month.statement.month])
    ]
    ids = {row["event_id"] for row in outbox}
    assert (len(ids), {(event_id.version, event_id.variant) for event_id in ids}) == (len(outbox), {(7, RFC_4122)})
    deducted = [row for row in outbox if b"fixed-charges-deducted" in row["payload"]]
    by_month = {(row["key"], month_of_event(row["payload"])): row for row in deducted}
    assert len(events) == len(outbox)
    paid_on: set[date] = set()
    for event in events:
        if isinstance(event, FixedChargesDeducted):
            row = by_month.pop((event.key, event.month))
            assert WrittenEvent(**row) == write_again(row, event)
            paid_on |= {payment.on for payment in event.payments or ()}
    assert not by_month
    own_days = {date(2026, 7, day) for day in (9, 13, 23)}
    assert paid_on - own_days == {date(2026, 7, 6), date(2026, 8, 10)}, "5 July is a Sunday, and August's run is late"


def recurring_file() -> MonthsInput:
    """Someone alone who pays rent and nothing else."""
    rent = ChargeTerms(f"woonstad/rent/{uuid4()}", ChargeKind.RENT, "woonstad", 50_000, date(2026, 1, 1))
    home = Composition(date(2026, 1, 1), HouseholdType.SINGLE, (Adult(age=30),))
    return MonthsInput(Situation(date(2026, 1, 1), (home,), charges=(rent,), last_day=date(2026, 12, 31)), (), True)


async def test_months_saved_under_other_terms_are_computed_anew(service: RunningService) -> None:
    """After a change of policy, and before the first month and after the last one that charges were saved for."""
    cheaper = recurring_file()
    (rent,) = cheaper.situation.charges
    dearer = replace(cheaper, situation=replace(cheaper.situation, charges=(replace(rent, amount_cents=60_000),)))
    changes = ("terms = 'others'", "first_month = '2026-08'", "last_month = '2026-06'", "norm_key = 'single/9'")
    async with service.database.transaction(HERE) as tx:
        driver = await tx.driver()
        homes = list(await add_households(tx, [cheaper] * len(changes)))
        run, part = run_of(JULY)
        await runs.add_run(tx, run)
        await tx.flush()
        await propose_part(run, part, policy_in_force(HERE, JULY), tx)
        await months.delete_months(tx, run)
        await driver.execute("UPDATE household_situation SET document = $1", encode(dearer))
        for household_id, change in zip(homes, changes, strict=True):
            update = f"UPDATE steady_household SET {change} WHERE household_id = $1"  # noqa: S608 - our own text
            await driver.execute(update, household_id)
        await propose_part(run, part, policy_in_force(HERE, JULY), tx)
        computed = await find_months(tx, run, homes)
        assert [computed[home].statement.charges_total_cents for home in homes] == [60_000] * len(homes)
        proposed = await driver.fetch(
            "SELECT household_id, bill_id FROM statement WHERE run_id = $1 ORDER BY 1", run.id
        )
        now = await driver.fetch("SELECT household_id, bill_id FROM steady_household ORDER BY 1")
        assert proposed == now, "what was computed anew is saved from now on"


async def test_a_file_that_changes_while_its_month_is_proposed_leaves_no_old_charges(service: RunningService) -> None:
    """The change has locked its household; the proposal waits for it, and saves what it then reads."""
    async with service.database.transaction(HERE) as tx:
        (household_id,) = await add_households(tx, [recurring_file()])
    run, part = run_of(JULY)
    async with service.database.transaction(HERE) as tx:
        await runs.add_run(tx, run)

    async def proposing() -> None:
        async with service.database.transaction(HERE) as other:
            await propose_part(run, part, policy_in_force(HERE, JULY), other)

    async def is_waiting_or_done() -> bool:
        query = "SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
        async with service.database.transaction(HERE) as look:
            return started.done() or bool(await (await look.driver()).fetch(query))

    async with service.database.transaction(HERE) as changing:
        await lock_files([household_id], changing)
        await (await changing.driver()).execute(ALLOWANCE, HERE, new_id(), household_id)
        started = asyncio.create_task(proposing())
        await eventually(is_waiting_or_done, 30)
    await started
    async with service.database.transaction(HERE) as tx:
        assert await (await tx.driver()).fetch("SELECT FROM steady_household") == []
        ((_, month),) = (await find_months(tx, run, [household_id])).items()
        assert month.statement.routed_allowances_cents == 20_000


async def test_a_file_that_cannot_be_computed_holds_up_no_recurring_month(service: RunningService) -> None:
    file = recurring_file()
    nobody = replace(file, situation=replace(file.situation, compositions=()))
    async with service.database.transaction(HERE) as tx:
        homes = list(await add_households(tx, [file, nobody]))
        run, part = run_of(JULY)
        await runs.add_run(tx, run)
        await tx.flush()
        assert await propose_part(run, part, policy_in_force(HERE, JULY), tx) == 1
        tasks = await (await tx.driver()).fetch("SELECT household_id, kind FROM task")
        assert [tuple(row) for row in tasks] == [(homes[1], "month_refused")]
