"""A day far ahead, published on a running chain: it is parked and relief goes on, and the honest next day works."""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import asyncpg
import httpx
import pytest
from typed_meedoen import TypedMeedoen

from meedoen.stack.local_run import LocalRun
from services.calendar.app import publish_days
from shared.database.transactions import Database
from shared.events import PIPSigned
from shared.events.codes import AgeBand, HouseholdType, LearningRoute
from shared.testing.eventually import eventually

pytestmark = pytest.mark.timeout(600)
HERE = "gm0637"
SIGNED_ON = date(2026, 3, 2)
_RUN_EVERY_MONTH = "UPDATE household SET next_month = '2026-10', months_run = 7 WHERE id = $1"
PARKED = 'meedoen_parked_now_events{reason="implausible_day"}'


@pytest.fixture
def run(tmp_path: Path) -> Iterator[LocalRun]:
    tmp_path.chmod(0o711)
    with LocalRun(tmp_path / "state", municipalities=(HERE,)) as started:
        yield started


async def sign_plan(run: LocalRun) -> UUID:
    """Publish a plan with relief, as intake does; return its household."""
    plan = PIPSigned(
        person_id=uuid4(),
        signed_on=SIGNED_ON,
        route=LearningRoute.B1_ROUTE,
        relief_agreed=True,
        household_id=uuid4(),
        household_type=HouseholdType.SINGLE,
        age_band=AgeBand.FROM_21,
        has_children=False,
        assistance_from=SIGNED_ON,
    )
    assert plan.household_id is not None
    database = Database(run.database_url("intake"), service="intake", pool_size_max=2)
    try:
        async with database.transaction(HERE) as tx:
            tx.emit(plan)
    finally:
        await database.close()
    return plan.household_id


async def find_end(run: LocalRun, household_id: UUID) -> date | None:
    """Return the day on which relief of the household was ended; None while it goes on. It must be known."""
    connection = await asyncpg.connect(run.owner_url("ontzorgen"))
    try:
        await connection.execute("SELECT set_config('app.municipality', $1, false)", HERE)
        rows = await connection.fetch("SELECT ended_on FROM household WHERE id = $1", household_id)
    finally:
        await connection.close()
    assert len(rows) == 1
    ended_on: date | None = rows[0]["ended_on"]
    return ended_on


async def run_every_month(run: LocalRun, household_id: UUID) -> None:
    """Let every month of the household be run already, so that nothing but the day decides when its relief ends."""
    connection = await asyncpg.connect(run.owner_url("ontzorgen"))
    try:
        await connection.execute("SELECT set_config('app.municipality', $1, false)", HERE)
        await connection.execute(
            "UPDATE household SET next_month = '2026-10', months_run = 7 WHERE id = $1", household_id
        )
    finally:
        await connection.close()


async def wait_for_parked_days(run: LocalRun, service: str, number: int) -> None:
    async with httpx.AsyncClient(base_url=run.address(service)) as client:

        async def count() -> bool:
            return f"{PARKED} {number}.0" in (await client.get("/metrics")).text

        await eventually(count, 30, what=f"{number} days are parked in {service}")


async def test_a_day_far_ahead_is_parked_with_an_alert_and_relief_goes_on_until_its_honest_end(run: LocalRun) -> None:
    household_id = await sign_plan(run)
    run.publish_days([SIGNED_ON + timedelta(days=number) for number in range(30)])
    run.wait_until_drained(60)
    await run_every_month(run, household_id)
    assert await find_end(run, household_id) is None

    publish_days(run.bootstrap_servers, [(HERE, date(2062, 11, 2))])
    for service in ("ontzorgen", "intake"):
        await wait_for_parked_days(run, service, 1)
    run.wait_until_drained(60)
    assert await find_end(run, household_id) is None

    meedoen = TypedMeedoen(run.state_dir)
    refused = meedoen("start-day", "2062-11-02", code=1)
    assert "what is due by then happens now, and stays. Repeat the command with --yes if it is meant." in refused
    assert "2062-11-02 has started in gm0637." in meedoen("start-day", "2062-11-02", "--yes")
    run.wait_until_drained(60)
    assert await find_end(run, household_id) is None
    listed = meedoen("parked", "list", "--service", "ontzorgen")
    assert listed.count("implausible_day") == 2

    run.publish_days([SIGNED_ON + timedelta(days=number) for number in range(30, 190)])
    run.wait_until_drained(60)
    assert await find_end(run, household_id) == date(2026, 9, 1)
