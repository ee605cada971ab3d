"""What the bank says of a file of ours, pain.002: accepted, refused, or in part, for the file, a day or a payment.

It is read twice: first what it says of the file and of batches, which stands around the payments, then the payments.
"""

import re
from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any

from services.ontzorgen.bank.formats.xml_pieces import PieceReader, drop_ended_children, parse_dutch_day
from services.ontzorgen.bank.rules.matching import parse_sent_id
from services.ontzorgen.bank.rules.messages import BankFileError, is_placeholder
from services.ontzorgen.bank.rules.refusals import UNEXPLAINED
from services.ontzorgen.bank.rules.status_reports import REPEATED, ReportHead, Status, StatusLevel

FILE_KIND = "pain.002 status report"
_FORMATS = re.compile(r"urn:iso:std:iso:20022:tech:xsd:pain\.002\.001\.(0[2-9]|1[0-5])")
_BATCH, _PAYMENT = "OrgnlPmtInfAndSts", "TxInfAndSts"
_TAGS = ("GrpHdr", "OrgnlGrpInfAndSts", _PAYMENT, _BATCH)
WIDE_STATUSES_MAX = 10_000
_REASON = re.compile(r"[A-Z0-9]{1,4}")


def read_report_head(pieces: Iterable[bytes]) -> ReportHead:
    """Return which file of ours a report answers, and what it says of that and of its batches. BankFileError if bad."""
    reported_on: date | None = None
    ids = {"GrpHdr": "", "OrgnlGrpInfAndSts": ""}
    wide: list[Status] = []
    for elements in _read_elements(pieces):
        for name, element in elements:
            if name == "GrpHdr":
                ids[name] = element.findtext("{*}MsgId") or ""
                reported_on = parse_dutch_day(element.findtext("{*}CreDtTm"))
            elif name == "OrgnlGrpInfAndSts":
                ids[name] = element.findtext("{*}OrgnlMsgId") or ""
                wide.extend(_read_status(element, StatusLevel.FILE, ids[name], "GrpSts"))
            elif name == _BATCH:
                batch_id = element.findtext("{*}OrgnlPmtInfId") or ""
                wide.extend(_read_status(element, StatusLevel.BATCH, batch_id, "PmtInfSts"))
        if len(wide) > WIDE_STATUSES_MAX:
            raise BankFileError(
                "too_many_batches",
                f"This {FILE_KIND} speaks of more than {WIDE_STATUSES_MAX} batches, which no file of ours has: ask the "
                "bank for a report on one file.",
            )
    if not ids["GrpHdr"] or not ids["OrgnlGrpInfAndSts"] or reported_on is None:
        raise BankFileError(
            "no_ids", f"This {FILE_KIND} does not say its id, day and which file it answers: ask the bank."
        )
    return ReportHead(ids["GrpHdr"], reported_on, ids["OrgnlGrpInfAndSts"], tuple(wide))


def read_payment_statuses(pieces: Iterable[bytes]) -> Iterator[list[Status]]:
    """Yield what a report says of single payments, as it is read: some at a time, never all."""
    for elements in _read_elements(pieces):
        found: list[Status] = []
        for name, element in elements:
            if name == _PAYMENT:
                found.extend(_read_status(element, StatusLevel.PAYMENT, _find_payment_id(element), "TxSts"))
        yield found


def _read_elements(pieces: Iterable[bytes]) -> Iterator[list[tuple[str, Any]]]:
    """Yield the elements that ended in each piece, and then free them with all else that has ended."""
    reader = PieceReader(_FORMATS, _TAGS, FILE_KIND, events=("end",))
    for piece in pieces:
        elements = [(_find_name(element), element) for _, element in reader.feed(piece)]
        if elements:
            yield elements
            _drop_ended(elements[-1][1])
    reader.close()


def _find_name(element: Any) -> str:
    """Return the name of an element. BankFileError when it stands where no report has it: what is there is kept."""
    name: str = element.tag.rpartition("}")[2]
    parent = element.getparent()
    if name == _PAYMENT and parent.tag.endswith(f"}}{_BATCH}"):
        parent = parent.getparent()
    if parent is None or parent.getparent() is None or parent.getparent().getparent() is not None:
        raise BankFileError(
            "wrong_place", f"Parts of this {FILE_KIND} lie inside of others: fetch it from the bank again."
        )
    return name


def _drop_ended(element: Any) -> None:
    """Free what has ended; of a batch that goes on, all before its first payment is kept: it is read at its end."""
    root = element.getroottree().getroot()
    drop_ended_children(root)
    report = root[-1]
    drop_ended_children(report)
    if len(report) and report[-1].tag.endswith(f"}}{_BATCH}"):
        batch = report[-1]
        head_count = next((at for at, child in enumerate(batch) if child.tag.endswith(f"}}{_PAYMENT}")), len(batch))
        drop_ended_children(batch, kept=head_count)


def _read_status(element: Any, level: StatusLevel, subject_id: str, name: str) -> list[Status]:
    """Return the status at this level; empty if the element says nothing of it."""
    code = (element.findtext(f"{{*}}{name}") or "").strip()
    return [Status(level, subject_id, code, _read_reason(element))] if code else []


def _read_reason(element: Any) -> str:
    """Return why, of several reasons the one that says it is a repeat, or else the first; UNEXPLAINED without one."""
    found = element.xpath("*[local-name()='StsRsnInf']/*[local-name()='Rsn']/*/text()")
    reasons = [reason.strip() for reason in found if _REASON.fullmatch(reason.strip())]
    repeats = [reason for reason in reasons if reason in REPEATED]
    explained = [reason for reason in reasons if reason != UNEXPLAINED]
    return next(iter([*repeats, *explained]), UNEXPLAINED)


def _find_payment_id(element: Any) -> str:
    """Return the id that we gave a payment, end to end or for its instruction; any other that is there without it."""
    names = ("OrgnlEndToEndId", "OrgnlInstrId")
    found = [(element.findtext(f"{{*}}{name}") or "").strip() for name in names]
    ids = [payment_id for payment_id in found if not is_placeholder(payment_id)]
    return next((payment_id for payment_id in ids if parse_sent_id(payment_id) is not None), ids[0] if ids else "")
