"""A mail read back by others: exactly our headers and our body, whatever a name, subject or text holds."""

import base64
from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.policy import compat32, default
from typing import Any
from uuid import UUID

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from services.notifications.delivery.adapters.mail import write_mail
from services.notifications.delivery.adapters.port import AddressRefusedError
from services.notifications.delivery.rules import Outgoing
from shared.events.codes import MessageChannel

MAIL = Outgoing(
    id=UUID(int=7),
    municipality="gm0637",
    channel=MessageChannel.EMAIL,
    language="nl",
    sender="meedoen@gemeente.example",
    sender_name="Gemeente Voorbeeld",
    recipient="lezer@people.example",
    recipient_name="Lezer",
    subject="Uw geld in juli",
    text="Dag\n",
    html="<p>Dag</p>\n",
    queued_at=datetime(2026, 7, 1, 9, 30, tzinfo=UTC),
)
OUR_HEADERS = [
    "From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "Content-Language", "MIME-Version", "Content-Type",
]  # fmt: skip
BCC = base64.b64encode(b"x\r\nBcc: other@people.example\r\n").decode()
INJECTIONS = [
    f"=?utf-8?B?{BCC}?=",
    "=?utf-8?q?x=0D=0ABcc:_other@people.example?=",
    "=?us-ascii?q?x=0A?= =?utf-8?q?Bcc:_o@p.example?=",
    '"quoted" <other@people.example>,',
    "Lezer\\",
    "(comment) a;b:c",
    "x" * 300,
    "\u202egnirts\u2066",
    "name@people.example",
    "=?utf-8?B?" + "A" * 200,
]
no_marks = st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"])
texts = st.text(no_marks, max_size=120) | st.sampled_from(INJECTIONS)
bodies = st.text(st.characters(exclude_categories=["Cc", "Cs"]) | st.just("\n"), max_size=200)


def read(content: bytes) -> EmailMessage:
    mail: Any = message_from_bytes(content, policy=default)
    return mail


@given(texts, texts, texts, bodies)
@example(INJECTIONS[0], INJECTIONS[0], INJECTIONS[0], INJECTIONS[0])
def test_each_mail_has_our_headers_and_our_body_alone(sender: str, name: str, subject: str, body: str) -> None:
    content = write_mail(replace(MAIL, sender_name=sender, recipient_name=name, subject=subject, text=body, html=body))
    head = content.partition(b"\r\n\r\n")[0]
    assert head.isascii()
    assert all(len(line) <= 78 for line in head.split(b"\r\n"))
    mail = read(content)
    assert mail.keys() == OUR_HEADERS
    assert mail["Subject"].rstrip() == subject.rstrip() or decode(content, "Subject") == subject
    assert decode(content, "To") == (f"{name} <{MAIL.recipient}>" if name.strip() else MAIL.recipient)
    assert decode(content, "From") == (f"{sender} <{MAIL.sender}>" if sender.strip() else MAIL.sender)
    assert [address.addr_spec for address in mail["To"].addresses] == [MAIL.recipient]
    assert [address.addr_spec for address in mail["From"].addresses] == [MAIL.sender]
    parts = [part.get_content().replace("\r\n", "\n").removesuffix("\n") for part in mail.iter_parts()]
    assert parts == [body.removesuffix("\n")] * 2


def decode(content: bytes, header: str) -> str:
    """Read a header by RFC 2047 alone, as another program would."""
    raw = message_from_bytes(content, policy=compat32)[header].replace("\r\n ", " ")
    return str(make_header(decode_header(raw)))


@pytest.mark.parametrize("mark", ["\r\n", "\n", "\x00", "\u2028", "\x85"])
def test_control_marks_are_refused_in_a_name_and_become_spaces_in_a_subject(mark: str) -> None:
    with pytest.raises(AddressRefusedError, match="control marks"):
        write_mail(replace(MAIL, recipient_name=f"x{mark}Bcc: other@people.example"))
    mail = read(write_mail(replace(MAIL, subject=f"x{mark}Bcc: other@people.example")))
    assert mail["Bcc"] is None
    assert mail["Subject"].split() == ["x", "Bcc:", "other@people.example"]


@pytest.mark.parametrize(
    "address",
    ["a@b.example\r\nBcc: c@d.example", "a b@c.example", "=?utf-8?q?a?=@b.example,c@d.example", "a@", "ü@a.example"],
)
def test_an_address_that_is_more_than_one_address_is_refused(address: str) -> None:
    with pytest.raises(AddressRefusedError):
        write_mail(replace(MAIL, recipient=address))
