"""A message as a mail: text and HTML, always the same bytes."""

from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from services.notifications.delivery.adapters.port import AddressRefusedError
from services.notifications.delivery.rules import Outgoing
from services.notifications.messages.rules.languages import SEVERAL_LANGUAGES


def write_mail(message: Outgoing) -> bytes:
    """Return the mail by RFC 5322; AddressRefusedError if there is no address or it is not one."""
    mail = EmailMessage(policy=SMTP)
    try:
        mail["From"] = Address(message.sender_name, addr_spec=message.sender)
        mail["To"] = Address(message.recipient_name or "", addr_spec=message.recipient or "")
    except (ValueError, IndexError):
        raise AddressRefusedError("The address is missing or is no e-mail address.") from None
    if not message.recipient:
        raise AddressRefusedError("The address is missing.")
    mail["Subject"] = message.subject
    mail["Date"] = format_datetime(message.queued_at)
    mail["Message-ID"] = mail_id(message)
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(message.text, cte="base64")
    mail.add_alternative(message.html, subtype="html", cte="base64")
    if message.language != SEVERAL_LANGUAGES:
        mail["Content-Language"] = message.language
    mail.set_boundary(f"=_{message.id.hex}")
    return mail.as_bytes()


def mail_id(message: Outgoing) -> str:
    """Return an id that follows from the message's own, so that a receiver can tell a repeat from a new mail."""
    return f"<{message.id}@{message.sender.rpartition('@')[2]}>"
