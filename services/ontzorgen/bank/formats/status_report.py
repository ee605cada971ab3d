"""What the bank says of a file of ours, pain.002: accepted, refused, or in part, for the file, a day or a payment."""

import re
from collections.abc import Iterable
from datetime import date
from typing import Any

from services.ontzorgen.bank.formats.xml_pieces import PieceReader, drop_ended_children
from services.ontzorgen.bank.rules.messages import BankFileError
from services.ontzorgen.bank.rules.refusals import UNEXPLAINED
from services.ontzorgen.bank.rules.status_reports import (
    ACCEPTED,
    PARTLY,
    REFUSED,
    Status,
    StatusLevel,
    StatusReport,
)

FILE_KIND = "pain.002 status report"
_FORMATS = re.compile(r"urn:iso:std:iso:20022:tech:xsd:pain\.002\.001\.(03|04|05|06|07|08|09|10|11|12|13|14)")
_TAGS = ("GrpHdr", "OrgnlGrpInfAndSts", "TxInfAndSts", "OrgnlPmtInfAndSts")
_REASON = re.compile(r"[A-Z0-9]{1,4}")
_STATUS_CODES = ACCEPTED | {REFUSED, PARTLY}


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
                reported_on = _parse_day(element.findtext("{*}CreDtTm"))
            elif name == "OrgnlGrpInfAndSts":
                ids[name] = element.findtext("{*}OrgnlMsgId") or ""
                statuses.extend(_read_status(element, StatusLevel.FILE, ids[name], "GrpSts"))
            elif name == "TxInfAndSts":
                payment_id = element.findtext("{*}OrgnlEndToEndId") or ""
                statuses.extend(_read_status(element, StatusLevel.PAYMENT, payment_id, "TxSts"))
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
    code = element.findtext(f"{{*}}{name}")
    if code is None:
        return []
    if code not in _STATUS_CODES:
        raise BankFileError("unknown_status", f"This {FILE_KIND} holds a status that is not known here: ask the bank.")
    reason = element.findtext("{*}StsRsnInf/{*}Rsn/{*}Cd") or ""
    return [Status(level, subject_id, code, reason if _REASON.fullmatch(reason) else UNEXPLAINED)]


def _parse_day(text: str | None) -> date | None:
    try:
        return date.fromisoformat((text or "")[:10])
    except ValueError:
        return None
