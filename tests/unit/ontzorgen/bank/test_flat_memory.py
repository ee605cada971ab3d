"""Files of the bank are read in flat memory, whatever is in them: each in a process of its own, so its peak counts."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from shared.testing.bank_files import (
    IBAN,
    REPORT_NAMESPACE,
    STATEMENT_NAMESPACE,
    BookedEntry,
    build_statement_parts,
    build_status_report,
)

FILE_BYTES = 28 * 1024 * 1024
ODD_FILE_BYTES = 8 * 1024 * 1024  # of what is odd, so much would take more than 60 MiB if it was kept
GROWTH_MIB_MAX = 60
READ = """
import resource, sys
from services.ontzorgen.bank.formats.bank_statement import StatementReader
from services.ontzorgen.bank.formats.status_report import read_payment_statuses, read_report_head
from services.ontzorgen.bank.handlers.bank_statements import _read_items
from services.ontzorgen.bank.handlers.messages import BankFile
from services.ontzorgen.bank.rules.messages import BankFileError

def peak_kib():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

kind, path = sys.argv[1:]
count, sentence, began = 0, "", peak_kib()
with open(path, "rb") as content:
    file = BankFile(content, "", "")
    try:
        if kind == "report":
            read_report_head(file.read_pieces())
            count = sum(len(statuses) for statuses in read_payment_statuses(file.read_pieces()))
        else:
            count = sum(len(items) for items in _read_items(file))
    except BankFileError as error:
        sentence = error.faults[0].code
print(count, (peak_kib() - began) // 1024, sentence)
"""


def repeat(head: str, part: str, tail: str, file_bytes: int = ODD_FILE_BYTES) -> Iterator[str]:
    yield head
    yield from [part] * (file_bytes // len(part) + 1)
    yield tail


def build_report() -> Iterator[str]:
    text = build_status_report("F1", payments=[("a" * 32, "RJCT", "AC04")])
    begin, end = text.index("<TxInfAndSts>"), text.index("</OrgnlPmtInfAndSts></Cstm")
    return repeat(text[:begin], text[begin:end], text[end:], FILE_BYTES)


def in_report(part: str, tail: str = "") -> Iterator[str]:
    head = f'<Document xmlns="{REPORT_NAMESPACE}"><CstmrPmtStsRpt><GrpHdr><MsgId>R1</MsgId>'
    head += "<CreDtTm>2026-07-02T09:00:00</CreDtTm></GrpHdr><OrgnlGrpInfAndSts><OrgnlMsgId>F1</OrgnlMsgId>"
    return repeat(f"{head}</OrgnlGrpInfAndSts>", part, f"{tail}</CstmrPmtStsRpt></Document>")


def in_statement(part: str, *, head: str = "", tail: str = "") -> Iterator[str]:
    opening, closing = "".join(build_statement_parts([], "S1", IBAN)).split("</Stmt>")
    assert STATEMENT_NAMESPACE in opening
    return repeat(opening + head, part, f"{tail}</Stmt>{closing}")


def build_statement() -> Iterator[str]:
    entries = [BookedEntry(-60_000, f"R{number}", [("a" * 32, 60_000, "huur")]) for number in range(54_000)]
    return build_statement_parts(entries, "S1", IBAN)


ENTRY = '<Ntry><Amt Ccy="EUR">0.00</Amt><CdtDbtInd>DBIT</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts>'
PAYMENT = "<TxDtls><Refs><EndToEndId>E</EndToEndId></Refs></TxDtls>"
FILES = {
    "a report on many payments": ("report", build_report, ""),
    "a report of nothing that is known": ("report", lambda: in_report("<a/>" * 100), "endless_element"),
    "a report of unknown parts between payments": (
        "report",
        lambda: in_report(f"{'<a/>' * 2_000}<TxInfAndSts><TxSts>RJCT</TxSts></TxInfAndSts>"),
        "",
    ),
    "a report of batches inside batches": (
        "report",
        lambda: in_report(f"<OrgnlPmtInfAndSts>{'<a/>' * 2_000}<TxInfAndSts/>"),
        "wrong_place",
    ),
    "a report of one long text": ("report", lambda: in_report("x" * 1_000), "endless_element"),
    "a report of many batches": (
        "report",
        lambda: in_report("<OrgnlPmtInfAndSts><PmtInfSts>RJCT</PmtInfSts></OrgnlPmtInfAndSts>"),
        "too_many_batches",
    ),
    "a report of payments without an id": (
        "report",
        lambda: in_report("<TxInfAndSts><TxSts>RJCT</TxSts></TxInfAndSts>"),
        "",
    ),
    "a statement of many entries": ("statement", build_statement, ""),
    "a statement of nothing that is known": ("statement", lambda: in_statement("<a/>" * 100), "endless_element"),
    "a statement of unknown parts between entries": (
        "statement",
        lambda: in_statement(f"{'<a/>' * 2_000}{ENTRY}</Ntry>"),
        "endless_element",
    ),
    "a statement of one long text": ("statement", lambda: in_statement("x" * 1_000, head=ENTRY), "endless_element"),
    "a statement of one entry with many payments": (
        "statement",
        lambda: in_statement(PAYMENT, head=f"{ENTRY}<NtryDtls>", tail="</NtryDtls></Ntry>"),
        "too_many_payments",
    ),
    "a statement of one entry with many parts": (
        "statement",
        lambda: in_statement(f"<NtryDtls>{PAYMENT}</NtryDtls>", head=ENTRY, tail="</Ntry>"),
        "too_many_payments",
    ),
    "a statement of entries with many payments": (
        "statement",
        lambda: in_statement(f"{ENTRY}<NtryDtls>{PAYMENT * 60}</NtryDtls></Ntry>"),
        "",
    ),
}


@pytest.mark.timeout(300)
@pytest.mark.parametrize("name", FILES)
def test_any_file_is_read_in_flat_memory(name: str, tmp_path: Path) -> None:
    kind, build, code = FILES[name]
    path = tmp_path / "file.xml"
    with path.open("w", encoding="utf-8") as file:
        file.writelines(build())
    assert path.stat().st_size > (FILE_BYTES if build in {build_report, build_statement} else ODD_FILE_BYTES)
    command = [sys.executable, "-c", READ, kind, str(path)]
    words = subprocess.run(command, check=True, capture_output=True, text=True).stdout.rstrip("\n").split(" ")
    count, growth_mib, refused_as = int(words[0]), int(words[1]), words[2]
    assert (refused_as, growth_mib <= GROWTH_MIB_MAX) == (code, True), (name, count, growth_mib)
    assert code or count > 1_000
