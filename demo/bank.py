"""A made-up bank: it takes files of payments, refuses what goes to a closed account, and books the rest on its day."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from lxml import etree

from shared.testing.bank_files import BookedEntry, build_statement, build_status_report

REASON_CLOSED = "AC04"
_NAMESPACES = {"p": "urn:iso:std:iso:20022:tech:xsd:pain.001.001.09"}


@dataclass(frozen=True)
class Transfer:
    """One payment of a file, as the bank reads it."""

    end_to_end_id: str
    execute_on: str
    cents: int
    iban: str
    remittance: str


@dataclass(frozen=True)
class Answers:
    """What the bank says of a file: a status report and a statement; the statement is empty when nothing was paid."""

    status_report: str
    statement: str
    refused: int
    paid: int


def transfers(content: bytes) -> list[Transfer]:
    """The payments of a pain.001 file, in its order."""
    found = []
    for batch in etree.fromstring(content).iterfind(".//p:PmtInf", _NAMESPACES):
        execute_on = _text(batch, "p:ReqdExctnDt/p:Dt")
        for one in batch.iterfind("p:CdtTrfTxInf", _NAMESPACES):
            euros, _, cents = _text(one, "p:Amt/p:InstdAmt").partition(".")
            found.append(
                Transfer(
                    end_to_end_id=_text(one, "p:PmtId/p:EndToEndId"),
                    execute_on=execute_on,
                    cents=int(euros) * 100 + int(cents or 0),
                    iban=_text(one, "p:CdtrAcct/p:Id/p:IBAN"),
                    remittance=_text(one, "p:RmtInf/p:Ustrd"),
                )
            )
    return found


def answer(file_id: str, asked: Sequence[Transfer], *, own_iban: str, closed: frozenset[str], on: date) -> Answers:
    """Payments to closed accounts are refused, one by one; all others are booked one by one, to the cent."""
    refused = [one for one in asked if one.iban in closed]
    paid = [one for one in asked if one.iban not in closed]
    report = build_status_report(
        file_id,
        file=("PART" if refused else "ACCP", ""),
        payments=[(one.end_to_end_id, "RJCT", REASON_CLOSED) for one in refused],
        report_id=f"R{file_id}"[:35],
        made_on=on.isoformat(),
    )
    entries = [_booked(one) for one in paid]
    booked = build_statement(entries, statement_id=f"S{file_id}"[:35], iban=own_iban) if entries else ""
    return Answers(report, booked, len(refused), len(paid))


def _booked(one: Transfer) -> BookedEntry:
    payment = (one.end_to_end_id, one.cents, one.remittance)
    return BookedEntry(-one.cents, reference=one.end_to_end_id, payments=[payment], on=one.execute_on)


def _text(element: etree._Element, path: str) -> str:
    return element.findtext(path, default="", namespaces=_NAMESPACES) or ""
