"""How messages leave, by the settings: which adapter each channel has, and limits that agree."""

from typing import Any

import pytest

from services.notifications.delivery.adapters.outlets import choose_outlets
from services.notifications.delivery.adapters.smtp import MailServer
from services.notifications.delivery.adapters.spool import SpoolFolder
from services.notifications.settings import Settings
from shared.events.codes import MessageChannel


def build_settings(**changes: Any) -> Settings:
    addresses = dict.fromkeys(("database_url", "relay_database_url"), "postgresql://x@y/z")
    values = {"municipalities": "gm0637", "auth_issuer": "https://issuer.example", **addresses}
    return Settings(**values | changes)


def test_mail_leaves_as_chosen_and_letters_by_none_of_these_ways() -> None:
    by_folder = choose_outlets(build_settings())
    by_server = choose_outlets(build_settings(delivery="smtp", smtp_host="mail.example"))
    assert isinstance(by_folder[MessageChannel.EMAIL], SpoolFolder)
    assert isinstance(by_server[MessageChannel.EMAIL], MailServer)
    assert by_folder.keys() == by_server.keys() == {MessageChannel.EMAIL}


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"delivery": "smtp", "delivery_lease_seconds": 20}, "DELIVERY_LEASE_SECONDS is too short"),
        ({"delivery_delay_seconds_first": 60, "delivery_delay_seconds_max": 1}, "make it smaller"),
        ({"webhook_timeout_seconds": 15, "webhook_lease_seconds": 59}, "WEBHOOK_LEASE_SECONDS is less than four times"),
    ],
)
def test_limits_that_do_not_agree_are_refused(changes: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        build_settings(**changes)
