"""Which fact becomes which message for whom, in which language, and when a delivery is given up."""

from typing import Any
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.notifications import domain
from services.notifications.delivery.outlets import outlets
from services.notifications.delivery.smtp import MailServer
from services.notifications.delivery.spool import SpoolFolder
from services.notifications.domain import Audience, Contact
from services.notifications.policies import LetterPolicy, book
from services.notifications.settings import Settings
from services.notifications.templates import LANGUAGES
from shared.events import CandidateRecruited, FileOpened, OutreachHeld, catalogue
from shared.events.codes import DeliveryProblem, MessageChannel
from shared.testing.samples import sample

TOLD_BY_OTHERS = {entry.model for entry in catalogue().values() if entry.service != "notifications"}


class TestTable:
    def test_every_event_of_another_service_has_its_line(self) -> None:
        assert domain.NOTICES.keys() == TOLD_BY_OTHERS

    def test_no_two_messages_of_a_fact_are_for_the_same_audience(self) -> None:
        for notices in domain.NOTICES.values():
            assert len({notice.audience for notice in notices}) == len(notices)

    def test_who_is_written_to_is_named_in_the_event(self) -> None:
        for event, notices in domain.NOTICES.items():
            assert not notices or "person_id" in event.model_fields

    def test_a_fact_and_an_audience_give_one_message_id(self) -> None:
        event_id = uuid4()
        ids = {domain.message_id(event_id, audience) for audience in Audience for _ in range(2)}
        assert len(ids) == len(Audience)


class TestLanguage:
    @pytest.mark.parametrize(
        ("language", "written_in"), [("ti", ("ti",)), ("ar", ("ar",)), ("pl", ("nl", "en")), ("mul", ("nl", "en"))]
    )
    def test_a_language_we_do_not_have_becomes_dutch_and_english_together(
        self, language: str, written_in: tuple[str, ...]
    ) -> None:
        assert domain.languages_for(language, LANGUAGES, ("nl", "en")) == written_in

    def test_language_is_learnt_from_registration_and_file_and_from_nothing_else(self) -> None:
        told = {event for event in TOLD_BY_OTHERS if domain.language_told(sample(event)) is not None}
        assert told == {CandidateRecruited, FileOpened}
        assert domain.language_told(sample(OutreachHeld)) is None


class TestDelivery:
    def test_without_an_address_it_is_a_letter(self) -> None:
        email = MessageChannel.EMAIL
        assert domain.channel_for(Contact(uuid4(), "nl", email)) is MessageChannel.LETTER
        assert domain.channel_for(Contact(uuid4(), "nl", email, email="a@b.example")) is email
        assert domain.channel_for(Contact(uuid4(), "nl", email="a@b.example")) is MessageChannel.LETTER

    def test_a_refused_address_is_given_up_at_once_and_silence_only_after_the_last_attempt(self) -> None:
        assert domain.gives_up(DeliveryProblem.ADDRESS_REFUSED, 1, 8)
        assert not domain.gives_up(DeliveryProblem.UNREACHABLE, 7, 8)
        assert domain.gives_up(DeliveryProblem.UNREACHABLE, 8, 8)

    @given(st.integers(1, 10_000), st.floats(0.01, 60), st.floats(60, 86_400))
    def test_the_wait_grows_and_stays_within_its_limit(self, attempts: int, first: float, longest: float) -> None:
        waits = [domain.delay_seconds(number, first, longest) for number in (attempts, attempts + 1)]
        assert first <= waits[0] <= waits[1] <= longest


def settings(**chosen: Any) -> Settings:
    given = {"municipalities": "gm0637", "database_url": "postgresql://x@y/z", "auth_issuer": "https://issuer.example"}
    return Settings(**given | chosen)


class TestSettings:
    def test_mail_leaves_as_chosen_and_letters_always_by_the_folder(self) -> None:
        by_folder, by_server = outlets(settings()), outlets(settings(delivery="smtp", smtp_host="mail.example"))
        assert isinstance(by_folder[MessageChannel.EMAIL], SpoolFolder)
        assert isinstance(by_server[MessageChannel.EMAIL], MailServer)
        assert isinstance(by_server[MessageChannel.LETTER], SpoolFolder)

    @pytest.mark.parametrize(
        ("chosen", "sentence"),
        [
            ({"delivery": "smtp", "delivery_lease_seconds": 20}, "DELIVERY_LEASE_SECONDS is too short"),
            ({"delivery_delay_seconds_first": 60, "delivery_delay_seconds_max": 1}, "make it smaller"),
        ],
    )
    def test_limits_that_do_not_agree_are_refused(self, chosen: dict[str, Any], sentence: str) -> None:
        with pytest.raises(ValueError, match=sentence):
            settings(**chosen)


class TestPolicies:
    def test_every_municipality_says_who_writes(self) -> None:
        names = {code: entries[-1].municipality_name for code, entries in book().entries.items()}
        assert names == {
            "default": "De gemeente",
            "gm0080": "Gemeente Leeuwarden",
            "gm0637": "Gemeente Zoetermeer",
        }

    def test_an_address_that_is_none_is_refused(self) -> None:
        policy = book().entries["default"][0]
        with pytest.raises(ValueError, match="help_email"):
            LetterPolicy.model_validate(policy.model_dump() | {"help_email": "nobody"})
