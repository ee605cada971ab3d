"""Which fact becomes which message for whom, and in which language."""

from dataclasses import replace
from datetime import date
from uuid import uuid4

import pytest

from services.notifications.contacts.rules import Contact, PostalAddress
from services.notifications.messages.rules.languages import choose_languages, language_code
from services.notifications.messages.rules.messages import (
    MessageRecord,
    MessageState,
    choose_release_channel,
    message_id,
)
from services.notifications.messages.rules.notices import NOTICES, Audience, list_notices
from services.notifications.policies.rules import LANGUAGES
from shared.errors.refusals import ConflictError
from shared.events import HolidayAllowanceHandedOver, catalogue
from shared.events.codes import DeliveryProblem, MessageChannel

PUBLISHED_BY_OTHERS = {entry.model for entry in catalogue().values() if entry.service != "notifications"}
PARKED = MessageRecord(
    id=uuid4(),
    municipality="gm0637",
    audience=Audience.PERSON,
    person_id=uuid4(),
    template="welcome",
    language="nl",
    channel=MessageChannel.EMAIL,
    draft=None,
    subject="Welkom",
    body_text="Goedendag",
    state=MessageState.PARKED,
    problem=DeliveryProblem.ADDRESS_REFUSED,
    attempts=1,
    sent_on=None,
)


def test_what_was_set_aside_for_days_without_a_right_is_announced_to_nobody() -> None:
    ids = dict.fromkeys(("household_id", "person_id", "run_id"), uuid4())
    handed_over = HolidayAllowanceHandedOver(**ids, month="2026-04", amount_cents=7_007)
    assert [notice.template for notice in list_notices(handed_over)] == ["holiday_allowance_handed_over"]
    assert list_notices(handed_over.model_copy(update={"beyond_right": True})) == ()


class TestTable:
    def test_every_event_of_another_service_has_its_line(self) -> None:
        assert NOTICES.keys() == PUBLISHED_BY_OTHERS

    def test_no_two_messages_of_a_fact_are_for_the_same_audience(self) -> None:
        for notices in NOTICES.values():
            assert len({notice.audience for notice in notices}) == len(notices)

    def test_who_is_written_to_is_named_in_the_event(self) -> None:
        for event, notices in NOTICES.items():
            assert not notices or "person_id" in event.model_fields

    def test_a_fact_and_an_audience_give_one_message_id(self) -> None:
        event_id = uuid4()
        ids = {message_id(event_id, audience) for audience in Audience for _ in range(2)}
        assert len(ids) == len(Audience)


class TestLanguage:
    @pytest.mark.parametrize(
        ("language", "expected"), [("ti", ("ti",)), ("ar", ("ar",)), ("pl", ("nl", "en")), ("mul", ("nl", "en"))]
    )
    def test_a_language_we_do_not_have_becomes_dutch_and_english_together(
        self, language: str, expected: tuple[str, ...]
    ) -> None:
        assert choose_languages(language, LANGUAGES, ("nl", "en")) == expected

    def test_a_message_in_several_languages_bears_the_code_for_it(self) -> None:
        assert (language_code(("ti",)), language_code(("nl", "en"))) == ("ti", "mul")


class TestRelease:
    @pytest.mark.parametrize(
        ("message", "channel"),
        [
            (PARKED, MessageChannel.LETTER),
            (replace(PARKED, audience=Audience.CASE_MANAGER), MessageChannel.EMAIL),
        ],
    )
    def test_it_goes_by_the_persons_channel_of_now_and_to_staff_as_before(
        self, message: MessageRecord, channel: MessageChannel
    ) -> None:
        reader = Contact(PARKED.person_id, "nl", name="Lezer", address=PostalAddress("Weg", 1, "2711 AB", "Zoetermeer"))
        assert choose_release_channel(message, reader) is channel

    def test_a_letter_without_a_name_or_an_address_is_refused(self) -> None:
        with pytest.raises(ConflictError, match="name and an address"):
            choose_release_channel(PARKED, Contact(PARKED.person_id, "nl", name="Lezer"))

    @pytest.mark.parametrize("state", [MessageState.QUEUED, MessageState.SENT])
    def test_a_message_that_is_not_parked_is_refused(self, state: MessageState) -> None:
        with pytest.raises(ConflictError, match="not parked"):
            choose_release_channel(replace(PARKED, state=state, sent_on=date(2026, 7, 1)), None)
