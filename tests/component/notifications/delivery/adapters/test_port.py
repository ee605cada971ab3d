"""One contract for every way in which messages leave: a folder and a mail server must keep the same promises."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from aiosmtpd.smtp import SMTP, Envelope, Session

from services.notifications.delivery.adapters.port import AddressRefusedError, DeliveryPort, NotReachedError
from services.notifications.delivery.adapters.smtp import MailServer
from services.notifications.delivery.adapters.spool import SpoolFolder
from services.notifications.delivery.rules import Outgoing
from shared.events.codes import MessageChannel

MAIL = Outgoing(
    id=UUID(int=7),
    municipality="gm0637",
    channel=MessageChannel.EMAIL,
    language="ar",
    sender="meedoen@gemeente.example",
    sender_name="Gemeente Voorbeeld",
    recipient="lezer@people.example",
    recipient_name="قارئ",
    subject="أموالكم في يوليو",
    text="مرحباً\n",
    html="<p>مرحباً</p>\n",
    queued_at=datetime(2026, 7, 1, 9, 30, tzinfo=UTC),
)


class Mailbox:
    """What aiosmtpd hands over. An address that begins with "nobody" is refused, "later" is asked to come back."""

    def __init__(self) -> None:
        self.received: list[bytes] = []

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        if address.startswith("nobody"):
            return "550 no such user"
        if address.startswith("later"):
            return "450 try again"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 - as above
        assert isinstance(envelope.content, bytes)
        self.received.append(envelope.content)
        return "250 OK"


@pytest.fixture
async def mailbox() -> AsyncIterator[tuple[Mailbox, int]]:
    box = Mailbox()
    server = await asyncio.get_running_loop().create_server(lambda: SMTP(box), "127.0.0.1", 0)
    yield box, server.sockets[0].getsockname()[1]
    server.close()
    await server.wait_closed()


@dataclass
class Outlet:
    """An adapter, and every mail that came out of it."""

    port: DeliveryPort
    mails: Callable[[], list[bytes]]
    repeats: int  # what remains of one message handed over twice


@pytest.fixture(params=["spool", "smtp"])
def outlet(request: pytest.FixtureRequest, tmp_path: Path, mailbox: tuple[Mailbox, int]) -> Outlet:
    if request.param == "spool":
        return Outlet(SpoolFolder(tmp_path), lambda: [path.read_bytes() for path in tmp_path.glob("*/*.eml")], 1)
    return Outlet(MailServer("127.0.0.1", mailbox[1], starttls=False), lambda: list(mailbox[0].received), 2)


def read(content: bytes) -> EmailMessage:
    mail: Any = message_from_bytes(content, policy=default)
    return mail


class TestContract:
    async def test_a_mail_arrives_whole_in_any_script(self, outlet: Outlet) -> None:
        await outlet.port.deliver(MAIL)
        (mail,) = map(read, outlet.mails())
        assert (mail["Subject"], mail["Content-Language"]) == ("أموالكم في يوليو", "ar")
        assert str(mail["To"]) == "قارئ <lezer@people.example>"
        assert str(mail["From"]) == "Gemeente Voorbeeld <meedoen@gemeente.example>"
        parts = {part.get_content_type(): part.get_content().replace("\r\n", "\n") for part in mail.iter_parts()}
        assert parts == {"text/plain": "مرحباً\n", "text/html": "<p>مرحباً</p>\n"}

    async def test_the_same_message_twice_has_the_same_id_and_bytes(self, outlet: Outlet) -> None:
        for _ in range(2):
            await outlet.port.deliver(MAIL)
        mails = outlet.mails()
        assert len(mails) == outlet.repeats
        assert len(set(mails)) == 1
        assert read(mails[0])["Message-ID"] == f"<{MAIL.id}@gemeente.example>"

    @pytest.mark.parametrize("recipient", [None, "", "no address", "two@people.example, one@people.example"])
    async def test_a_missing_or_wrong_address_is_refused_and_nothing_leaves(
        self, outlet: Outlet, recipient: str | None
    ) -> None:
        with pytest.raises(AddressRefusedError) as refusal:
            await outlet.port.deliver(replace(MAIL, recipient=recipient))
        assert outlet.mails() == []
        assert not recipient or recipient not in str(refusal.value)

    async def test_a_name_cannot_add_a_header(self, outlet: Outlet) -> None:
        with pytest.raises(AddressRefusedError):
            await outlet.port.deliver(replace(MAIL, recipient_name="x\r\nBcc: other@people.example"))
        assert outlet.mails() == []


class TestSpoolFolder:
    async def test_a_mail_is_a_file_that_only_this_user_can_read(self, tmp_path: Path) -> None:
        await SpoolFolder(tmp_path / "spool").deliver(MAIL)
        path = tmp_path / "spool" / "gm0637" / f"{MAIL.id}.eml"
        assert path.stat().st_mode & 0o077 == 0
        assert [file.name for file in path.parent.iterdir()] == [path.name], "nothing unfinished stays"

    async def test_a_folder_that_cannot_be_written_is_tried_again_later(self, tmp_path: Path) -> None:
        (tmp_path / "gm0637").write_text("in the way")
        with pytest.raises(NotReachedError, match="cannot be written"):
            await SpoolFolder(tmp_path).deliver(MAIL)


class TestMailServer:
    @pytest.mark.parametrize(
        ("recipient", "failure"),
        [("nobody@people.example", AddressRefusedError), ("later@people.example", NotReachedError)],
    )
    async def test_what_the_server_says_of_an_address_decides(
        self, mailbox: tuple[Mailbox, int], recipient: str, failure: type[Exception]
    ) -> None:
        with pytest.raises(failure):
            await MailServer("127.0.0.1", mailbox[1], starttls=False).deliver(replace(MAIL, recipient=recipient))

    async def test_a_server_that_is_away_is_tried_again_later(self) -> None:
        with pytest.raises(NotReachedError, match="could not be used"):
            await MailServer("127.0.0.1", 1, timeout_seconds=1).deliver(MAIL)

    async def test_a_server_without_encryption_is_not_used_unless_that_is_asked(
        self, mailbox: tuple[Mailbox, int]
    ) -> None:
        with pytest.raises(NotReachedError):
            await MailServer("127.0.0.1", mailbox[1]).deliver(MAIL)
        assert mailbox[0].received == []
