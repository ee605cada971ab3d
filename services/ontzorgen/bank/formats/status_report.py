"""What the bank says of a file of ours, pain.002: accepted, refused, or in part, for the file, a day or a payment."""

import re
from collections.abc import Iterable
from datetime import date
from typing import Any

from services.ontzorgen.bank.formats.safe_xml import PieceReader, forget
from services.ontzorgen.bank.rules.messages import (
    ACCEPTED,
    PARTLY,
    REFUSED,
    UNEXPLAINED,
    BankFileError,
    Status,
    StatusLevel,
    StatusReport,
)

WHAT = "pain.002 status report"
_FORMATS = re.compile(r"urn:iso:std:iso:20022:tech:xsd:pain\.002\.001\.(03|04|05|06|07|08|09|10|11|12|13|14)")
_WANTED = ("GrpHdr", "OrgnlGrpInfAndSts", "TxInfAndSts", "OrgnlPmtInfAndSts")
_REASON = re.compile(r"[A-Z0-9]{1,4}")
_KNOWN = ACCEPTED | {REFUSED, PARTLY}


def read_status_report(pieces: Iterable[bytes]) -> StatusReport:
    """The report, with what it says of each payment that it names. BankFileError for a bad file."""
    reader = PieceReader(_FORMATS, _WANTED, WHAT)
    made_on: date | None = None
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
                made_on = _day(element.findtext("{*}CreDtTm"))
            elif name == "OrgnlGrpInfAndSts":
                ids[name] = element.findtext("{*}OrgnlMsgId") or ""
                statuses.extend(_status(element, StatusLevel.FILE, ids[name], "GrpSts"))
            elif name == "TxInfAndSts":
                of = element.findtext("{*}OrgnlEndToEndId") or ""
                statuses.extend(_status(element, StatusLevel.PAYMENT, of, "TxSts"))
                parent = element.getparent()
            else:
                of = element.findtext("{*}OrgnlPmtInfId") or ""
                statuses.extend(_status(element, StatusLevel.BATCH, of, "PmtInfSts"))
                parent = element.getparent()
        forget(parent)
    reader.close()
    if not ids["GrpHdr"] or not ids["OrgnlGrpInfAndSts"] or made_on is None:
        raise BankFileError("no_ids", f"This {WHAT} does not say its id, day and which file it answers: ask the bank.")
    return StatusReport(ids["GrpHdr"], made_on, ids["OrgnlGrpInfAndSts"], tuple(statuses))


def _status(element: Any, level: StatusLevel, of: str, name: str) -> list[Status]:
    """None when nothing is said at this level."""
    code = element.findtext(f"{{*}}{name}")
    if code is None:
        return []
    if code not in _KNOWN:
        raise BankFileError("unknown_status", f"This {WHAT} holds a status that is not known here: ask the bank.")
    reason = element.findtext("{*}StsRsnInf/{*}Rsn/{*}Cd") or ""
    return [Status(level, of, code, reason if _REASON.fullmatch(reason) else UNEXPLAINED)]


def _day(text: str | None) -> date | None:
    try:
        return date.fromisoformat((text or "")[:10])
    except ValueError:
        return None
