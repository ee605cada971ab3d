"""Status reports of the bank: read from pain.002, and what holds of each payment of the file that they answer."""

from datetime import date
from itertools import chain
from uuid import UUID

import pytest

from services.ontzorgen.bank.formats.status_report import WIDE_STATUSES_MAX, read_payment_statuses, read_report_head
from services.ontzorgen.bank.rules.messages import BankFileError, ForeignFileError
from services.ontzorgen.bank.rules.refusals import Refusal
from services.ontzorgen.bank.rules.status_reports import (
    CONTRADICTORY,
    NamelessStatuses,
    PaymentStatuses,
    Status,
    StatusLevel,
    count_statuses,
    find_unclear,
    list_refusals,
    list_repeats,
    require_own_file,
    require_own_payments,
)
from shared.testing.bank_files import build_status_report

ONE_BATCH = "<OrgnlPmtInfAndSts><OrgnlPmtInfId>B</OrgnlPmtInfId><PmtInfSts>RJCT</PmtInfSts></OrgnlPmtInfAndSts>"


def build_status(code: str, reason_code: str = "NARR", level: StatusLevel = StatusLevel.PAYMENT) -> Status:
    return Status(level, "P1", code, reason_code)


class TestReading:
    @pytest.mark.parametrize(
        ("end_to_end_id", "instruction_id", "expected"),
        [
            ("a" * 32, "b" * 32, "a" * 32),
            ("NOTPROVIDED", "b" * 32, "b" * 32),
            ("OWN-REF-OF-BANK", "b" * 32, "b" * 32),
            ("OWN-REF-OF-BANK", "12345", "OWN-REF-OF-BANK"),
            ("NOTPROVIDED", "12345", "12345"),
            ("NOTPROVIDED", "NOTPROVIDED", ""),
        ],
    )
    def test_an_id_of_ours_names_the_payment_wherever_the_bank_puts_it(
        self, end_to_end_id: str, instruction_id: str, expected: str
    ) -> None:
        text = build_status_report("F1", payments=[("P1", "RJCT", "AC04")])
        named = f"<OrgnlInstrId>{instruction_id}</OrgnlInstrId><OrgnlEndToEndId>{end_to_end_id}</OrgnlEndToEndId>"
        text = text.replace("<OrgnlEndToEndId>P1</OrgnlEndToEndId>", named)
        assert [status.subject_id for status in chain(*read_payment_statuses([text.encode()]))] == [expected]

    def test_says_of_file_batch_and_payment_what_became_of_them(self) -> None:
        text = build_status_report(
            "F1",
            file=("PART", ""),
            batches=[("B1", "RJCT", "DT01")],
            payments=[("P1", "RJCT", "AC04"), ("P2", "ACSC", "")],
        )
        head = read_report_head([text.encode()])
        assert (head.id, head.file_id, head.reported_on) == ("R1", "F1", date(2026, 7, 2))
        assert head.wide_statuses == (
            Status(StatusLevel.FILE, "F1", "PART", "NARR"),
            Status(StatusLevel.BATCH, "B1", "RJCT", "DT01"),
        )
        assert [*chain(*read_payment_statuses([text.encode()]))] == [
            Status(StatusLevel.PAYMENT, "P1", "RJCT", "AC04"),
            Status(StatusLevel.PAYMENT, "P2", "ACSC", "NARR"),
        ]

    @pytest.mark.parametrize("piece_bytes", [97, 700, 1_000_000])
    def test_says_what_became_of_a_batch_that_is_longer_than_a_piece(self, piece_bytes: int) -> None:
        text = build_status_report("F1", payments=[(f"P{number}", "RJCT", "") for number in range(300)])
        text = text.replace("<OrgnlPmtInfId>-<", "<OrgnlPmtInfId>B1<")
        status = "<PmtInfSts>RJCT</PmtInfSts><StsRsnInf><Rsn><Cd>DT01</Cd></Rsn></StsRsnInf>"
        content = text.replace("</OrgnlPmtInfId>", f"</OrgnlPmtInfId>{status}").encode()
        pieces = [content[at : at + piece_bytes] for at in range(0, len(content), piece_bytes)]
        assert read_report_head(pieces).wide_statuses == (Status(StatusLevel.BATCH, "B1", "RJCT", "DT01"),)
        payments = [status.subject_id for status in chain(*read_payment_statuses(pieces))]
        assert payments == [f"P{number}" for number in range(300)]

    @pytest.mark.parametrize(
        ("bad", "sentence"),
        [
            (lambda text: text[:-30], "breaks off"),
            (lambda text: text.replace("pain.002", "pain.008"), "not a pain.002"),
            (lambda text: text.replace("OrgnlMsgId", "Other"), "which file it answers"),
            (lambda text: text.replace("<GrpHdr>", "<X><GrpHdr>").replace("</GrpHdr>", "</GrpHdr></X>"), "lie inside"),
            (lambda text: text.replace("</GrpHdr>", f"</GrpHdr>{ONE_BATCH * (WIDE_STATUSES_MAX + 1)}"), "more than"),
            (lambda text: text.replace("?>", '?><!DOCTYPE Document SYSTEM "http://127.0.0.1/x">', 1), "document type"),
        ],
    )
    def test_a_bad_report_gets_a_sentence(self, bad: object, sentence: str) -> None:
        assert callable(bad)
        with pytest.raises(BankFileError, match=sentence):
            read_report_head([bad(build_status_report("F1", file=("RJCT", "AC01"))).encode()])


def conclude(named: list[tuple[Status, tuple[UUID, ...]]]) -> dict[UUID, Status]:
    """What holds for each payment of statuses from wide to narrow."""
    statuses = PaymentStatuses()
    for status, payment_ids in named:
        statuses.add(status, payment_ids)
    return statuses.conclude()


class TestStatus:
    def test_a_narrower_status_holds_and_takes_the_wider_reason_where_it_gives_none(self) -> None:
        file_refused = build_status("RJCT", "AM04", StatusLevel.FILE)
        assert build_status("ACSC").narrow(build_status("ACCP")).code == "ACSC"
        assert build_status("RJCT", "AC04").narrow(file_refused).reason_code == "AC04"
        assert build_status("RJCT").narrow(file_refused).reason_code == "AM04"
        assert build_status("PART").narrow(file_refused) == file_refused

    def test_two_statuses_of_one_payment_are_only_certain_if_they_agree(self) -> None:
        refused, accepted, unclear = build_status("RJCT", "AC04"), build_status("ACSC"), build_status("RVNM")
        for one, other in ((refused, accepted), (accepted, refused), (refused, unclear)):
            assert one.narrow(other) == build_status(CONTRADICTORY, one.reason_code)
            assert one.narrow(other).is_unclear
        assert refused.narrow(build_status("RJCT", "AC06")) == refused
        assert accepted.narrow(unclear) == unclear
        assert accepted.narrow(build_status("ACCP")) == accepted
        assert accepted.narrow(None) == accepted
        assert unclear.narrow(build_status("RJCT", "AC04", StatusLevel.BATCH)) == unclear

    def test_every_one_of_a_kind_is_counted(self) -> None:
        refused, repeated, waiting = build_status("RJCT", "AC04"), build_status("RJCT", "AM05"), build_status("PDNG")
        nameless = NamelessStatuses()
        nameless.add(refused)
        counted = count_statuses([refused, repeated, waiting] * 2 + [build_status("ACSC")] * 3, nameless.count)
        assert counted == {"refused": 2, "accepted": 3, "waiting": 2, "repeated": 2, "unclear": 1}

    def test_a_whole_that_is_refused_while_something_in_it_is_accepted_is_certain_of_nothing_in_it(self) -> None:
        one, two, three, four = (UUID(int=number) for number in range(4))
        whole = build_status("PART", level=StatusLevel.FILE), (one, two, three, four)
        refused_batch = build_status("RJCT", "DT01", StatusLevel.BATCH), (one, two, three)
        parts = [
            (build_status("ACSC"), (one,)),
            (build_status("RJCT", "AC04"), (two,)),
            (build_status("RJCT", "AC06"), (four,)),
        ]
        statuses = conclude([whole, refused_batch, *parts])
        assert [statuses[payment].is_unclear for payment in (one, two, three, four)] == [True, True, True, False]
        assert list_refusals(statuses, date(2026, 7, 2)) == [Refusal(four, "AC06", date(2026, 7, 2))]
        accepted_whole = build_status("ACTC", level=StatusLevel.FILE), (one, two, three)
        statuses = conclude([accepted_whole, refused_batch])
        assert all(status.is_refusal for status in statuses.values()), "a file that was received may be refused later"

    def test_each_payment_counts_once_and_a_repeat_is_no_refusal(self) -> None:
        statuses = {
            UUID(int=number): build_status(code, reason_code)
            for number, (code, reason_code) in enumerate(
                [("RJCT", "AC04"), ("RJCT", "AM05"), ("PDNG", ""), ("ACSC", ""), ("PART", "")]
            )
        }
        assert count_statuses(statuses.values()) == {"refused": 1, "accepted": 2, "waiting": 1, "repeated": 1}
        day = date(2026, 7, 2)
        assert list_refusals(statuses, day) == [Refusal(UUID(int=0), "AC04", day)]
        assert list_repeats(statuses) == [UUID(int=1)]

    def test_a_code_that_is_not_known_is_neither_refused_nor_accepted_and_leaves_one_sentence(self) -> None:
        statuses = {
            UUID(int=1): build_status("RVNM"),
            UUID(int=2): build_status("ZZZZ"),
            UUID(int=3): build_status("ACSC"),
        }
        nameless = NamelessStatuses()
        for status in (build_status("RJCT", "AC04"), build_status("ACSC")):
            nameless.add(status)
        assert count_statuses(statuses.values(), nameless.count) == {
            "refused": 0,
            "accepted": 1,
            "waiting": 0,
            "repeated": 0,
            "unclear": 3,
        }
        unclear = find_unclear(statuses, nameless)
        assert unclear is not None
        assert unclear.payment_ids == [UUID(int=1), UUID(int=2)]
        for words in (
            "leaves 3 open",
            "RVNM: the name of a payee",
            "ZZZZ: this code",
            "RJCT for payments without an id of ours",
        ):
            assert words in unclear.sentence
        assert find_unclear({UUID(int=3): build_status("ACSC")}, NamelessStatuses()) is None
        wider = build_status("RJCT", "FF01", StatusLevel.FILE)
        assert build_status("CANC").narrow(wider).code == "CANC", "what is not certain is not refused"
        assert list_refusals(statuses, date(2026, 7, 2)) == []

    @pytest.mark.parametrize("code", ["AM05", "DUPL", "DU01"])
    def test_a_second_copy_is_no_refusal_under_any_of_its_codes(self, code: str) -> None:
        status = build_status("RJCT", code)
        assert (status.is_repeat, status.is_refusal) == (True, False)

    def test_what_is_about_no_file_or_payment_of_ours_is_refused(self) -> None:
        require_own_file([UUID(int=1)])
        require_own_payments([UUID(int=1)])
        with pytest.raises(ForeignFileError, match="not made here"):
            require_own_file(set())
        with pytest.raises(ForeignFileError, match="no payment that is in the file it answers"):
            require_own_payments([])
