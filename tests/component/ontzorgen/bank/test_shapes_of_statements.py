"""Statements in shapes that banks really send, over HTTP: what is clear is taken in, what is not becomes one task."""

from collections.abc import Callable
from typing import Any

import pytest
from bank_shapes import Booking, Part, Sheet, build_file

from shared.events import PaymentRefused
from shared.testing.bank_files import build_status_report

Desk = Any
Homes = Callable[..., Any]
OTHER_IBAN = "NL39RABO0300065264"


class Sent:
    """Two payments that left, of 100 and 200 euro, in one file and batch."""

    def __init__(self, rows: list[Any]) -> None:
        (first, _, self.batch_id, self.file_id), (second, *_) = sorted(rows, key=lambda row: row[1])
        self.ids = {100_00: first, 200_00: second}
        self.first, self.second = first.hex, second.hex


@pytest.fixture
async def sent(desk: Desk, home: Homes) -> Sent:
    await desk.add_account()
    homes = [home(person_cents=0, rent_cents=cents) for cents in (100_00, 200_00)]
    assert (await desk.export(await desk.release_month(homes))).status_code == 201
    query = "SELECT i.id, i.amount_cents, e.batch_id, e.file_id FROM payment_instruction i JOIN payment_file_entry e"
    return Sent(await desk.fetch(f"{query} ON e.instruction_id = i.id"))


async def take(desk: Desk, *sheets: Sheet, version: str = "08") -> dict[str, int]:
    """Send a file and return what came of it, without what there was none of."""
    answer = await desk.send("/bank-statements", build_file(*sheets, version=version))
    assert answer.status_code == 201, answer.text
    return {name: count for name, count in answer.json()["counts"].items() if count and not name.endswith("_cents")}


async def list_open(desk: Desk) -> list[tuple[str, int]]:
    return await desk.fetch("SELECT kind, amount_cents FROM task WHERE done_on IS NULL ORDER BY 1, 2")


async def count_refusals(desk: Desk) -> int:
    return len([fact for fact in await desk.service.list_published() if isinstance(fact.data, PaymentRefused)])


def pay(cents: int, end_to_end_id: str, reference: str, on: str = "2026-07-02", **more: Any) -> Booking:
    return Booking(cents, reference, [Part(end_to_end_id, cents, **more)], on)


class TestIdentity:
    async def test_a_placeholder_for_a_reference_identifies_nothing(self, desk: Desk, sent: Sent) -> None:
        assert await take(desk, Sheet("D1", [pay(-100_00, sent.first, "NONREF")])) == {"entries": 1, "match": 1}
        next_day = [
            pay(-200_00, sent.second, "NONREF", "2026-07-03"),
            pay(100_00, sent.first, "NONREF", "2026-07-03", return_code="AC04"),
        ]
        assert await take(desk, Sheet("D2", next_day)) == {"entries": 2, "match": 1, "returned": 1}
        assert await count_refusals(desk) == 1

    @pytest.mark.parametrize("reference", ["NONREF", "NOTPROVIDED", "0000000", "-", "N.V.T."])
    async def test_without_a_reference_the_id_of_the_payment_tells_a_repeat(
        self, desk: Desk, sent: Sent, reference: str
    ) -> None:
        entry, strange = pay(-100_00, sent.first, reference), pay(-5_00, "NOTPROVIDED", reference)
        assert await take(desk, Sheet("D1", [entry, strange])) == {"entries": 2, "match": 1, "unknown": 1}
        week = await take(desk, Sheet("W1", [entry, strange]))
        assert week == {"entries": 2, "repeated": 1, "unknown": 1}
        assert await list_open(desk) == []

    async def test_numbers_that_begin_anew_each_day_are_no_repeats(self, desk: Desk, sent: Sent) -> None:
        await take(desk, Sheet("D1", [pay(-100_00, sent.first, "1")]))
        other = [pay(-200_00, sent.second, "1"), pay(100_00, sent.first, "1"), pay(-7_00, "x", "1", "2026-07-03")]
        assert await take(desk, Sheet("D2", other)) == {"entries": 3, "match": 1, "returned": 1, "unknown": 1}

    async def test_the_same_entry_twice_in_one_statement_is_there_twice(self, desk: Desk, sent: Sent) -> None:
        entry = pay(-5_00, "NOTPROVIDED", "R1")
        assert (await take(desk, Sheet("D1", [entry, pay(-100_00, sent.first, "R0")])))["unknown"] == 1
        assert await take(desk, Sheet("W1", [entry, entry])) == {"entries": 2, "repeated": 1, "unknown": 1}
        assert await take(desk, Sheet("M1", [entry, entry])) == {"entries": 2, "repeated": 2}

    async def test_an_id_of_a_statement_that_is_used_again_a_year_later_is_read(self, desk: Desk, sent: Sent) -> None:
        assert await take(desk, Sheet("RIB127", [pay(-100_00, sent.first, "R1")])) == {"entries": 1, "match": 1}
        later = Sheet("RIB127", [pay(-200_00, sent.second, "R900", "2027-07-02")])
        assert await take(desk, later) == {"entries": 1, "match": 1}
        moved = Sheet("RIB127", [pay(-200_00, sent.second, "R900", "2027-07-02")], closed_on="2026-07-03")
        assert await take(desk, moved) == {"entries": 1, "repeated": 1}

    async def test_other_entries_under_the_id_day_and_balances_of_a_statement_are_not_lost(
        self, desk: Desk, sent: Sent
    ) -> None:
        first = Sheet("1", [pay(-100_00, sent.first, "R1"), pay(-200_00, "x", "R2")])
        await take(desk, first)
        other = Sheet("1", [pay(-200_00, sent.second, "R3"), pay(-100_00, "y", "R4")])
        answer = await desk.send("/bank-statements", build_file(other))
        assert (answer.status_code, "with other entries" in answer.text) == (409, True)
        spaced = await desk.send("/bank-statements", build_file(first).replace("<Ntry>", "\n<Ntry>"))
        assert spaced.json()["counts"]["repeated"] == 2
        assert await take(desk, Sheet("2", other.bookings)) == {"entries": 2, "match": 1, "unknown": 1}


class TestNetting:
    async def test_a_debit_that_was_made_twice_and_reversed_is_paid_once(self, desk: Desk, sent: Sent) -> None:
        await take(desk, Sheet("D1", [pay(-100_00, sent.first, "R1")]))
        await take(desk, Sheet("D2", [pay(-100_00, sent.first, "R2", "2026-07-03")]))
        assert await list_open(desk) == [("payment_differs", 100_00)]
        ((sentence,),) = await desk.fetch("SELECT sentence FROM task")
        assert "reverse what is too much" in sentence
        reversal = Booking(100_00, "R3", [Part(sent.first, 100_00)], "2026-07-04", is_reversal=True)
        assert await take(desk, Sheet("D3", [reversal])) == {"entries": 1, "returned": 1}
        assert await list_open(desk) == []
        assert await count_refusals(desk) == 0
        body = {"instructed_on": "2026-07-06"}
        answer = await desk.service.post(f"/payments/{sent.ids[100_00]}/replacements", json=body)
        assert (answer.status_code, "did not refuse" in answer.text) == (409, True)
        await take(desk, Sheet("D4", [pay(-100_00, sent.first, "R4", "2026-07-05")]))
        assert await list_open(desk) == [("payment_differs", 100_00)], "a third time is looked at again"

    async def test_a_reversal_that_stands_above_the_debit_it_reverses_is_none_the_worse(
        self, desk: Desk, sent: Sent
    ) -> None:
        await take(desk, Sheet("D1", [pay(-100_00, sent.first, "R1")]))
        reversal = Booking(100_00, "R3", [Part(sent.first, 100_00)], is_reversal=True)
        await take(desk, Sheet("D2", [reversal, pay(-100_00, sent.first, "R2")]))
        assert (await list_open(desk), await count_refusals(desk)) == ([], 0)

    async def test_the_only_debit_reversed_is_a_refusal_and_may_be_paid_anew(self, desk: Desk, sent: Sent) -> None:
        reversal = Booking(100_00, "R3", [Part(sent.first, 100_00)], "2026-07-04", is_reversal=True)
        await take(desk, Sheet("D1", [pay(-100_00, sent.first, "R1")]), Sheet("D2", [reversal]))
        assert (await list_open(desk), await count_refusals(desk)) == ([("payment_refused", 100_00)], 1)

    async def test_of_two_debits_one_return_leaves_it_paid_and_two_refuse_it(self, desk: Desk, sent: Sent) -> None:
        twice = [pay(-100_00, sent.first, "R1"), pay(-100_00, sent.first, "R2")]
        await take(desk, Sheet("D1", [*twice, pay(100_00, sent.first, "R3", return_code="AC04")]))
        assert (await list_open(desk), await count_refusals(desk)) == ([], 0)
        await take(desk, Sheet("D2", [pay(100_00, sent.first, "R4", "2026-07-03", return_code="AC04")]))
        assert (await list_open(desk), await count_refusals(desk)) == ([("payment_refused", 100_00)], 1)

    async def test_parts_that_add_up_are_paid_and_parts_that_come_back_are_refused_once_all_did(
        self, desk: Desk, sent: Sent
    ) -> None:
        await take(desk, Sheet("D1", [pay(-60_00, sent.first, "R1")]))
        assert await list_open(desk) == [("payment_differs", 60_00)]
        await take(desk, Sheet("D2", [pay(-40_00, sent.first, "R2")]))
        assert await list_open(desk) == []
        await take(desk, Sheet("D3", [pay(30_00, sent.first, "R3")]))
        assert await list_open(desk) == [("payment_differs", 30_00)]
        await take(desk, Sheet("D4", [pay(70_00, sent.first, "R4")]))
        assert (await list_open(desk), await count_refusals(desk)) == ([("payment_refused", 100_00)], 1)

    async def test_a_batch_that_was_booked_twice_and_reversed_is_paid_once(self, desk: Desk, sent: Sent) -> None:
        batch = f"<PmtInfId>{sent.batch_id}</PmtInfId>"
        twice = [Booking(-300_00, "B1", batch=batch), Booking(-300_00, "B2", batch=batch)]
        assert await take(desk, Sheet("D1", twice)) == {"entries": 2, "split": 2, "unknown": 1}
        assert await list_open(desk) == [("payment_differs", 300_00)]
        reversal = Booking(300_00, "B3", batch=batch, on="2026-07-03", is_reversal=True)
        assert await take(desk, Sheet("D2", [reversal])) == {"entries": 1, "unknown": 1}
        assert (await list_open(desk), await count_refusals(desk)) == ([], 0)
        again = Booking(300_00, "B4", batch=batch, on="2026-07-04", is_reversal=True)
        assert await take(desk, Sheet("D3", [again])) == {"entries": 1, "returned": 2}
        assert await count_refusals(desk) == 2

    async def test_what_comes_back_of_a_batch_is_what_was_refused_of_it(self, desk: Desk, sent: Sent) -> None:
        batch = f"<PmtInfId>{sent.batch_id}</PmtInfId>"
        await take(desk, Sheet("D1", [Booking(-300_00, "B1", batch=batch)]))
        late = build_status_report(sent.file_id, payments=[(sent.first, "RJCT", "AM04")])
        assert (await desk.send("/status-reports", late)).json()["counts"]["refused"] == 1
        path, body = f"/payments/{sent.ids[100_00]}/replacements", {"instructed_on": "2026-07-06"}
        assert (await desk.service.post(path, json=body)).status_code == 409
        back = Booking(100_00, "B2", batch=batch, on="2026-07-03")
        assert await take(desk, Sheet("D2", [back])) == {"entries": 1, "returned": 1}
        assert await list_open(desk) == [("payment_refused", 100_00)]
        assert (await desk.service.post(path, json=body)).status_code == 201


class TestEntries:
    async def test_charges_beside_payments_are_left_for_a_person_and_the_rest_of_the_day_is_read(
        self, desk: Desk, sent: Sent
    ) -> None:
        parts = [Part(sent.first, -100_00, charge_cents=1_25), Part(sent.second, -200_00, charge_cents=1_25)]
        entries = [Booking(-302_50, "R1", parts), Booking(-9_00, "R2")]
        assert await take(desk, Sheet("D1", entries)) == {"entries": 2, "split": 2, "unknown": 2}
        assert await list_open(desk) == [("bank_entry_unclear", 2_50)]

    async def test_charges_on_a_payment_that_is_alone_leave_it_matched(self, desk: Desk, sent: Sent) -> None:
        alone = Booking(-101_25, "R1", [Part(sent.first, -100_00, charge_cents=1_25)])
        assert await take(desk, Sheet("D1", [alone])) == {"entries": 1, "match": 1, "unknown": 1}
        assert await list_open(desk) == [("bank_entry_unclear", 1_25)]

    async def test_what_is_netted_in_an_entry_is_taken_in_both_directions(self, desk: Desk, sent: Sent) -> None:
        await take(desk, Sheet("D1", [pay(-100_00, sent.first, "R1")]))
        netted = Booking(-100_00, "R2", [Part(sent.second, -200_00), Part(sent.first, 100_00, return_code="AC04")])
        assert await take(desk, Sheet("D2", [netted])) == {"entries": 1, "split": 1, "returned": 1}
        assert await list_open(desk) == [("payment_refused", 100_00)]

    async def test_nameless_payments_beside_ours_are_one_task(self, desk: Desk, sent: Sent) -> None:
        parts = [Part(sent.first, -100_00), Part(cents=-150_00), Part(cents=-50_00), Part("BANK-1", -1_00)]
        assert await take(desk, Sheet("D1", [Booking(-301_00, "B1", parts)])) == {
            "entries": 1,
            "split": 1,
            "unknown": 3,
        }
        assert await list_open(desk) == [("bank_entry_unclear", 200_00)]

    @pytest.mark.parametrize("said", ["200.005", "1,00", "-200.00"])
    async def test_an_amount_inside_an_entry_that_cannot_be_read_stops_nothing(
        self, desk: Desk, sent: Sent, said: str
    ) -> None:
        parts = [Part(sent.first, -100_00), Part(sent.second, -200_00, amount_in="InstdAmt")]
        text = build_file(Sheet("D1", [Booking(-300_00, "B1", parts), Booking(-5_00, "R2")]))
        counts = (await desk.send("/bank-statements", text.replace(">200.00<", f">{said}<"))).json()["counts"]
        assert (counts["split"], counts["unknown"]) == (2, 1)

    async def test_an_entry_of_nothing_says_nothing_of_a_payment(self, desk: Desk, sent: Sent) -> None:
        nothing = [pay(0, sent.first, "R0"), Booking(-100_00, "R1", [Part(sent.first, -100_00), Part(sent.second, 0)])]
        assert await take(desk, Sheet("D1", nothing)) == {"entries": 2, "split": 1, "unknown": 2}
        assert await list_open(desk) == []

    async def test_a_foreign_entry_that_does_not_add_up_leaves_no_task(self, desk: Desk, sent: Sent) -> None:
        assert sent
        foreign = Booking(-10_00, "R1", [Part("x", -4_00), Part("y", -5_00)])
        assert (await take(desk, Sheet("D1", [foreign])))["unknown"] == 3
        assert await list_open(desk) == []

    @pytest.mark.parametrize("name", ["PmtInfId", "MsgId"])
    @pytest.mark.parametrize("parts", [[], [Part(cents=-100_00), Part(cents=-200_00)]])
    async def test_a_batch_is_known_by_either_name_and_by_details_that_say_nothing(
        self, desk: Desk, sent: Sent, name: str, parts: list[Part]
    ) -> None:
        batch = f"<{name}>{sent.batch_id if name == 'PmtInfId' else sent.file_id}</{name}>"
        assert await take(desk, Sheet("D1", [Booking(-300_00, "B1", parts, batch=batch)])) == {"entries": 1, "split": 2}
        assert await list_open(desk) == []

    @pytest.mark.parametrize("amount_in", ["InstdAmt", "TxAmt"])
    async def test_amounts_of_payments_are_read_wherever_they_stand(
        self, desk: Desk, sent: Sent, amount_in: str
    ) -> None:
        parts = [Part(sent.first, -100_00, amount_in=amount_in), Part(sent.second, -200_00, amount_in=amount_in)]
        assert await take(desk, Sheet("D1", [Booking(-300_00, "B1", parts)])) == {"entries": 1, "split": 2}

    async def test_payments_without_an_amount_are_those_that_were_sent_when_they_add_up(
        self, desk: Desk, sent: Sent
    ) -> None:
        parts = [Part(sent.first), Part(sent.second)]
        assert await take(desk, Sheet("D1", [Booking(-300_00, "B1", parts)])) == {"entries": 1, "split": 2}
        assert await take(desk, Sheet("D2", [Booking(-299_00, "B2", parts)])) == {"entries": 1, "unknown": 1}
        assert await list_open(desk) == [("bank_entry_unclear", 299_00)]

    async def test_a_payment_is_known_by_the_id_of_its_instruction_alone(self, desk: Desk, sent: Sent) -> None:
        alone = Booking(-100_00, "R1", [Part(cents=-100_00, instruction_id=sent.first)])
        assert await take(desk, Sheet("D1", [alone])) == {"entries": 1, "match": 1}

    @pytest.mark.parametrize("lines", [["huur 12", " 2026-07"], ["huur 12 202", "6-07"], ["huur", "12", "2026-07"]])
    async def test_a_reference_that_the_bank_broke_over_lines_is_ours(
        self, desk: Desk, sent: Sent, lines: list[str]
    ) -> None:
        assert sent
        broken = Booking(-100_00, "R1", [Part(cents=-100_00, lines=lines, instruction_id="BANK-1")])
        assert await take(desk, Sheet("D1", [broken])) == {"entries": 1, "match": 1}


class TestFiles:
    async def test_two_accounts_of_the_municipality_in_one_file_are_both_read(self, desk: Desk, sent: Sent) -> None:
        own = Sheet("D1", [pay(-100_00, sent.first, "R1")])
        other = Sheet("D1", [Booking(-5_00, "Z1")], iban=OTHER_IBAN)
        refused = await desk.send("/bank-statements", build_file(own, other))
        assert (refused.status_code, "let a colleague confirm" in refused.text) == (409, True)
        await desk.add_account(iban=OTHER_IBAN)
        assert await take(desk, own, other) == {"entries": 2, "match": 1, "unknown": 1}

    @pytest.mark.parametrize("version", [f"{number:02}" for number in range(2, 14)])
    async def test_every_version_of_the_format_is_read(self, desk: Desk, sent: Sent, version: str) -> None:
        sheet = Sheet("D1", [pay(-100_00, sent.first, "R1")])
        assert await take(desk, sheet, version=version) == {"entries": 1, "match": 1}

    @pytest.mark.parametrize(
        ("moment", "day"),
        [
            ("2026-06-30T22:30:00Z", "2026-07-01"),
            ("2026-07-01T21:59:59.5Z", "2026-07-01"),
            ("2026-12-31T23:00:00+00:00", "2027-01-01"),
            ("2026-07-01T23:30:00", "2026-07-01"),
            ("2026-07-01T01:00:00+04:00", "2026-06-30"),
            ("2026-10-31T22:59:59Z", "2026-10-31"),
            ("2026-10-31T23:00:00Z", "2026-11-01"),
        ],
    )
    async def test_a_moment_is_booked_on_its_dutch_day(self, desk: Desk, sent: Sent, moment: str, day: str) -> None:
        await take(desk, Sheet("D1", [pay(-100_00, sent.first, "R1", moment)]))
        assert await desk.fetch("SELECT booked_on::text FROM bank_entry") == [(day,)]

    @pytest.mark.parametrize("zone", ["Z", "+02:00", "-11:00"])
    async def test_a_day_that_names_its_zone_is_that_day(self, desk: Desk, sent: Sent, zone: str) -> None:
        text = build_file(Sheet("D1", [pay(-100_00, sent.first, "R1")])).replace("07-02</Dt>", f"07-02{zone}</Dt>")
        assert (await desk.send("/bank-statements", text)).json()["counts"]["match"] == 1
        assert await desk.fetch("SELECT booked_on::text FROM bank_entry") == [("2026-07-02",)]

    @pytest.mark.parametrize(
        ("head", "day", "status", "sentence"),
        [
            ("", "<DtTm>9999-12-31T23:30:00Z</DtTm>", 400, "booking day"),
            ("", "<DtTm>0001-01-01T00:30:00+10:00</DtTm>", 400, "booking day"),
            (f"<ElctrncSeqNb>{'9' * 5_000}</ElctrncSeqNb>", "", 201, ""),
            (f"<ElctrncSeqNb>{'9' * 30}</ElctrncSeqNb>", "", 201, ""),
            ("<StmtPgntn><PgNb>0</PgNb><LastPgInd>true</LastPgInd></StmtPgntn>", "", 201, ""),
            ("<StmtPgntn><PgNb>99999</PgNb><LastPgInd>true</LastPgInd></StmtPgntn>", "", 201, ""),
            ("<StmtPgntn><PgNb>2000000000</PgNb><LastPgInd>true</LastPgInd></StmtPgntn>", "", 400, "5 digits"),
            ('<Bal><Tp><CdOrPrtry><Cd>FWAV</Cd></CdOrPrtry></Tp><Amt Ccy="USD">1.00</Amt></Bal>', "", 201, ""),
        ],
    )
    async def test_numbers_and_days_beyond_all_bounds_do_not_stop_the_service(
        self, desk: Desk, sent: Sent, head: str, day: str, status: int, sentence: str
    ) -> None:
        text = build_file(Sheet("D1", [pay(-100_00, sent.first, "R1")])).replace("<Acct>", f"{head}<Acct>")
        text = text.replace("<BookgDt><Dt>2026-07-02</Dt>", f"<BookgDt>{day or '<Dt>2026-07-02</Dt>'}")
        answer = await desk.send("/bank-statements", text)
        assert (answer.status_code, sentence in answer.text) == (status, True), answer.text
