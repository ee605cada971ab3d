"""Which adapter each channel leaves by, as the settings say. Letters are no part of it: they are printed in batches."""

from collections.abc import Mapping

from services.notifications.delivery.adapters.port import DeliveryPort
from services.notifications.delivery.adapters.smtp import MailServer
from services.notifications.delivery.adapters.spool import SpoolFolder
from services.notifications.settings import Settings
from shared.events.codes import MessageChannel


def choose_outlets(settings: Settings) -> Mapping[MessageChannel, DeliveryPort]:
    """Return one adapter per channel; building them does no I/O."""
    is_smtp = settings.delivery == "smtp"
    return {MessageChannel.EMAIL: _build_mail_server(settings) if is_smtp else SpoolFolder(settings.spool_folder)}


def _build_mail_server(settings: Settings) -> MailServer:
    password = settings.smtp_password
    return MailServer(
        settings.smtp_host,
        settings.smtp_port,
        username=settings.smtp_username,
        password=password.get_secret_value() if password else None,
        starttls=settings.smtp_starttls,
        timeout_seconds=settings.smtp_timeout_seconds,
    )
