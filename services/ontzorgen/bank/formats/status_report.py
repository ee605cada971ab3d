"""What the bank says of a file of ours, pain.002: accepted, refused, or in part, for the file, a day or a payment."""

import re
from collections.abc import Iterable
from datetime import date
from typing import Any

from services.ontzorgen.bank.formats.xml_pieces import PieceReader, drop_ended_children, parse_dutch_day
from services.ontzorgen.bank.rules.messages import BankFileError, is_placeholder
from services.ontzorgen.bank.rules.refusals import UNEXPLAINED
from services.ontzorgen.bank.rules.status_reports import REPEATED, Status, StatusLevel, StatusReport

FILE_KIND = "pain.002 status report"
_FORMATS = re.compile(r"urn:iso:std:iso:20022:tech:xsd:pain\.002\.001\.(0[2-9]|1[0-5])")
_TAGS = ("GrpHdr", "OrgnlGrpInfAndSts", "TxInfAndSts", "OrgnlPmtInfAndSts")
_REASON = re.compile(r"[A-Z0-9]{1,4}")


def read_status_report(pieces: Iterable[bytes]) -> StatusReport:
    """Return the report, with what it says of each payment that it names. BankFileError for a bad file."""
    reader = PieceReader(_FORMATS, _TAGS, FILE_KIND)
    reported_on: date | None = None
    ids = {"GrpHdr": "", "OrgnlGrpInfAndSts": ""}
    statuses: list[Status] = []
    for piece in pieces:
        parent = None
        for event, element in reader.feed(piece):
            if event == "start":
                continue
            name = element.tag.rpartition("}")[2]
            if name == "GrpHdr":
                ids[name] = element.findtext("{*}MsgId") or ""
                reported_on = parse_dutch_day(element.findtext("{*}CreDtTm"))
            elif name == "OrgnlGrpInfAndSts":
                ids[name] = element.findtext("{*}OrgnlMsgId") or ""
                statuses.extend(_read_status(element, StatusLevel.FILE, ids[name], "GrpSts"))
            elif name == "TxInfAndSts":
                statuses.extend(_read_status(element, StatusLevel.PAYMENT, _find_payment_id(element), "TxSts"))
                parent = element.getparent()
            else:
                batch_id = element.findtext("{*}OrgnlPmtInfId") or ""
                statuses.extend(_read_status(element, StatusLevel.BATCH, batch_id, "PmtInfSts"))
                parent = element.getparent()
        drop_ended_children(parent)
    reader.close()
    if not ids["GrpHdr"] or not ids["OrgnlGrpInfAndSts"] or reported_on is None:
        raise BankFileError(
            "no_ids", f"This {FILE_KIND} does not say its id, day and which file it answers: ask the bank."
        )
    return StatusReport(ids["GrpHdr"], reported_on, ids["OrgnlGrpInfAndSts"], tuple(statuses))


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
    """Return the id that we gave a payment: where the bank leaves that out, the one of its instruction."""
    names = ("OrgnlEndToEndId", "OrgnlInstrId")
    ids = [(element.findtext(f"{{*}}{name}") or "").strip() for name in names]
    return next((found for found in ids if not is_placeholder(found)), "")
