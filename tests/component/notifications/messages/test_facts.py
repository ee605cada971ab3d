"""From a fact to a message on a real PostgreSQL: once each, in the person's language."""

from datetime import date
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from uuid import uuid4

import pytest
from notifications_desk import build_recruited, deliver_fact, list_messages, wait_for_sent

from services.notifications.contacts import repository
from services.notifications.contacts.rules import Contact, derive_contact
from services.notifications.messages.rules.notices import NOTICES
from shared.events import DayStarted, FileOpened, IntakeScheduled, ShortfallFound
from shared.events.codes import MessageChannel
from shared.events.envelope import CONTENT_TYPE, read_data, read_event
from shared.messaging import DONE, HoldReason, Retry
from shared.testing.golden import golden
from shared.testing.running_service import RunningService
from shared.testing.samples import sample


@pytest.mark.parametrize(("language", "code"), [("ti", "ti"), ("ar", "ar"), ("pl", "mul")])
async def test_a_fact_becomes_a_letter_in_the_language_of_the_person(
    service: RunningService, tmp_path: Path, language: str, code: str
) -> None:
    assert await deliver_fact(service, build_recruited(language)) == DONE
    (sent,) = await wait_for_sent(service, 1)
    assert (sent.template, sent.language, sent.channel) == ("welcome", code, MessageChannel.LETTER)
    (letter,) = (tmp_path / "spool" / "gm0637").glob("*/brieven-001.pdf")
    pdf = letter.read_bytes()
    assert all(f"/Lang({part})".encode() in pdf for part in ("nl", {"pl": "en"}.get(language, language)))


async def test_a_fact_delivered_twice_is_one_message(service: RunningService, tmp_path: Path) -> None:
    event_id = uuid4()
    for _ in range(3):
        assert await deliver_fact(service, build_recruited("nl"), event_id) == DONE
    await wait_for_sent(service, 1)
    assert (await service.get("/message-totals")).json()["total"] == 1
    assert len(list((tmp_path / "spool").rglob("*.pdf"))) == 1


async def test_a_fact_about_someone_unknown_waits_until_the_language_is_known(service: RunningService) -> None:
    scheduled = sample(IntakeScheduled)
    assert await deliver_fact(service, scheduled) == Retry(HoldReason.NOT_YET_KNOWN)
    assert await deliver_fact(service, sample(FileOpened).model_copy(update={"language": "en"})) == DONE
    assert await deliver_fact(service, scheduled) == DONE
    (sent,) = await wait_for_sent(service, 1)
    assert (sent.template, sent.language) == ("intake_scheduled", "en")


async def test_a_fact_that_nobody_is_written_about_changes_nothing(service: RunningService) -> None:
    assert await deliver_fact(service, DayStarted(municipality="gm0637", date=date(2026, 7, 1))) == DONE
    assert await list_messages(service) == []


async def test_a_shortfall_goes_to_the_person_and_in_dutch_to_the_case_manager(
    service: RunningService, tmp_path: Path
) -> None:
    await deliver_fact(service, build_recruited("ar"))
    assert await deliver_fact(service, sample(ShortfallFound)) == DONE
    sent = {message.template: message for message in await wait_for_sent(service, 3)}
    assert sent["shortfall_found"].language == "ar"
    staff = sent["shortfall_found_staff"]
    assert (staff.language, staff.channel) == ("nl", MessageChannel.EMAIL)
    path = tmp_path / "spool" / "gm0637" / f"{staff.message_id}.eml"
    mail = message_from_bytes(path.read_bytes(), policy=default)
    assert mail["To"] == "klantmanagers@zoetermeer.example"


async def test_every_fact_as_it_stands_on_the_wire_becomes_its_messages(service: RunningService) -> None:
    languages_first = sorted(NOTICES, key=lambda event: derive_contact(sample(event)) is None)
    for event in languages_first:
        envelope = read_event(golden(event.__name__, "notifications"), {"content-type": CONTENT_TYPE})
        fact = read_data(envelope)
        for person in {getattr(fact, "person_id", None)} - {None}:
            async with service.database.transaction("gm0637") as tx:
                await repository.save_languages(tx, [Contact(person, "nl")])
        assert await deliver_fact(service, fact) == DONE
    counted = (await service.get("/message-totals")).json()["by_template"]
    assert counted == {notice.template: 1 for notices in NOTICES.values() for notice in notices}
