"""The usual way to run a month: one SQLModel transaction per household, computed by the same rules.

Its tables are its own and have fewer checks than ours; its households, documents and events are the very same.
"""

import asyncio
import time
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import Field, SQLModel, col, select

from bench.peers import PeerOutbox
from bench.rig import MUNICIPALITY
from services.ontzorgen.household.repository.situations import decode_months_input
from services.ontzorgen.household.tables.file import HouseholdSituationRow
from services.ontzorgen.household.tables.households import HouseholdRow
from services.ontzorgen.ledger.rules import build_bookings
from services.ontzorgen.policies.handlers import load_law, policy_in_force
from services.ontzorgen.run.repository.month_content import encode_content
from services.ontzorgen.run.rules.month import HouseholdMonth, events_for
from services.ontzorgen.run.rules.run import run_id_of
from services.ontzorgen.statement.rules.month_rules import MonthRules
from services.ontzorgen.statement.rules.statement import compute_statement
from shared.calendar import next_month
from shared.database.address import DatabaseAddress
from shared.events.envelope import write_event


class PeerStatement(SQLModel, table=True):
    """A household's month."""

    __tablename__ = "peer_statement"
    household_id: UUID = Field(primary_key=True)
    month: str = Field(primary_key=True)
    run_id: UUID
    status: str
    norm_cents: int
    payable_cents: int
    holiday_reserve_cents: int
    charges_total_cents: int
    deducted_cents: int
    remainder_cents: int
    shortfall_cents: int
    content: str


class PeerEntry(SQLModel, table=True):
    """A ledger entry."""

    __tablename__ = "peer_entry"
    id: int | None = Field(default=None, primary_key=True, sa_type=BigInteger)
    kind: int
    booked_on: date
    run_id: UUID
    household_id: UUID = Field(index=True)
    month: str


class PeerLine(SQLModel, table=True):
    """A ledger line."""

    __tablename__ = "peer_line"
    entry_id: int = Field(primary_key=True, sa_type=BigInteger)
    line_no: int = Field(primary_key=True)
    account: int
    amount_cents: int


TABLES: list[Any] = [vars(row)["__table__"] for row in (PeerStatement, PeerEntry, PeerLine, PeerOutbox)]


async def measure_rate(owner_url: str, month: str, on: date, count: int) -> float:
    """Return households a second, over `count` of them; the peer's tables are created again."""
    engine = DatabaseAddress.parse(owner_url).create_engine()
    rules = MonthRules.resolve(load_law(), policy_in_force(MUNICIPALITY, on), month)
    try:
        async with engine.begin() as connection:
            await connection.run_sync(SQLModel.metadata.drop_all, TABLES)
            await connection.run_sync(SQLModel.metadata.create_all, TABLES)
        async with AsyncSession(engine) as session:
            households = select(col(HouseholdRow.id)).where(col(HouseholdRow.next_month) == month)
            ids = list((await session.scalars(households.order_by(col(HouseholdRow.id)).limit(count))).all())
        started = time.perf_counter()
        for household_id in ids:
            async with AsyncSession(engine) as session:
                await _run_household(session, household_id, rules, on)
                await session.commit()
        return len(ids) / (time.perf_counter() - started)
    finally:
        await engine.dispose()
        await asyncio.sleep(0)


async def _run_household(session: AsyncSession, household_id: UUID, rules: MonthRules, on: date) -> None:
    household = await session.get_one(HouseholdRow, (MUNICIPALITY, household_id))
    situation = await session.get_one(HouseholdSituationRow, (MUNICIPALITY, household_id))
    statement = compute_statement(decode_months_input(situation.document).situation, rules, rules.month)
    run_id = run_id_of(MUNICIPALITY, rules.month, 1)
    month = HouseholdMonth(household_id, statement)
    session.add(
        PeerStatement(
            household_id=household_id,
            month=statement.month,
            run_id=run_id,
            status=statement.status.value,
            norm_cents=statement.norm_cents,
            payable_cents=statement.payable_cents,
            holiday_reserve_cents=statement.holiday_reserve_cents,
            charges_total_cents=statement.charges_total_cents,
            deducted_cents=month.deducted_cents,
            remainder_cents=statement.remainder_cents,
            shortfall_cents=statement.shortfall_cents,
            content=encode_content(month),
        )
    )
    for booking in build_bookings(statement):
        entry = PeerEntry(
            kind=booking.kind.value, booked_on=on, run_id=run_id, household_id=household_id, month=statement.month
        )
        session.add(entry)
        await session.flush()
        session.add_all(
            PeerLine(entry_id=entry.id or 0, line_no=number, account=account, amount_cents=cents)
            for number, (account, cents) in enumerate(booking.lines, 1)
        )
    for event in events_for(month, household.person_id, run_id, on):
        written = write_event(event, municipality=MUNICIPALITY)
        session.add(PeerOutbox(topic=written.topic, key=written.key, payload=written.payload))
    household.next_month = next_month(rules.month)
    household.months_run += 1
    session.add(household)
