"""Letters leave once, in one batch a day, and what belongs together is one letter; wherever a worker dies."""

import csv
import io
import shutil
from collections.abc import Callable, Iterator
from datetime import time
from itertools import pairwise
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from notifications_desk import ADDRESS, PERSON, build_recruited, deliver_fact, list_messages
from pdfminer.high_level import extract_text

from services.notifications.printing import handlers, repository, worker
from services.notifications.printing.adapters.folder import SHEET, BatchFolder
from services.notifications.printing.worker import PrintWorker
from services.notifications.settings import Settings
from shared.events import DeliveryParked, NotificationSent, ReliefStarted
from shared.testing.running_service import RunningService
from shared.testing.samples import sample

pytestmark = pytest.mark.usefixtures("idle_worker")
OTHERS = [uuid4() for _ in range(2)]


class CrashError(Exception):
    """The process dies here."""


@pytest.fixture
def spool(tmp_path: Path) -> Path:
    return tmp_path / "printer"


@pytest.fixture
def settings(service: RunningService, settings_for: Callable[..., Settings], spool: Path) -> Settings:
    leaving = {"letters_leave": "at_once", "spool_folder": spool, "municipalities": ("gm0637",)}
    return settings_for("notifications", database_url=service.database.url, **leaving)


@pytest.fixture
def printer(service: RunningService, settings: Settings) -> PrintWorker:
    return PrintWorker(service.database, settings)


async def write_to_three(service: RunningService) -> None:
    """Queue two letters for one person and one for each of two others."""
    await deliver_fact(service, build_recruited("ar"))
    await deliver_fact(service, sample(ReliefStarted))
    for person in OTHERS:
        await deliver_fact(service, build_recruited("nl", candidate_id=person, person_id=person))


def read_sheets(spool: Path) -> Iterator[dict[str, str]]:
    for path in sorted(spool.glob("gm0637/[0-9]*/" + SHEET)):
        yield from csv.DictReader(io.StringIO(path.read_text(encoding="utf-8")), delimiter=";")


def list_all(spool: Path) -> list[Path]:
    return [spool, *spool.rglob("*")]


def list_batches(spool: Path) -> list[str]:
    return sorted(path.name for path in (spool / "gm0637").iterdir()) if spool.exists() else []


async def execute(service: RunningService, statement: str, *arguments: Any) -> None:
    async with service.database.transaction("gm0637") as tx:
        await (await tx.driver()).execute(statement, *arguments)


async def list_published(service: RunningService, kind: type[Any]) -> list[Any]:
    return [fact.data for fact in await service.list_published() if isinstance(fact.data, kind)]


async def test_what_belongs_together_is_one_letter_and_the_sheet_says_where_it_is(
    service: RunningService, printer: PrintWorker, spool: Path
) -> None:
    await write_to_three(service)
    assert await printer.print_due() == 1
    (batch,) = list_batches(spool)
    lines = list(read_sheets(spool))
    assert len(lines) == 3
    pages = [(int(line["eerste_pagina"]), int(line["laatste_pagina"])) for line in lines]
    assert all(first % 2 == 1 for first, _ in pages), "no sheet holds letters of two people"
    assert all(end < start for (_, end), (start, _) in pairwise(pages))
    assert {line["straat"] for line in lines} == {ADDRESS["street"]}
    first, last = pages[0]
    text = extract_text(spool / "gm0637" / batch / lines[0]["bestand"], page_numbers=range(first - 1, last))
    assert text.count("Goedendag") == text.count("Met vriendelijke groet") == 1
    assert "Welkom bij Meedoen" in text
    assert "De gemeente betaalt zes maanden uw vaste" in text
    assert text.count(lines[0]["kenmerk"]) >= 2
    messages = await list_messages(service)
    assert {message["state"] for message in messages} == {"sent"}
    references = [message["reference"] for message in messages if message["person_id"] == PERSON]
    assert references == [lines[0]["kenmerk"]] * 2
    answer = await service.get("/messages", params={"reference": references[0]})
    assert len(answer.json()["items"]) == 2
    assert len(await list_published(service, NotificationSent)) == 4


async def test_these_files_alone_hold_an_address_and_only_this_user_reads_them(
    service: RunningService, printer: PrintWorker, spool: Path
) -> None:
    await write_to_three(service)
    await printer.print_due()
    assert [path for path in list_all(spool) if path.stat().st_mode & 0o077] == []
    for message in await list_messages(service):
        answer = (await service.get(f"/messages/{message['id']}")).text
        assert str(ADDRESS["street"]) not in answer
    assert str(ADDRESS["street"]) not in str([fact.data for fact in await service.list_published()])


async def test_there_is_one_batch_a_day_after_its_hour_on_days_on_which_offices_work(
    service: RunningService, settings: Settings, spool: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await write_to_three(service)
    daily = settings.model_copy(update={"letters_leave": "daily", "print_at": time(23, 59, 59, 999_999)})
    monkeypatch.setattr(handlers, "is_business_day", lambda _: True)
    assert await PrintWorker(service.database, daily).print_due() == 0, "it is not time yet"
    due = PrintWorker(service.database, daily.model_copy(update={"print_at": time(0)}))
    monkeypatch.setattr(handlers, "is_business_day", lambda _: False)
    assert await due.print_due() == 0, "nobody posts it today"
    monkeypatch.setattr(handlers, "is_business_day", lambda _: True)
    assert await due.print_due() == 1
    await deliver_fact(service, build_recruited("nl"))
    assert await due.print_due() == 0, "the next one waits until tomorrow"
    assert len(list_batches(spool)) == 1
    take_away(spool)
    await execute(service, "UPDATE print_batch SET day = day - 1")
    assert await due.print_due() == 1


async def test_a_fact_that_is_replayed_is_printed_once(
    service: RunningService, printer: PrintWorker, spool: Path
) -> None:
    event_id = uuid4()
    for _ in range(2):
        await deliver_fact(service, build_recruited("nl"), event_id)
        await printer.print_due()
    assert len(list(read_sheets(spool))) == 1


_BEFORE_COMMIT = ["begin", "add_document", "finish"]
_AFTER_COMMIT = ["publish", "publish, done", "settle_letters", "settle_letters, done"]


@pytest.mark.parametrize("point", [*_BEFORE_COMMIT, "set_state", *_AFTER_COMMIT])
async def test_a_worker_that_dies_loses_no_letter_and_prints_none_twice(
    service: RunningService, settings: Settings, spool: Path, monkeypatch: pytest.MonkeyPatch, point: str
) -> None:
    """The printer takes away what it finds before the next worker begins."""
    await write_to_three(service)
    name, _, is_done = point.partition(", ")
    with monkeypatch.context() as deadly:
        die_at(deadly, name, is_done=bool(is_done))
        with pytest.raises(CrashError):
            await PrintWorker(service.database, settings).print_due()
    printed = take_away(spool)
    assert len(printed) == (3 if point in ("publish, done", "settle_letters", "settle_letters, done") else 0)
    await execute(service, "UPDATE print_batch SET leased_until = now()")
    another = PrintWorker(service.database, settings)
    assert await another.print_due() == 1
    assert await another.print_due() == 0
    printed += take_away(spool)
    assert sorted(line["kenmerk"] for line in printed) == sorted({line["kenmerk"] for line in printed})
    assert len(printed) == 3
    assert list_batches(spool) == [], "nothing unfinished stays"
    assert {message["state"] for message in await list_messages(service)} == {"sent"}
    assert len(await list_published(service, NotificationSent)) == 4


def die_at(patch: pytest.MonkeyPatch, name: str, *, is_done: bool) -> None:
    """Let a step fail, before it or after it."""
    place: Any = {"set_state": repository, "settle_letters": worker}.get(name, BatchFolder)
    step = getattr(place, name)

    def die(*arguments: Any) -> None:
        if is_done:
            step(*arguments)
        raise CrashError

    async def die_later(*arguments: Any) -> None:
        if is_done:
            await step(*arguments)
        raise CrashError

    patch.setattr(place, name, die_later if place is not BatchFolder else die)


def take_away(spool: Path) -> list[dict[str, str]]:
    """Return the lines of the sheets that the printer finds, which are gone after that."""
    lines = list(read_sheets(spool))
    for path in spool.glob("gm0637/[0-9]*"):
        shutil.rmtree(path)
    return lines


async def test_a_worker_that_lost_its_lease_leaves_the_batch_to_the_other(
    service: RunningService, settings: Settings, spool: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await write_to_three(service)
    store_document = worker.store_document

    async def overtake(*arguments: Any) -> bool:
        monkeypatch.setattr(worker, "store_document", store_document)
        await execute(service, "UPDATE print_batch SET leased_until = now()")
        assert await PrintWorker(service.database, settings).print_due() == 1
        return await store_document(*arguments)

    monkeypatch.setattr(worker, "store_document", overtake)
    assert await PrintWorker(service.database, settings).print_due() == 1
    assert len(list_batches(spool)) == 1
    assert len(list(read_sheets(spool))) == 3
    assert len(await list_published(service, NotificationSent)) == 4


async def test_a_letter_that_cannot_be_printed_is_parked_and_the_others_leave(
    service: RunningService, printer: PrintWorker, spool: Path
) -> None:
    await write_to_three(service)
    body = {"language": "nl", "channel": "letter", "name": "\u674e\u56db", "address": ADDRESS}
    await service.put(f"/people/{OTHERS[0]}/contact", json=body)
    await execute(service, "UPDATE message SET draft = '{}' WHERE person_id = $1", OTHERS[1])
    await printer.print_due()
    states = {
        UUID(message["person_id"]): (message["state"], message["problem"]) for message in await list_messages(service)
    }
    assert states == {UUID(PERSON): ("sent", None), **dict.fromkeys(OTHERS, ("parked", "not_printable"))}
    assert len(list(read_sheets(spool))) == 1
    assert {fact.person_id for fact in await list_published(service, DeliveryParked)} == set(OTHERS)


async def test_a_batch_that_was_not_made_on_its_day_is_made_on_the_day_on_which_it_leaves(
    service: RunningService, printer: PrintWorker, spool: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await deliver_fact(service, build_recruited("nl"))
    await deliver_fact(service, sample(ReliefStarted))
    with monkeypatch.context() as deadly:
        die_at(deadly, "finish", is_done=False)
        with pytest.raises(CrashError):
            await printer.print_due()
    await execute(service, "UPDATE print_batch SET leased_until = now(), day = day - 1")
    for _ in range(2):
        await printer.print_due()
    (message, _) = await list_messages(service)
    (batch,) = list_batches(spool)
    assert batch.startswith(message["sent_on"])
    states = [row["state"] for row in await service_batches(service)]
    assert sorted(states) == ["dissolved", "sent"]


async def service_batches(service: RunningService) -> Any:
    async with service.database.transaction("gm0637") as tx:
        return await tx.rows("SELECT state, day FROM print_batch")
