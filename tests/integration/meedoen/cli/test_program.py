"""A run as a program uses it: facts followed to their last effect, also when services die and the broker is lost."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from importlib import import_module
from uuid import UUID, uuid4

import asyncpg
import httpx
import pytest

from meedoen.stack.errors import LocalError
from meedoen.stack.local_run import LocalRun
from meedoen.stack.serve import topics_of
from meedoen.stack.service_process import topics_file_path
from meedoen.stack.services import consumed_topics
from meedoen.stack.state import read_run
from shared.database.transactions import Database
from shared.events import CandidateRecruited
from shared.events.codes import OutreachChannel, TargetGroup

pytestmark = pytest.mark.timeout(240)
FIRST_DAY = date(2026, 3, 2)


@pytest.fixture(scope="module")
def run() -> Iterator[LocalRun]:
    with LocalRun(municipalities=("gm0637", "gm0080")) as started:
        yield started


def recruited(person: UUID) -> CandidateRecruited:
    return CandidateRecruited(
        person_id=person,
        channel=next(iter(OutreachChannel)),
        neighbourhood="wk063700",
        ambassador_ids=(),
        language="ti",
        target_group=next(iter(TargetGroup)),
        recruited_on=FIRST_DAY,
        consent_on=FIRST_DAY,
    )


async def recruit(run: LocalRun, people: Sequence[UUID], municipality: str = "gm0637") -> None:
    database = Database(run.database_url("recruitment"), service="recruitment", pool_size_max=2)
    try:
        for person in people:
            async with database.transaction(municipality) as tx:
                tx.emit(recruited(person))
    finally:
        await database.close()


async def ask(url: str, question: str, municipality: str = "gm0637") -> list[object]:
    connection = await asyncpg.connect(url)
    try:
        async with connection.transaction():
            await connection.execute("SELECT set_config('app.municipality', $1, true)", municipality)
            return [row[0] for row in await connection.fetch(question)]
    finally:
        await connection.close()


def lose_broker(run: LocalRun) -> None:
    """Kill the embedded broker, and so everything in it; the next start of the run has an empty one."""
    assert run.broker is not None
    run.broker.kill()


async def files(run: LocalRun, municipality: str = "gm0637") -> list[object]:
    return await ask(run.database_url("intake"), "SELECT id FROM newcomer", municipality)


async def count_published(run: LocalRun, service: str, kind: str) -> int:
    question = f'SELECT count(*) FROM messaging.outbox WHERE payload LIKE \'%"type":"{kind}"%\'::bytea'  # noqa: S608 - the test's own
    (count,) = await ask(run.owner_url(service), question)
    assert isinstance(count, int)
    return count


async def test_drained_means_that_every_effect_is_there(run: LocalRun) -> None:
    before = len(await files(run))
    people = [uuid4() for _ in range(20)]
    await recruit(run, people)
    run.wait_until_drained(30)

    assert {str(person) for person in people} <= {str(person_id) for person_id in await files(run)}
    assert len(await files(run)) == before + 20
    assert run.status().is_well


async def test_a_broker_that_is_lost_is_filled_again_and_nothing_is_lost_or_done_twice(run: LocalRun) -> None:
    early, late = [uuid4() for _ in range(20)], [uuid4() for _ in range(20)]
    await recruit(run, early)
    run.wait_until_drained(30)
    opened, welcomed = len(await files(run)), await count_published(run, "intake", "nl.meedoen.intake.file-opened.v1")
    run.stop_service("intake")
    await recruit(run, late)
    address, ids = run.bootstrap_servers, {str(person_id) for person_id in early + late}

    assert run.broker is not None
    run.broker.kill()
    run.start()
    run.wait_until_drained(60)

    assert run.bootstrap_servers != address
    assert ids <= {str(person_id) for person_id in await files(run)}
    assert len(await files(run)) == opened + 20
    assert await count_published(run, "intake", "nl.meedoen.intake.file-opened.v1") == welcomed + 20
    assert run.status().is_well


async def test_a_service_that_is_killed_misses_nothing(run: LocalRun) -> None:
    person = uuid4()
    run.kill("intake")
    await recruit(run, [person], "gm0080")
    with pytest.raises(LocalError, match=r"Not drained within 1 s: intake has 1 to consume"):
        run.wait_until_drained(1)

    run.start_service("intake")
    run.wait_until_drained(30)

    assert str(person) in {str(person_id) for person_id in await files(run, "gm0080")}


async def open_file_with_a_term(run: LocalRun) -> None:
    """Over HTTP, as a case manager: from its registration on, the plan has ten weeks."""
    body = {
        "id": str(uuid4()),
        "target_group": TargetGroup.ASYLUM_STATUS_HOLDER,
        "language": "ti",
        "opened_on": FIRST_DAY.isoformat(),
        "registered_on": FIRST_DAY.isoformat(),
        "obligation_notified_on": FIRST_DAY.isoformat(),
    }
    headers = {"Authorization": f"Bearer {run.token('case_manager', 'gm0637')}"}
    async with httpx.AsyncClient(base_url=run.address("intake"), headers=headers) as client:
        answer = await client.post("/v1/newcomers", json=body)
    assert answer.status_code == 201, answer.text


async def test_days_reach_whoever_counts_them_and_telling_them_twice_changes_nothing(run: LocalRun) -> None:
    await open_file_with_a_term(run)
    days = [FIRST_DAY + timedelta(days=step) for step in range(1, 7 * 11)]

    assert run.publish_days(days) == len(days) * 2
    run.wait_until_drained(60)
    missed = await count_published(run, "intake", "nl.meedoen.intake.deadline-missed.v1")
    run.publish_days(days)
    run.wait_until_drained(60)

    assert missed == 1
    assert await count_published(run, "intake", "nl.meedoen.intake.deadline-missed.v1") == 1


async def test_on_a_server_that_was_given_a_temporary_run_has_databases_of_its_own_and_leaves_none(
    postgres: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def databases() -> set[object]:
        return set(await ask(postgres, "SELECT datname FROM pg_database"))

    monkeypatch.setenv("DATABASE_URL", postgres)
    before = await databases()
    with LocalRun() as run:
        assert len(await databases() - before) == 4
        assert run.postgres is None
        assert run.status().is_well

    assert await databases() == before
    assert not run.state_dir.exists()


def test_asking_for_a_service_that_is_not_there_is_refused_with_those_that_are(run: LocalRun) -> None:
    with pytest.raises(LocalError, match=r"There is no service 'werving' in this run: choose from recruitment"):
        run.address("werving")


def test_every_service_says_which_topics_it_consumes_and_one_that_did_not_is_asked_for_its_table(run: LocalRun) -> None:
    run_state = read_run(run.state_dir)
    assert run_state is not None
    for name in run.services:
        table = topics_of(import_module(f"services.{name}.app").SUBSCRIPTIONS)
        assert table
        assert consumed_topics(run_state, name) == run_state.topics[name] == table
        written = topics_file_path(run.state_dir, name)
        text = written.read_text()
        written.unlink()
        assert consumed_topics(run_state, name) == table
        written.write_text(text)
