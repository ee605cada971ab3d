"""Reading statements of the bank: in pieces of any size, older and newer formats, batches of any length."""

import resource
from concurrent.futures import ThreadPoolExecutor
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.ontzorgen.bank.formats.bank_statement import StatementReader
from services.ontzorgen.bank.formats.xml_pieces import ELEMENT_BYTES_MAX, parse_cents
from services.ontzorgen.bank.rules.bank_statements import Entry, StatementHead
from services.ontzorgen.bank.rules.messages import BankFileError, is_placeholder
from shared.testing.bank_files import IBAN, BookedEntry, build_statement

ENTRIES = [
    BookedEntry(-70_05, "R1", [("a" * 32, 50_00, "huur juli"), ("b" * 32, 20_05, "")]),
    BookedEntry(12_00, "R2", [("c" * 32, 12_00, "")], return_code="MS03"),
    BookedEntry(-1, "R3", batch_id="B1"),
    BookedEntry(-9_00, "R4", status="PDNG"),
]
TEXT = build_statement(ENTRIES).encode()
OLDER = (
    TEXT.replace(b"camt.053.001.08", b"camt.053.001.02")
    .replace(b"<Sts><Cd>BOOK</Cd></Sts>", b"<Sts>BOOK</Sts>")
    .replace(b'<Amt Ccy="EUR">50.00</Amt>', b'<AmtDtls><TxAmt><Amt Ccy="EUR">50.00</Amt></TxAmt></AmtDtls>')
    .replace(b'<Amt Ccy="EUR">20.05</Amt>', b'<AmtDtls><TxAmt><Amt Ccy="EUR">20.05</Amt></TxAmt></AmtDtls>')
)


def read_items(text: bytes, piece_bytes: int = 65_536) -> list[StatementHead | Entry]:
    reader = StatementReader()
    items: list[StatementHead | Entry] = []
    for start in range(0, len(text), piece_bytes):
        items.extend(reader.feed(text[start : start + piece_bytes]))
    items.extend(reader.close())
    return items


class TestStatement:
    def test_an_entry_says_what_moved_for_whom_and_why_it_came_back(self) -> None:
        head, several, returned, batch = read_items(TEXT)
        day = date(2026, 7, 2)
        assert head == StatementHead(1, "S1", IBAN, "EUR", 1_000_000_000, 1_000_000_000 - 58_06, day, day)
        assert isinstance(several, Entry)
        assert [tuple(detail) for detail in several.details] == [
            (-50_00, "a" * 32, "huur juli", ""),
            (-20_05, "b" * 32, "", ""),
        ]
        assert isinstance(returned, Entry)
        assert (returned.amount_cents, returned.details[0].return_code) == (12_00, "MS03")
        assert isinstance(batch, Entry)
        assert (batch.batch_id, batch.details, batch.booked_on) == ("B1", (), date(2026, 7, 2))

    def test_a_second_thread_is_refused_as_it_would_free_memory_that_is_not_its_own(self) -> None:
        reader = StatementReader()
        reader.feed(TEXT[:700])
        with ThreadPoolExecutor(1) as another:
            for step in (lambda: reader.feed(TEXT[700:]), reader.close):
                with pytest.raises(RuntimeError, match="read by one thread"):
                    another.submit(step).result()

    def test_the_older_format_says_the_same(self) -> None:
        assert read_items(OLDER) == read_items(TEXT)

    @pytest.mark.parametrize("piece_bytes", [1, 700, 1_000_000])
    def test_several_statements_in_one_file_each_have_their_own_entries(self, piece_bytes: int) -> None:
        first, second = (
            build_statement(ENTRIES[at:], f"S{at}").partition("<Stmt>")[2].partition("</BkTo")[0] for at in (0, 2)
        )
        text = TEXT[: TEXT.index(b"<Stmt>")] + f"<Stmt>{first}\n<Stmt>{second}</BkToCstmrStmt></Document>".encode()
        items = read_items(text, piece_bytes)
        assert [item.id if isinstance(item, StatementHead) else item.reference for item in items] == [
            *("S0", "R1", "R2", "R3"),
            *("S2", "R3"),
        ]

    def test_each_statement_has_its_own_balances_the_first_of_a_file_too(self) -> None:
        wrong, right = build_statement(ENTRIES, wrong_cents=1), build_statement(ENTRIES, "S2")
        inside = right.partition("<Stmt>")[2].partition("</BkTo")[0]
        with pytest.raises(BankFileError, match="statement 1 add up"):
            read_items(wrong.replace("</Stmt>", f"</Stmt><Stmt>{inside}").encode())

    def test_a_statement_inside_another_is_refused(self) -> None:
        inside = build_statement([], "S2").partition("<Stmt>")[2].partition("</BkTo")[0]
        with pytest.raises(BankFileError, match="side by side"):
            read_items(TEXT.replace(b"</Stmt>", f"<Stmt>{inside}</Stmt>".encode()))

    @settings(max_examples=40)
    @given(st.integers(1, len(TEXT)))
    def test_the_size_of_the_pieces_makes_no_difference(self, piece_bytes: int) -> None:
        assert read_items(TEXT, piece_bytes) == read_items(TEXT)

    @settings(max_examples=60)
    @given(st.integers(0, len(TEXT.rstrip()) - 1))
    def test_a_file_cut_off_anywhere_is_refused(self, length: int) -> None:
        with pytest.raises(BankFileError):
            read_items(TEXT[:length])

    def test_a_batch_of_a_hundred_thousand_payments_in_one_entry_is_read_in_little_memory(self) -> None:
        count = 100_000
        payments = [(f"{number:032x}", 1, "huur") for number in range(count)]
        text = build_statement([BookedEntry(-count, "R1", payments)]).encode()
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        entry = read_items(text)[1]
        grown_mib = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
        assert isinstance(entry, Entry)
        assert len(entry.details) == count
        assert grown_mib < 150

    def test_payments_that_do_not_add_up_to_their_entry_leave_a_rest(self) -> None:
        text = build_statement([BookedEntry(-70_05, "R1", [("", 50_00, ""), ("", 20_04, "")])])
        _, entry = read_items(text.encode())
        assert isinstance(entry, Entry)
        assert ([detail.amount_cents for detail in entry.details], entry.rest_cents) == ([-50_00, -20_04], -1)

    def test_a_long_batch_of_payments_without_ids_keeps_the_name_of_the_batch(self) -> None:
        text = build_statement([BookedEntry(-200, "R1", [("", 1, "")] * 200, batch_id="B1")])
        _, entry = read_items(text.encode(), 700)
        assert isinstance(entry, Entry)
        assert (entry.batch_id, len(entry.details), entry.is_batch) == ("B1", 200, True)

    @pytest.mark.parametrize(("status", "amounts"), [("BOOK", [-5_00]), ("PDNG", [])])
    def test_a_payment_with_half_a_cent_moves_what_its_entry_says(self, status: str, amounts: list[int]) -> None:
        text = build_statement([BookedEntry(-5_00, "R1", [("a" * 32, 5_00, "huur")], status=status)]).encode()
        items = read_items(text.replace(b'</Refs><Amt Ccy="EUR">5.00<', b'</Refs><Amt Ccy="EUR">5.005<'))
        entries = [item for item in items if isinstance(item, Entry)]
        assert [detail.amount_cents for entry in entries for detail in entry.details] == amounts

    def test_a_payment_that_is_alone_moves_what_its_entry_says(self) -> None:
        text = build_statement([BookedEntry(-5_00, "R1", [("a" * 32, 4_00, "huur")], return_code="zz")]).encode()
        entry = read_items(text)[1]
        assert isinstance(entry, Entry)
        assert [tuple(detail) for detail in entry.details] == [(-5_00, "a" * 32, "huur", "NARR")]
        assert entry.rest_cents == -1_00

    def test_an_element_without_end_is_refused_before_it_fills_the_memory(self) -> None:
        opening, _, _ = TEXT.partition(b"<Ntry>")
        endless = opening + b"<X/>" * (ELEMENT_BYTES_MAX // 2)
        with pytest.raises(BankFileError, match="larger than"):
            read_items(endless)


class TestIds:
    @pytest.mark.parametrize(
        ("end_to_end_id", "instruction_id", "expected"),
        [
            ("a" * 32, "b" * 32, "a" * 32),
            ("NOTPROVIDED", "b" * 32, "b" * 32),
            ("OWN-REF-OF-BANK", "b" * 32, "b" * 32),
            ("OWN-REF-OF-BANK", "12345", "OWN-REF-OF-BANK"),
            ("OWN-REF-OF-BANK", "", "OWN-REF-OF-BANK"),
        ],
    )
    def test_an_id_of_ours_names_the_payment_wherever_the_bank_puts_it(
        self, end_to_end_id: str, instruction_id: str, expected: str
    ) -> None:
        sent = f"<EndToEndId>{'a' * 32}</EndToEndId>".encode()
        named = f"<InstrId>{instruction_id}</InstrId><EndToEndId>{end_to_end_id}</EndToEndId>".encode()
        entries = [item for item in read_items(TEXT.replace(sent, named)) if isinstance(item, Entry)]
        assert entries[0].details[0].end_to_end_id == expected


class TestAmounts:
    @pytest.mark.parametrize(
        ("text", "cents"),
        [
            *((".50", 50), ("+0.50", 50), ("\n 1.00 \n", 100), ("00012.5", 1250), ("7.", 700), ("3", 300)),
            *(("1.50000", 150), ("999999999999999.99", 99_999_999_999_999_999)),
        ],
    )
    def test_a_decimal_is_read_however_xml_lets_it_be_written(self, text: str, cents: int) -> None:
        assert parse_cents(text) == cents

    @pytest.mark.parametrize("text", [None, "", ".", "+", "-1.00", "1,00", "1.005", "1E2", "1 000.00", "INF", "٣"])
    def test_anything_else_is_refused(self, text: str | None) -> None:
        with pytest.raises(BankFileError):
            parse_cents(text)


class TestPlaceholders:
    @pytest.mark.parametrize(
        "text",
        ["", "NOTPROVIDED", "not provided", "NONREF", "Not-Applicable", "0", "0" * 30, "XXX", "-", "N/A", "--/--"],
    )
    def test_a_text_that_stands_for_a_missing_id_is_none(self, text: str) -> None:
        assert is_placeholder(text)

    @pytest.mark.parametrize(
        "text", ["1", "R1", "000123", "a" * 32, "0" * 31 + "1", "NONREF1", "X1", "NOTPROVIDED" * 2]
    )
    def test_any_other_text_is_an_id(self, text: str) -> None:
        assert not is_placeholder(text)
