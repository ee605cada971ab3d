"""Invented files as a bank would send them: camt.053 statements and pain.002 status reports, as small as possible."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

IBAN = "NL91ABNA0417164300"
STATEMENT_NAMESPACE = "urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"
REPORT_NAMESPACE = "urn:iso:std:iso:20022:tech:xsd:pain.002.001.10"


@dataclass(frozen=True)
class BookedEntry:
    """One entry: what leaves the account is negative. `payments` are (end-to-end id, cents, reference)."""

    cents: int
    reference: str
    payments: Sequence[tuple[str, int, str]] = ()
    batch_id: str = ""
    return_code: str = ""
    on: str = "2026-07-02"
    status: str = "BOOK"
    currency: str = "EUR"


def format_euros(cents: int) -> str:
    return f"{abs(cents) // 100}.{abs(cents) % 100:02}"


def build_statement(
    entries: Iterable[BookedEntry], statement_id: str = "S1", iban: str = IBAN, *, wrong_cents: int = 0
) -> str:
    """Return a file with one statement; its balances fit its entries but for `wrong_cents`."""
    return "".join(build_statement_parts(list(entries), statement_id, iban, wrong_cents=wrong_cents))


def build_statement_parts(
    entries: Sequence[BookedEntry], statement_id: str, iban: str, *, wrong_cents: int = 0
) -> Iterator[str]:
    """Yield the same text in parts, for files too large to hold twice."""
    moved_cents = sum(entry.cents for entry in entries if entry.status == "BOOK")
    opening = 1_000_000_000
    yield f'<?xml version="1.0" encoding="UTF-8"?>\n<Document xmlns="{STATEMENT_NAMESPACE}"><BkToCstmrStmt>'
    yield f"<GrpHdr><MsgId>M-{statement_id}</MsgId><CreDtTm>2026-07-03T06:00:00</CreDtTm></GrpHdr>"
    yield f"<Stmt><Id>{statement_id}</Id><Acct><Id><IBAN>{iban}</IBAN></Id><Ccy>EUR</Ccy></Acct>"
    yield _build_balance("OPBD", opening) + _build_balance("CLBD", opening + moved_cents + wrong_cents)
    for entry in entries:
        yield _build_entry(entry)
    yield "</Stmt></BkToCstmrStmt></Document>\n"


def _build_balance(kind: str, cents: int) -> str:
    sign = "CRDT" if cents >= 0 else "DBIT"
    return (
        f'<Bal><Tp><CdOrPrtry><Cd>{kind}</Cd></CdOrPrtry></Tp><Amt Ccy="EUR">{format_euros(cents)}</Amt>'
        f"<CdtDbtInd>{sign}</CdtDbtInd><Dt><Dt>2026-07-02</Dt></Dt></Bal>"
    )


def _build_entry(entry: BookedEntry) -> str:
    sign = "DBIT" if entry.cents < 0 else "CRDT"
    batch = f"<Btch><PmtInfId>{entry.batch_id}</PmtInfId></Btch>" if entry.batch_id else ""
    details = "".join(_build_details(entry, *payment, sign) for payment in entry.payments)
    return (
        f'<Ntry><Amt Ccy="{entry.currency}">{format_euros(entry.cents)}</Amt><CdtDbtInd>{sign}</CdtDbtInd>'
        f"<Sts><Cd>{entry.status}</Cd></Sts><BookgDt><Dt>{entry.on}</Dt></BookgDt><ValDt><Dt>{entry.on}</Dt></ValDt>"
        f"<AcctSvcrRef>{entry.reference}</AcctSvcrRef><BkTxCd><Domn><Cd>PMNT</Cd><Fmly><Cd>ICDT</Cd>"
        f"<SubFmlyCd>ESCT</SubFmlyCd></Fmly></Domn></BkTxCd><NtryDtls>{batch}{details}</NtryDtls></Ntry>\n"
    )


def _build_details(entry: BookedEntry, end_to_end_id: str, cents: int, reference: str, sign: str) -> str:
    returned = f"<RtrInf><Rsn><Cd>{entry.return_code}</Cd></Rsn></RtrInf>" if entry.return_code else ""
    return (
        f"<TxDtls><Refs><EndToEndId>{end_to_end_id or 'NOTPROVIDED'}</EndToEndId></Refs>"
        f'<Amt Ccy="{entry.currency}">{format_euros(cents)}</Amt><CdtDbtInd>{sign}</CdtDbtInd>'
        f"<RltdPties><Cdtr><Pty><Nm>Schuldeiser</Nm></Pty></Cdtr></RltdPties>"
        f"<RmtInf><Ustrd>{escape(reference)}</Ustrd></RmtInf>{returned}</TxDtls>"
    )


def build_status_report(
    file_id: str,
    *,
    file: tuple[str, str] | None = None,
    batches: Iterable[tuple[str, str, str]] = (),
    payments: Iterable[tuple[str, str, str]] = (),
    report_id: str = "R1",
    made_on: str = "2026-07-02",
) -> str:
    """Return a report on a file: (status, reason) of the file, (id, status, reason) of batches and of payments."""
    file_status = f"<GrpSts>{file[0]}</GrpSts>{_build_reason(file[1])}" if file else ""
    batch_statuses = "".join(
        f"<OrgnlPmtInfAndSts><OrgnlPmtInfId>{batch_id}</OrgnlPmtInfId><PmtInfSts>{code}</PmtInfSts>{_build_reason(reason)}"
        "</OrgnlPmtInfAndSts>"
        for batch_id, code, reason in batches
    )
    payment_statuses = "".join(
        f"<TxInfAndSts><OrgnlEndToEndId>{payment_id}</OrgnlEndToEndId><TxSts>{code}</TxSts>{_build_reason(reason)}</TxInfAndSts>"
        for payment_id, code, reason in payments
    )
    if payment_statuses:
        payment_statuses = f"<OrgnlPmtInfAndSts><OrgnlPmtInfId>-</OrgnlPmtInfId>{payment_statuses}</OrgnlPmtInfAndSts>"
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<Document xmlns="{REPORT_NAMESPACE}"><CstmrPmtStsRpt>'
        f"<GrpHdr><MsgId>{report_id}</MsgId><CreDtTm>{made_on}T09:00:00</CreDtTm></GrpHdr>"
        f"<OrgnlGrpInfAndSts><OrgnlMsgId>{file_id}</OrgnlMsgId><OrgnlMsgNmId>pain.001.001.09</OrgnlMsgNmId>{file_status}"
        f"</OrgnlGrpInfAndSts>{batch_statuses}{payment_statuses}</CstmrPmtStsRpt></Document>\n"
    )


def _build_reason(code: str) -> str:
    return f"<StsRsnInf><Rsn><Cd>{code}</Cd></Rsn></StsRsnInf>" if code else ""
