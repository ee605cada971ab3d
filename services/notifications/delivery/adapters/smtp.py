"""Delivery to a mail server. At least once: a server that accepted a mail and then fell silent gets it again.

Both copies have the same Message-ID, which is derived from the message's id, so that a receiver can drop the second.
"""

import aiosmtplib

from services.notifications.delivery.adapters.mail import write_mail
from services.notifications.delivery.adapters.port import AddressRefusedError, NotReachedError
from services.notifications.delivery.rules import Outgoing

_PERMANENT_FROM = 500


class MailServer:
    """One connection per mail; the server's own words may hold an address and are left out of every error."""

    def __init__(
        self,
        host: str,
        port: int,
        *,
        username: str | None = None,
        password: str | None = None,
        starttls: bool = True,
        timeout_seconds: float = 5.0,
    ) -> None:
        self._host = host
        self._port = port
        self._username = username
        self._password = password
        self._starttls = starttls
        self._timeout_seconds = timeout_seconds

    async def deliver(self, message: Outgoing) -> None:
        content = write_mail(message)
        try:
            await aiosmtplib.send(
                content,
                sender=message.sender,
                recipients=[message.recipient or ""],
                hostname=self._host,
                port=self._port,
                username=self._username,
                password=self._password,
                start_tls=self._starttls,
                timeout=self._timeout_seconds,
            )
        except aiosmtplib.SMTPRecipientsRefused as refusal:
            if all(recipient.code >= _PERMANENT_FROM for recipient in refusal.recipients):
                raise AddressRefusedError("The mail server does not accept this address.") from None
            raise NotReachedError("The mail server accepts this address later, if at all.") from None
        except (aiosmtplib.SMTPException, OSError) as problem:
            raise NotReachedError(f"The mail server could not be used: {type(problem).__name__}.") from None
