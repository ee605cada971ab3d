"""What is put off until before the commit: once for each subject, in the same transaction and for its municipality."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field

import pytest

from shared.database.migrations import ServiceDatabase
from shared.database.transactions import Database, Transaction

RECRUITMENT, TENANT = "recruitment", "SELECT current_setting('app.municipality')"


@dataclass
class Calls:
    """The subjects for which an action was called, each with the tenant in force and what its transaction sees."""

    subjects: list[tuple[str, str]] = field(default_factory=list)

    async def note(self, subject: str, tx: Transaction) -> None:
        self.subjects.append((await (await tx.driver()).fetchval(TENANT), subject))

    async def fail(self, subject: str, _tx: Transaction) -> None:
        raise ValueError(subject)


@pytest.fixture
async def database(service_database: Callable[[str], ServiceDatabase]) -> AsyncIterator[Database]:
    opened = Database(service_database(RECRUITMENT).url, service=RECRUITMENT, pool_size_max=1, hooks=Calls())
    yield opened
    await opened.close()


@pytest.fixture
def calls() -> Calls:
    return Calls()


async def test_each_subject_comes_once_and_only_at_the_end(database: Database, calls: Calls) -> None:
    async with database.transaction("gm0637") as tx:
        for subject in ("a", "b", "a"):
            tx.before_commit(calls.note, subject)
        assert calls.subjects == []
    assert calls.subjects == [("gm0637", "a"), ("gm0637", "b")]


async def test_another_municipality_does_not_begin_before_it_is_done(database: Database, calls: Calls) -> None:
    async with database.transaction("gm0637") as tx:
        tx.before_commit(calls.note, "a")
        await tx.use_municipality("gm0080")
        tx.before_commit(calls.note, "a")
    assert calls.subjects == [("gm0637", "a"), ("gm0080", "a")]


async def test_what_it_puts_off_itself_is_done_too(database: Database, calls: Calls) -> None:
    async def chain(subject: str, tx: Transaction) -> None:
        await calls.note(subject, tx)
        tx.before_commit(calls.note, "from the chain")

    async with database.transaction("gm0637") as tx:
        tx.before_commit(chain, "chain")
    assert [subject for _, subject in calls.subjects] == ["chain", "from the chain"]


async def test_what_was_rolled_back_to_a_savepoint_is_forgotten(database: Database, calls: Calls) -> None:
    async with database.transaction("gm0637") as tx:
        tx.before_commit(calls.note, "kept")
        mark = tx.mark()
        savepoint = await tx.savepoint()
        tx.before_commit(calls.note, "rolled back")
        await savepoint.rollback()
        tx.discard_since(mark)
    assert [subject for _, subject in calls.subjects] == ["kept"]


async def test_when_it_fails_nothing_is_committed(database: Database, calls: Calls) -> None:
    committed: list[str] = []

    async def work() -> None:
        async with database.transaction("gm0637") as tx:
            tx.after_commit(lambda: committed.append("committed"))
            tx.before_commit(calls.fail, "broken")

    with pytest.raises(ValueError, match="broken"):
        await work()
    assert committed == []


async def test_hooks_are_those_given_to_the_database_and_others_are_refused(database: Database) -> None:
    async with database.transaction("gm0637") as tx:
        assert isinstance(tx.hooks(Calls), Calls)
        with pytest.raises(LookupError, match="has no list: open it with the hooks of the service's app"):
            tx.hooks(list)
