"""Bank files as a bank would send them, invented: camt.053 statements and pain.002 status reports, of minimal size."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

IBAN = "NL91ABNA0417164300"
STATEMENT_NAMESPACE = "urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"
REPORT_NAMESPACE = "urn:iso:std:iso:20022:tech:xsd:pain.002.001.10"


@dataclass(frozen=True)
class Booked:
    """One entry: what leaves the account is negative. `payments` are (end-to-end id, cents, reference)."""

    cents: int
    reference: str
    payments: Sequence[tuple[str, int, str]] = ()
    batch_id: str = ""
    return_code: str = ""
    on: str = "2026-07-02"
    status: str = "BOOK"
    currency: str = "EUR"


def euros(cents: int) -> str:
    return f"{abs(cents) // 100}.{abs(cents) % 100:02}"


def statement(entries: Iterable[Booked], statement_id: str = "S1", iban: str = IBAN, *, wrong_cents: int = 0) -> str:
    """One statement in one file; its balances fit its entries but for `wrong_cents`."""
    return "".join(statement_parts(list(entries), statement_id, iban, wrong_cents=wrong_cents))


def statement_parts(entries: Sequence[Booked], statement_id: str, iban: str, *, wrong_cents: int = 0) -> Iterator[str]:
    """The same text in parts, for files too large to hold twice."""
    moved = sum(entry.cents for entry in entries if entry.status == "BOOK")
    opening = 1_000_000_000
    yield f'<?xml version="1.0" encoding="UTF-8"?>\n<Document xmlns="{STATEMENT_NAMESPACE}"><BkToCstmrStmt>'
    yield f"<GrpHdr><MsgId>M-{statement_id}</MsgId><CreDtTm>2026-07-03T06:00:00</CreDtTm></GrpHdr>"
    yield f"<Stmt><Id>{statement_id}</Id><Acct><Id><IBAN>{iban}</IBAN></Id><Ccy>EUR</Ccy></Acct>"
    yield _balance("OPBD", opening) + _balance("CLBD", opening + moved + wrong_cents)
    for entry in entries:
        yield _entry(entry)
    yield "</Stmt></BkToCstmrStmt></Document>\n"


def _balance(kind: str, cents: int) -> str:
    sign = "CRDT" if cents >= 0 else "DBIT"
    return (
        f'<Bal><Tp><CdOrPrtry><Cd>{kind}</Cd></CdOrPrtry></Tp><Amt Ccy="EUR">{euros(cents)}</Amt>'
        f"<CdtDbtInd>{sign}</CdtDbtInd><Dt><Dt>2026-07-02</Dt></Dt></Bal>"
    )


def _entry(entry: Booked) -> str:
    sign = "DBIT" if entry.cents < 0 else "CRDT"
    batch = f"<Btch><PmtInfId>{entry.batch_id}</PmtInfId></Btch>" if entry.batch_id else ""
    details = "".join(_details(entry, *payment, sign) for payment in entry.payments)
    return (
        f'<Ntry><Amt Ccy="{entry.currency}">{euros(entry.cents)}</Amt><CdtDbtInd>{sign}</CdtDbtInd>'
        f"<Sts><Cd>{entry.status}</Cd></Sts><BookgDt><Dt>{entry.on}</Dt></BookgDt><ValDt><Dt>{entry.on}</Dt></ValDt>"
        f"<AcctSvcrRef>{entry.reference}</AcctSvcrRef><BkTxCd><Domn><Cd>PMNT</Cd><Fmly><Cd>ICDT</Cd>"
        f"<SubFmlyCd>ESCT</SubFmlyCd></Fmly></Domn></BkTxCd><NtryDtls>{batch}{details}</NtryDtls></Ntry>\n"
    )


def _details(entry: Booked, end_to_end_id: str, cents: int, reference: str, sign: str) -> str:
    returned = f"<RtrInf><Rsn><Cd>{entry.return_code}</Cd></Rsn></RtrInf>" if entry.return_code else ""
    return (
        f"<TxDtls><Refs><EndToEndId>{end_to_end_id or 'NOTPROVIDED'}</EndToEndId></Refs>"
        f'<Amt Ccy="{entry.currency}">{euros(cents)}</Amt><CdtDbtInd>{sign}</CdtDbtInd>'
        f"<RltdPties><Cdtr><Pty><Nm>Schuldeiser</Nm></Pty></Cdtr></RltdPties>"
        f"<RmtInf><Ustrd>{escape(reference)}</Ustrd></RmtInf>{returned}</TxDtls>"
    )


def status_report(
    file_id: str,
    *,
    file: tuple[str, str] | None = None,
    batches: Iterable[tuple[str, str, str]] = (),
    payments: Iterable[tuple[str, str, str]] = (),
    report_id: str = "R1",
    made_on: str = "2026-07-02",
) -> str:
    """A report on a file: (status, reason) of the file, (id, status, reason) of batches and of payments."""
    of_file = f"<GrpSts>{file[0]}</GrpSts>{_reason(file[1])}" if file else ""
    of_batches = "".join(
        f"<OrgnlPmtInfAndSts><OrgnlPmtInfId>{of}</OrgnlPmtInfId><PmtInfSts>{code}</PmtInfSts>{_reason(reason)}"
        "</OrgnlPmtInfAndSts>"
        for of, code, reason in batches
    )
    of_payments = "".join(
        f"<TxInfAndSts><OrgnlEndToEndId>{of}</OrgnlEndToEndId><TxSts>{code}</TxSts>{_reason(reason)}</TxInfAndSts>"
        for of, code, reason in payments
    )
    if of_payments:
        of_payments = f"<OrgnlPmtInfAndSts><OrgnlPmtInfId>-</OrgnlPmtInfId>{of_payments}</OrgnlPmtInfAndSts>"
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<Document xmlns="{REPORT_NAMESPACE}"><CstmrPmtStsRpt>'
        f"<GrpHdr><MsgId>{report_id}</MsgId><CreDtTm>{made_on}T09:00:00</CreDtTm></GrpHdr>"
        f"<OrgnlGrpInfAndSts><OrgnlMsgId>{file_id}</OrgnlMsgId><OrgnlMsgNmId>pain.001.001.09</OrgnlMsgNmId>{of_file}"
        f"</OrgnlGrpInfAndSts>{of_batches}{of_payments}</CstmrPmtStsRpt></Document>\n"
    )


def _reason(code: str) -> str:
    return f"<StsRsnInf><Rsn><Cd>{code}</Cd></Rsn></StsRsnInf>" if code else ""
