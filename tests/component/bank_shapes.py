"""Files of a bank in shapes that plainer ones lack: netting, charges, pages, numbers, moments, broken references."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from shared.testing.bank_files import IBAN, format_euros

OPENING_CENTS = 1_000_000_000
_NAMESPACE = "urn:iso:std:iso:20022:tech:xsd:camt.053.001."


@dataclass(frozen=True)
class Part:
    """One payment inside an entry. `cents` None: it says no amount. Signed as from the account's side."""

    end_to_end_id: str = "NOTPROVIDED"
    cents: int | None = None
    instruction_id: str = ""
    amount_in: str = "Amt"
    charge_cents: int = 0
    lines: Sequence[str] = ()
    structured: str = ""
    return_code: str = ""

    def build(self, entry_cents: int) -> str:
        sign = "DBIT" if (self.cents or entry_cents) < 0 else "CRDT"
        euros = "" if self.cents is None else f'<Amt Ccy="EUR">{format_euros(self.cents)}</Amt>'
        if self.amount_in != "Amt" and euros:
            euros = f"<AmtDtls><{self.amount_in}>{euros}</{self.amount_in}></AmtDtls>"
        else:
            euros += f"<CdtDbtInd>{sign}</CdtDbtInd>"
        instruction = f"<InstrId>{self.instruction_id}</InstrId>" if self.instruction_id else ""
        charges = f'<Chrgs><Rcrd><Amt Ccy="EUR">{format_euros(self.charge_cents)}</Amt></Rcrd></Chrgs>'
        plain = "".join(f"<Ustrd>{line}</Ustrd>" for line in self.lines)
        structured = f"<Strd><CdtrRefInf><Ref>{self.structured}</Ref></CdtrRefInf></Strd>" if self.structured else ""
        returned = f"<RtrInf><Rsn><Cd>{self.return_code}</Cd></Rsn></RtrInf>" if self.return_code else ""
        return (
            f"<TxDtls><Refs>{instruction}<EndToEndId>{self.end_to_end_id}</EndToEndId></Refs>{euros}"
            f"{charges if self.charge_cents else ''}<RmtInf>{plain}{structured}</RmtInf>{returned}</TxDtls>"
        )


@dataclass(frozen=True)
class Booking:
    """One entry with the payments in it."""

    cents: int
    reference: str
    parts: Sequence[Part] = ()
    on: str = "2026-07-02"
    is_reversal: bool = False
    batch: str = ""

    def build(self) -> str:
        sign = "DBIT" if self.cents < 0 else "CRDT"
        day = f"<DtTm>{self.on}</DtTm>" if "T" in self.on else f"<Dt>{self.on}</Dt>"
        reversal = "<RvslInd>true</RvslInd>" if self.is_reversal else ""
        batch = f"<Btch>{self.batch}</Btch>" if self.batch else ""
        return (
            f'<Ntry><Amt Ccy="EUR">{format_euros(self.cents)}</Amt><CdtDbtInd>{sign}</CdtDbtInd>{reversal}'
            f"<Sts><Cd>BOOK</Cd></Sts><BookgDt>{day}</BookgDt><AcctSvcrRef>{self.reference}</AcctSvcrRef>"
            f"<NtryDtls>{batch}{''.join(part.build(self.cents) for part in self.parts)}</NtryDtls></Ntry>"
        )


@dataclass(frozen=True)
class Sheet:
    """One statement, or a page of one. Without `closing_cents` its balances fit its entries; `page`: number, last."""

    id: str
    bookings: Sequence[Booking] = ()
    opening_cents: int | None = OPENING_CENTS
    closing_cents: int | None = None
    has_closing: bool = True
    iban: str = IBAN
    opened_on: str = "2026-07-02"
    closed_on: str = "2026-07-02"
    number: int | None = None
    page: tuple[int, bool] | None = None
    kinds: tuple[str, str] = field(default=("OPBD", "CLBD"))

    def build(self) -> str:
        moved = sum(booking.cents for booking in self.bookings)
        closing = self.closing_cents if self.closing_cents is not None else (self.opening_cents or 0) + moved
        mark = self.page and f"<PgNb>{self.page[0]}</PgNb><LastPgInd>{str(self.page[1]).lower()}</LastPgInd>"
        pages = f"<StmtPgntn>{mark}</StmtPgntn>" if mark else ""
        number = "" if self.number is None else f"<ElctrncSeqNb>{self.number}</ElctrncSeqNb>"
        opened = "" if self.opening_cents is None else _balance(self.kinds[0], self.opening_cents, self.opened_on)
        closed = _balance(self.kinds[1], closing, self.closed_on) if self.has_closing else ""
        return (
            f"<Stmt><Id>{self.id}</Id>{pages}{number}<Acct><Id><IBAN>{self.iban}</IBAN></Id><Ccy>EUR</Ccy></Acct>"
            f"{opened}{closed}{''.join(booking.build() for booking in self.bookings)}</Stmt>"
        )


def build_file(*sheets: Sheet, version: str = "08") -> str:
    """Return a file with these statements, whose bytes differ with them."""
    body = "".join(sheet.build() for sheet in sheets)
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<Document xmlns="{_NAMESPACE}{version}"><BkToCstmrStmt>'
        f"<GrpHdr><MsgId>M-{sheets[0].id}</MsgId><CreDtTm>2026-07-03T06:00:00</CreDtTm></GrpHdr>{body}"
        "</BkToCstmrStmt></Document>\n"
    )


def _balance(kind: str, cents: int, on: str) -> str:
    return (
        f'<Bal><Tp><CdOrPrtry><Cd>{kind}</Cd></CdOrPrtry></Tp><Amt Ccy="EUR">{format_euros(cents)}</Amt>'
        f"<CdtDbtInd>{'CRDT' if cents >= 0 else 'DBIT'}</CdtDbtInd><Dt><Dt>{on}</Dt></Dt></Bal>"
    )
