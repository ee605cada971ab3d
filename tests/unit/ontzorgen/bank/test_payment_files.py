"""Files of payments on random input: the same payments are the same valid bytes, and all of them leave once."""

import random
from dataclasses import replace
from datetime import UTC, date, datetime
from hashlib import sha256
from importlib.resources import as_file, files
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree
from sepaxml.validation import try_valid_xml

from services.ontzorgen.bank.formats.credit_transfer import write_credit_transfer
from services.ontzorgen.bank.formats.sepa_text import build_remittance
from services.ontzorgen.bank.rules.accounts import PayableAccount
from services.ontzorgen.bank.rules.instructions import Instruction, ReleasedPayment, instruct
from services.ontzorgen.bank.rules.payees import Payee
from services.ontzorgen.bank.rules.payment_files import Batch, FilePlan, plan_file
from shared.events.codes import ChargeKind

RUN = UUID(int=7)
DEBTOR = PayableAccount("Gemeente Súdwest-Fryslân", "NL91ABNA0417164300")
MADE_AT = datetime(2026, 7, 1, 8, tzinfo=UTC)
DAYS = st.dates(date(2026, 1, 1), date(2027, 12, 31))


@st.composite
def payments(draw: st.DrawFn) -> list[ReleasedPayment]:
    """A run's payments, no two of them the same."""
    count = draw(st.integers(1, 12))
    return [
        ReleasedPayment(
            household_id=UUID(int=number),
            run_id=RUN,
            month="2026-07",
            key=f"woonstad/rent/{UUID(int=number)}",
            kind=draw(st.sampled_from([None, ChargeKind.RENT])),
            for_month="2026-07",
            is_correction=draw(st.booleans()),
            on=draw(DAYS),
            amount_cents=draw(st.integers(1, 10_000_000)),
            payee=Payee(
                "h", draw(st.text(max_size=90)) + "A", "NL39RABO0300065264", build_remittance(draw(st.text()), "juli")
            ),
        )
        for number in range(count)
    ]


def write_file(instructions: list[Instruction]) -> bytes:
    return write_credit_transfer(plan_file(1, instructions), DEBTOR, MADE_AT)


class TestFiles:
    @given(payments(), st.randoms())
    def test_the_same_payments_in_any_order_are_the_same_valid_bytes_and_add_up(
        self, released: list[ReleasedPayment], chance: random.Random
    ) -> None:
        instructions = [instruct(payment, date(2026, 6, 1)) for payment in released]
        shuffled = chance.sample(instructions, len(instructions))
        content = write_file(instructions)
        assert write_file(shuffled) == content
        assert len({instruction.end_to_end_id for instruction in instructions}) == len(instructions)
        assert plan_file(1, instructions).total_cents == sum(payment.amount_cents for payment in released)
        assert set("".join(instruction.end_to_end_id for instruction in instructions)) <= set("0123456789abcdef")

    @given(payments(), st.integers(1, 5))
    def test_every_file_of_a_run_is_valid_and_written_again_is_the_same_to_the_byte(
        self, released: list[ReleasedPayment], payments_max: int
    ) -> None:
        """Cut into files as an export does; each holds its payments once, and all together hold all of them."""
        instructions = sorted(
            (instruct(payment, date(2026, 6, 1)) for payment in released),
            key=lambda instruction: (instruction.execute_on, instruction.id.hex),
        )
        cuts = [instructions[start : start + payments_max] for start in range(0, len(instructions), payments_max)]
        plans = [plan_file(number, cut) for number, cut in enumerate(cuts, 1)]
        contents = [write_credit_transfer(plan, DEBTOR, MADE_AT) for plan in plans]
        again = [write_credit_transfer(plan_file(plan.number, plan.instructions), DEBTOR, MADE_AT) for plan in plans]
        assert again == contents
        with as_file(files("sepaxml") / "schemas" / "pain.001.001.09.xsd") as path:
            schema = etree.XMLSchema(file=str(path))
        documents = [etree.fromstring(content) for content in contents]
        assert [schema.validate(document) for document in documents] == [True] * len(plans)
        ids = [node.text for document in documents for node in document.iter("{*}EndToEndId")]
        assert sorted(ids) == sorted(instruction.end_to_end_id for instruction in instructions)
        names = [node.text for document in documents for node in document.iter("{*}MsgId", "{*}PmtInfId")]
        assert len(set(names)) == len(names), "a file or batch with other payments has another id"

    @given(payments(), st.integers(1, 1_000))
    def test_a_file_whose_payments_differ_by_a_cent_has_another_id(
        self, released: list[ReleasedPayment], extra_cents: int
    ) -> None:
        instructions = [instruct(payment, date(2026, 6, 1)) for payment in released]
        first, *others = instructions
        dearer = [replace(first, amount_cents=first.amount_cents + extra_cents), *others]
        assert plan_file(1, dearer).id != plan_file(1, instructions).id
        assert plan_file(2, instructions).id == plan_file(1, instructions).id, (
            "the number of a file says nothing of what is paid"
        )

    def test_a_file_keeps_the_ids_it_was_first_made_with_in_every_version_of_the_software(self) -> None:
        """They are hashes of what is paid, by which the bank knows a file and a batch that it had before."""
        payee = Payee("h", "Woonstad", "NL39RABO0300065264", "huur")
        days = (date(2026, 7, 2), date(2026, 7, 1), date(2026, 7, 2))
        lines = [
            ReleasedPayment(UUID(int=at), RUN, "2026-07", "person", None, "", False, on, 5, payee)
            for at, on in enumerate(days)
        ]
        third, first, second = (instruct(line, date(2026, 6, 1)) for line in lines)
        if second.id.hex > third.id.hex:
            second, third = third, second
        text = "".join(f"\n{one.id.hex} 5" for one in (first, second, third))
        file_id = sha256(f"file{text}".encode()).hexdigest()[:32]
        batch_ids = [sha256(f"batch\n{file_id}\n{day}".encode()).hexdigest()[:32] for day in sorted(set(days))]
        assert plan_file(3, [third, first, second]) == FilePlan(
            file_id, 3, (Batch(batch_ids[0], days[1], (first,)), Batch(batch_ids[1], days[0], (second, third)))
        )

    def test_the_library_that_writes_the_file_finds_it_valid_too(self) -> None:
        payee = Payee("h", "Zorg & Zekerheid", "NL39RABO0300065264", build_remittance("RF18539007547034", "juli"))
        line = ReleasedPayment(UUID(int=1), RUN, "2026-07", "k", None, "2026-07", False, date(2026, 7, 1), 5, payee)
        try_valid_xml(write_file([instruct(line, date(2026, 7, 1))]), "pain.001.001.09")

    @pytest.mark.parametrize(
        ("reference", "scheme", "written"),
        [
            ("RF18 5390 0754 7034", "ISO", "RF18539007547034"),
            ("5000 0567 8901 2345", "CUR", "5000056789012345"),
            ("6000056789012345", None, "6000056789012345 juli"),
        ],
    )
    def test_a_reference_that_banks_read_by_machine_has_its_field_and_scheme_and_any_other_is_text(
        self, reference: str, scheme: str | None, written: str
    ) -> None:
        payee = Payee("h", "Woonstad", "NL39RABO0300065264", build_remittance(reference, "juli"))
        line = ReleasedPayment(UUID(int=1), RUN, "2026-07", "k", None, "2026-07", False, date(2026, 7, 1), 5, payee)
        content = write_file([instruct(line, date(2026, 7, 1))])
        try_valid_xml(content, "pain.001.001.09")
        document = etree.fromstring(content)
        assert [node.text for node in document.iter("{*}Issr")] == ([scheme] if scheme else [])
        assert [node.text for node in document.iter("{*}Ref", "{*}Ustrd")] == [written]
        (instruction_id,) = document.iter("{*}InstrId")
        (end_to_end_id,) = document.iter("{*}EndToEndId")
        assert instruction_id.text == end_to_end_id.text, "some banks answer with this one alone"
