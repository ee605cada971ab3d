"""What the database books and tells of a month by itself is, to the byte, what rules and envelope make of it."""

import random
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import date, datetime
from uuid import RFC_4122, UUID, uuid4

import asyncpg
import msgspec
import pytest

from services.ontzorgen.domain.bill import ChargeMonth, Correction
from services.ontzorgen.domain.household import Household
from services.ontzorgen.domain.ledger import bookings
from services.ontzorgen.domain.month import KeptMonth, told_of
from services.ontzorgen.domain.payments import Payment
from services.ontzorgen.domain.run import Part, Run, RunState
from services.ontzorgen.domain.statement import Statement, StatementStatus
from services.ontzorgen.handlers.run_booking import release_part
from services.ontzorgen.repository import households, months, plain_months
from services.ontzorgen.repository import runs as repository
from shared.database import Transaction
from shared.events import FixedChargesDeducted
from shared.events.codes import AgeBand, ChargeKind, HouseholdType, RunStep, ShortfallSolution
from shared.events.envelope import WrittenEvent, read_event, write_event
from shared.identity import Role, new_id
from shared.testing.running import RunningService
from shared.tracing import span_from

MONTH, ON = "2026-07", date(2026, 7, 1)
RUN = Run(uuid4(), MONTH, 1, RunState.PROPOSING, "anna", ON, 1)
PART = Part(RUN.id, RunStep.RELEASE, 1, None, None)
TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
HOUSEHOLDS = 300
RIGHTS_END = (None, date(2026, 7, 31), date(2026, 7, 30))
ENDS_EARLY = 2
LINES = """
SELECT e.kind, e.line_count, e.booked_on, e.run_id, e.month,
    array_agg((l.line_no, l.account, l.amount_cents) ORDER BY l.line_no) AS lines
FROM ledger_entry e JOIN ledger_line l ON l.municipality = e.municipality AND l.entry_id = e.id
WHERE e.household_id = $1 GROUP BY e.id, 1, 2, 3, 4, 5 ORDER BY e.kind
"""


@pytest.fixture
async def service(client_for: Callable[..., Awaitable[RunningService]]) -> RunningService:
    return await client_for("ontzorgen", Role.BUDGET_MANAGER)


def plain(chance: random.Random) -> KeptMonth:
    """A month paid in full: any number of charges, of any month, with or without reserve, allowances, grants, rest."""
    norm, reserve = chance.randint(50_000, 200_000), chance.choice((0, 5_000))
    routed, grants = chance.choice((0, 12_345)), chance.choice((0, 0, 30_000))
    available = norm - reserve + routed + grants
    count = chance.choice((0, 1, 4, 4, 4, 12, 40))
    dues = [chance.randint(1, available // 41) for _ in range(count)]
    if dues and chance.random() < 0.2:
        dues[0] += available - sum(dues)
    months_of = [MONTH if chance.random() < 0.8 else "2026-08" for _ in dues]
    charges = tuple(
        ChargeMonth(f"a [{creditor}/{kind}/{uuid4()}", kind, f"a [{creditor}", month, due, due, 0)
        for creditor, kind, month, due in (
            (chance.choice(("woonstad", '100%s "')), chance.choice(list(ChargeKind)), month, due)
            for month, due in zip(months_of, dues, strict=True)
        )
    )
    rest = available - sum(dues)
    made = Statement(
        MONTH,
        StatementStatus.OK,
        norm_cents=norm,
        payable_cents=norm - reserve,
        holiday_reserve_cents=reserve,
        routed_allowances_cents=routed,
        grants_cents=grants,
        available_cents=available,
        charges=charges,
        charges_total_cents=sum(dues),
        remainder_cents=rest,
        payments=(Payment(ON, "person", rest),) if rest else (),
        left_to_person=chance.choice(((), (), (ChargeKind.TV,))),
    )
    return KeptMonth(new_id(), made, grants if chance.random() < 0.5 else grants // 3)


def other(chance: random.Random) -> KeptMonth:
    """A month that asks more than to be paid, in one of the ways in which a month can."""
    kept = plain(chance)
    made = kept.statement
    late = Correction("woonstad/rent/" + str(uuid4()), ChargeKind.RENT, "woonstad", "2026-06", 700, 700)
    short = ChargeMonth(late.key, late.kind, late.creditor, MONTH, 900, 0, 900)
    ways: list[KeptMonth] = [
        replace(kept, missing_cents=5),
        replace(kept, has_charges=False),
        replace(kept, statement=replace(made, task_for="case_manager")),
        replace(kept, statement=replace(made, norm_outdated=True)),
        replace(kept, statement=replace(made, corrections=(late, late._replace(cents=-700, paid_cents=-700)))),
        replace(
            kept,
            statement=replace(
                made,
                status=StatementStatus.SHORTFALL,
                charges=(*made.charges, short),
                charges_total_cents=made.charges_total_cents + 900,
                shortfall_cents=900,
                solutions=(ShortfallSolution.YOUTH_SUPPLEMENT,),
            ),
        ),
        replace(kept, statement=Statement(MONTH, StatementStatus.NO_RIGHT)),
    ]
    return chance.choice(ways)


def household(household_id: UUID, right_until: date | None) -> Household:
    home = (HouseholdType.SINGLE, AgeBand.FROM_21)
    period = (date(2026, 5, 1), date(2026, 10, 31), date(2026, 5, 1))
    return Household(household_id, uuid4(), *home, False, *period, right_until, MONTH, 2, None)


async def kept_in(tx: Transaction, made: list[KeptMonth]) -> dict[UUID, UUID]:
    """A run that holds these months; who each household's person is."""
    await repository.add_run(tx, RUN)
    people = {}
    for place, month in enumerate(made):
        one = household(month.household_id, RIGHTS_END[place % 3])
        people[one.id] = one.person_id
        await households.add_household(tx, one)
    await tx.flush()
    await (await tx.driver()).execute(months.ADD, *months.arguments(RUN, tx.municipality, made))
    return people


def again(told: asyncpg.Record, fact: FixedChargesDeducted) -> WrittenEvent:
    """The same fact as the envelope writes it under the same id and at the same moment."""
    seen = read_event(told["payload"])
    assert seen.time is not None
    moment = datetime.fromisoformat(seen.time)
    return write_event(fact, municipality="gm0637", event_id=UUID(seen.id), logged_at=moment, traceparent=told["trace"])


async def test_what_the_database_books_and_tells_is_what_the_rules_make_of_it(service: RunningService) -> None:
    chance = random.Random(20_260_701)
    made = [plain(chance) if place % 4 else other(chance) for place in range(HOUSEHOLDS)]
    async with service.database.transaction("gm0637") as tx:
        people = await kept_in(tx, made)
        left = {row["household_id"] for row in await plain_months.others(tx, RUN, PART)}
        assert left == {one.household_id for place, one in enumerate(made) if place % 4 == 0 or place % 3 == ENDS_EARLY}
        with span_from(TRACE, "release"):
            count, cents = await release_part(RUN, PART, tx)
        assert count == HOUSEHOLDS
        driver = await tx.driver()
        booked: Counter[int] = Counter()
        for month in made:
            expected = bookings(month.statement, month.loans_cents)
            found = [tuple(row) for row in await driver.fetch(LINES, month.household_id)]
            assert found == [
                (one.kind, len(one.lines), ON, RUN.id, MONTH, [(no, *line) for no, line in enumerate(one.lines, 1)])
                for one in expected
            ]
            for account, amount in (line for one in expected for line in one.lines):
                booked[account] += amount
        assert Counter(cents) == booked
        rows = await driver.fetch("SELECT event_id, topic, key, trace, payload FROM messaging.outbox ORDER BY position")
    ids = {row["event_id"] for row in rows}
    assert (len(ids), {(one.version, one.variant) for one in ids}) == (len(rows), {(7, RFC_4122)})
    told = {row["key"]: row for row in rows if b"fixed-charges-deducted" in row["payload"]}
    facts = [fact for month in made for fact in told_of(month, people[month.household_id], RUN.id)]
    assert len(facts) == len(rows)
    for fact in facts:
        if isinstance(fact, FixedChargesDeducted):
            row = told.pop(fact.key)
            assert WrittenEvent(**row) == again(row, fact)
    assert not told


def test_a_fact_that_lacks_a_value_makes_no_form() -> None:
    """Otherwise every month would be told with the example's value in its place."""
    fact = next(iter(told_of(plain_months.example(RUN), RUN.id, RUN.id)))
    written = write_event(fact, municipality="gm0637")
    assert "%1$s" in plain_months.form_of(written).fact
    without = msgspec.structs.replace(written, payload=written.payload.replace(b"norm_cents", b"norms_cents"))
    with pytest.raises(ValueError, match="norm_cents 0 times"):
        plain_months.form_of(without)
