"""A made-up bank: it accepts payment files, refuses payments to a closed account, and books the rest on its day."""

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
class BankAnswers:
    """The bank's answer to a file: a status report and a statement; the statement is empty if nothing was paid."""

    status_report: str
    statement: str
    refused: int
    paid: int


def read_transfers(content: bytes) -> list[Transfer]:
    """Return the payments of a pain.001 file, in its order."""
    result = []
    for batch in etree.fromstring(content).iterfind(".//p:PmtInf", _NAMESPACES):
        execute_on = _text(batch, "p:ReqdExctnDt/p:Dt")
        for element in batch.iterfind("p:CdtTrfTxInf", _NAMESPACES):
            euros, _, cents = _text(element, "p:Amt/p:InstdAmt").partition(".")
            result.append(
                Transfer(
                    end_to_end_id=_text(element, "p:PmtId/p:EndToEndId"),
                    execute_on=execute_on,
                    cents=int(euros) * 100 + int(cents or 0),
                    iban=_text(element, "p:CdtrAcct/p:Id/p:IBAN"),
                    remittance=_text(element, "p:RmtInf/p:Ustrd"),
                )
            )
    return result


def answer_file(
    file_id: str, transfers: Sequence[Transfer], *, own_iban: str, closed: frozenset[str], on: date
) -> BankAnswers:
    """Refuse the payments to closed accounts, one by one, and book all others one by one, to the cent."""
    refused = [transfer for transfer in transfers if transfer.iban in closed]
    paid = [transfer for transfer in transfers if transfer.iban not in closed]
    report = build_status_report(
        file_id,
        file=("PART" if refused else "ACCP", ""),
        payments=[(transfer.end_to_end_id, "RJCT", REASON_CLOSED) for transfer in refused],
        report_id=f"R{file_id}"[:35],
        made_on=on.isoformat(),
    )
    entries = [_booked_entry(transfer) for transfer in paid]
    booked = build_statement(entries, statement_id=f"S{file_id}"[:35], iban=own_iban) if entries else ""
    return BankAnswers(report, booked, len(refused), len(paid))


def _booked_entry(transfer: Transfer) -> BookedEntry:
    payment = (transfer.end_to_end_id, transfer.cents, transfer.remittance)
    return BookedEntry(-transfer.cents, reference=transfer.end_to_end_id, payments=[payment], on=transfer.execute_on)


def _text(element: etree._Element, path: str) -> str:
    return element.findtext(path, default="", namespaces=_NAMESPACES) or ""
