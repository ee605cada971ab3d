"""A message as a mail: text and HTML, always the same bytes.

The headers are written here and not by `email`: it reads encoded words (RFC 2047) in what it is given, so that a name
could bring a header of its own. Here a text is a text, and whatever is no plain word is encoded.
"""

import re
from base64 import b64encode
from collections.abc import Iterator
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from services.notifications.delivery.adapters.port import AddressRefusedError
from services.notifications.delivery.rules import Outgoing
from services.notifications.messages.rules.languages import SEVERAL_LANGUAGES

_PLAIN_WORDS = re.compile(r"[A-Za-z0-9]+(?: [A-Za-z0-9]+)*")
_ADDRESS = re.compile(r"[!-~]+@[A-Za-z0-9.-]+")
_CONTROL_MARKS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_ENCODED_BYTES_MAX = 30  # 52 characters as an encoded word: with the longest name of a header less than 76
_LINE_CHARACTERS_MAX = 60


def write_mail(message: Outgoing) -> bytes:
    """Return the mail by RFC 5322; AddressRefusedError if there is no address or it is not one."""
    headers = {
        "From": _write_mailbox(message.sender_name, message.sender),
        "To": _write_mailbox(message.recipient_name or "", message.recipient or ""),
        "Subject": _write_words(_CONTROL_MARKS.sub(" ", message.subject)),
        "Date": format_datetime(message.queued_at),
        "Message-ID": mail_id(message),
        "Auto-Submitted": "auto-generated",
    }
    if message.language != SEVERAL_LANGUAGES:
        headers["Content-Language"] = message.language
    content = EmailMessage(policy=SMTP)
    content.set_content(message.text, cte="base64")
    content.add_alternative(message.html, subtype="html", cte="base64")
    content.set_boundary(f"=_{message.id.hex}")
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return lines.encode("ascii") + content.as_bytes()


def mail_id(message: Outgoing) -> str:
    """Return an id that follows from the message's own, so that a receiver can tell a repeat from a new mail."""
    return f"<{message.id}@{message.sender.rpartition('@')[2]}>"


def _write_mailbox(name: str, address: str) -> str:
    """Return `name <address>`; AddressRefusedError without an address, or if either holds what it cannot."""
    if not address:
        raise AddressRefusedError("The address is missing.")
    try:
        parsed = Address(addr_spec=address)
    except (ValueError, IndexError):
        parsed = None
    if parsed is None or not _ADDRESS.fullmatch(address) or parsed.addr_spec != address:
        raise AddressRefusedError("The address is missing or is no e-mail address.")
    if _CONTROL_MARKS.search(name):
        raise AddressRefusedError("The name holds control marks: write it again.")
    return f"{_write_words(name)}\r\n <{address}>" if name.strip() else address


def _write_words(text: str) -> str:
    """Return plain words as they are, and anything else as encoded words, one a line."""
    if len(text) <= _LINE_CHARACTERS_MAX and _PLAIN_WORDS.fullmatch(text):
        return text
    return "\r\n ".join(f"=?utf-8?B?{b64encode(piece).decode()}?=" for piece in _cut_bytes(text))


def _cut_bytes(text: str) -> Iterator[bytes]:
    """Yield the text in pieces that fit an encoded word and end with a whole character."""
    piece = b""
    for character in text:
        encoded = character.encode()
        if len(piece) + len(encoded) > _ENCODED_BYTES_MAX:
            yield piece
            piece = b""
        piece += encoded
    yield piece
