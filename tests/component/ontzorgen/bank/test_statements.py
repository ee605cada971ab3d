"""Statements over HTTP and on a real PostgreSQL: each entry matched once, each file taken whole or not at all."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest

from shared.events import PaymentRefused
from shared.testing.bank_files import STATEMENT_NAMESPACE, BookedEntry, build_statement

Desk = Any
Homes = Callable[..., Any]
OTHER_IBAN = "NL39RABO0300065264"
OUTCOMES = ("match", "split", "part", "returned", "unknown")


async def send_payments(desk: Desk, homes: list[Any]) -> dict[UUID, tuple[UUID, str, str]]:
    """After the export: per household its payment, the payment's reference and its batch."""
    await desk.add_account()
    assert (await desk.export(await desk.release_month(homes))).status_code == 201
    query = """
    SELECT i.household_id, i.id, i.remittance, e.batch_id FROM payment_instruction i
    JOIN payment_file_entry e ON e.instruction_id = i.id
    """
    return {row[0]: row[1:] for row in await desk.fetch(query)}


async def count_entries(desk: Desk, entries: list[BookedEntry], statement_id: str = "S1") -> dict[str, int]:
    answer = await desk.send("/bank-statements", build_statement(entries, statement_id))
    assert answer.status_code == 201, answer.text
    counts: dict[str, int] = answer.json()["counts"]
    return counts


class TestOutcomes:
    async def test_every_entry_gets_its_outcome_and_the_same_file_again_changes_nothing(
        self, desk: Desk, home: Homes
    ) -> None:
        homes = [home(person_cents=0, rent_cents=cents) for cents in (100_00, 200_00, 300_00, 400_00, 500_00)]
        paid = await send_payments(desk, homes)
        ids = [paid[household.id][0].hex for household in homes]
        by_reference = paid[homes[4].id][1]
        entries = [
            BookedEntry(-100_00, "R1", [(ids[0], 100_00, "")]),
            BookedEntry(-500_00, "R2", [(ids[1], 200_00, ""), (ids[2], 300_00, "")]),
            BookedEntry(-399_99, "R3", [(ids[3], 399_99, "")]),
            BookedEntry(-500_00, "R4", [("", 500_00, by_reference)]),
            BookedEntry(100_00, "R5", [(ids[0], 100_00, "")], return_code="AC04"),
            BookedEntry(-12_34, "R6", [("iets anders", 12_34, "")]),
            BookedEntry(-100_00, "R7", [(ids[0], 100_00, "")]),
            BookedEntry(-1_00, "R8", status="PDNG"),
        ]
        text = build_statement(entries)
        first, again = [await desk.send("/bank-statements", text) for _ in range(2)]
        assert first.status_code == 201, first.text
        assert again.json() == first.json()
        counts = first.json()["counts"]
        assert {name: counts[name] for name in OUTCOMES} == dict(zip(OUTCOMES, (2, 2, 1, 1, 2), strict=True))
        assert counts["match_cents"] + counts["split_cents"] == -1_100_00
        assert await desk.fetch("SELECT count(*) FROM bank_entry") == [(8,)]
        page = (await desk.service.get("/bank-entries", params={"outcome": "returned"})).json()
        (returned,) = page["items"]
        assert (returned["return_code"], returned["return_reason"]) == ("AC04", "account_closed")
        assert "closed" in returned["return_sentence"]

        refused = [fact.data for fact in await desk.service.list_published() if isinstance(fact.data, PaymentRefused)]
        assert [(fact.payment_id.hex, fact.reason_code) for fact in refused] == [(ids[0], "AC04")]
        tasks = await desk.fetch("SELECT kind, amount_cents FROM task ORDER BY kind")
        assert sorted(tasks) == [("payment_differs", 100_00), ("payment_differs", 399_99), ("payment_refused", 100_00)]

    async def test_a_batch_booked_as_one_pays_all_that_was_not_refused_in_it(self, desk: Desk, home: Homes) -> None:
        homes = [home(person_cents=0), home(person_cents=0, rent_cents=70_000)]
        paid = await send_payments(desk, homes)
        (batch_id,) = {payment[2] for payment in paid.values()}
        counts = await count_entries(
            desk, [BookedEntry(-130_000, "B1", batch_id=batch_id), BookedEntry(-130_000, "B2", batch_id=batch_id)]
        )
        assert (counts["split"], counts["split_cents"], counts["unknown"]) == (2, -130_000, 1)

    async def test_a_batch_whose_only_details_name_the_batch_is_a_batch(self, desk: Desk, home: Homes) -> None:
        paid = await send_payments(desk, [home(person_cents=0), home(person_cents=0, rent_cents=70_000)])
        (batch_id,) = {payment[2] for payment in paid.values()}
        text = build_statement([BookedEntry(-130_000, "B1", [("", 130_000, "")])])
        named = text.replace("<Refs>", f"<Refs><PmtInfId>{batch_id}</PmtInfId>")
        counts = (await desk.send("/bank-statements", named)).json()["counts"]
        assert (counts["split"], counts["unknown"]) == (2, 0)

    async def test_a_batch_with_another_amount_is_a_part_and_someone_looks_at_it(self, desk: Desk, home: Homes) -> None:
        paid = await send_payments(desk, [home(person_cents=0), home(person_cents=0)])
        (batch_id,) = {payment[2] for payment in paid.values()}
        assert (await count_entries(desk, [BookedEntry(-60_000, "B1", batch_id=batch_id)]))["part"] == 1
        tasks = await desk.fetch("SELECT kind, household_id, month, amount_cents FROM task")
        assert tasks == [("payment_differs", None, "2026-07", 60_000)]

    async def test_foreign_money_inside_an_entry_in_euro_does_not_stop_the_statement(
        self, desk: Desk, home: Homes
    ) -> None:
        await send_payments(desk, [home(person_cents=0)])
        text = build_statement([BookedEntry(90_00, "R1", [("gift", 90_00, "")]), BookedEntry(-5_00, "R2")])
        dollars = text.replace('</Refs><Amt Ccy="EUR">90.00', '</Refs><Amt Ccy="USD">99.00')
        assert dollars != text
        counts = (await desk.send("/bank-statements", dollars)).json()["counts"]
        assert (counts["unknown"], counts["unknown_cents"]) == (2, 85_00)

    async def test_an_entry_that_another_statement_had_before_is_not_counted_twice(
        self, desk: Desk, home: Homes
    ) -> None:
        household = home(person_cents=0)
        paid = await send_payments(desk, [household])
        entry = BookedEntry(-household.rent_cents, "R1", [(paid[household.id][0].hex, household.rent_cents, "")])
        assert (await count_entries(desk, [entry]))["match"] == 1
        week = await count_entries(desk, [entry, BookedEntry(-5_00, "R2")], "S2")
        assert (week["repeated"], week["match"], week["unknown"]) == (1, 0, 1)
        third = build_statement([BookedEntry(-7_00, "R3"), entry], "S3")
        fourth = build_statement([BookedEntry(-7_00, "R3"), BookedEntry(-8_00, "R4")], "S4")
        both = third.replace("</Stmt>", f"</Stmt><Stmt>{fourth.partition('<Stmt>')[2].partition('</BkTo')[0]}")
        counts = (await desk.send("/bank-statements", both)).json()["counts"]
        assert (counts["entries"], counts["repeated"], counts["unknown_cents"]) == (4, 2, -15_00)

    async def test_the_same_statement_in_other_bytes_adds_nothing_and_with_other_balances_is_refused(
        self, desk: Desk, home: Homes
    ) -> None:
        await send_payments(desk, [home(person_cents=0)])
        text = build_statement([BookedEntry(-5_00, "R1")])
        await desk.send("/bank-statements", text)
        spaced = await desk.send("/bank-statements", text.replace("<Ntry>", "\n<Ntry>"))
        assert spaced.json()["counts"]["repeated"] == 1
        other = await desk.send("/bank-statements", build_statement([BookedEntry(-6_00, "R2")]))
        assert (other.status_code, "other balances" in other.text) == (409, True)
        assert await desk.fetch("SELECT count(*) FROM bank_entry") == [(1,)]


GOOD = build_statement([BookedEntry(-5_00, f"R{number}") for number in range(40)])
BOMB = (
    '<?xml version="1.0"?><!DOCTYPE Document [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">'
    '<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;">]>'
    f'<Document xmlns="{STATEMENT_NAMESPACE}"><BkToCstmrStmt><Stmt><Id>&c;</Id></Stmt></BkToCstmrStmt></Document>'
)
OUTSIDE = BOMB.replace('<!ENTITY a "ha">', '<!ENTITY a SYSTEM "file:///etc/hostname">')


class TestRefusedFiles:
    @pytest.mark.parametrize(
        ("text", "status", "sentence"),
        [
            pytest.param(BOMB, 400, "document type or entities", id="a bomb of entities"),
            pytest.param(OUTSIDE, 400, "document type or entities", id="an entity from outside"),
            pytest.param(
                BOMB.encode("utf-16").decode("latin-1"), 400, "document type", id="a bomb in another encoding"
            ),
            pytest.param(GOOD[:-400], 400, "breaks off or is damaged", id="cut off"),
            pytest.param(GOOD.replace("camt.053", "camt.054"), 400, "not a camt.053 statement", id="another format"),
            pytest.param(GOOD.replace("xmlns", "xmlns:x"), 400, "not a camt.053 statement", id="no format"),
            pytest.param("Dit is geen XML", 400, "not XML", id="not XML"),
            pytest.param("", 400, "not XML", id="nothing"),
            pytest.param(GOOD.replace('"EUR">5.00', '"USD">5.00'), 400, "not in euro", id="another currency"),
            pytest.param(GOOD.replace(">5.00<", ">5.005<", 1), 400, "whole cents", id="half a cent"),
            pytest.param(
                build_statement([BookedEntry(-5_00, "R1")], wrong_cents=1),
                400,
                "balances differ",
                id="entries that do not fit",
            ),
            pytest.param(build_statement([], iban=OTHER_IBAN), 409, "not this municipality's", id="another account"),
        ],
    )
    async def test_gets_a_sentence_and_leaves_nothing(self, desk: Desk, text: str, status: int, sentence: str) -> None:
        await desk.add_account()
        answer = await desk.send("/bank-statements", text.encode("latin-1"))
        assert answer.status_code == status, answer.text
        assert sentence in answer.text
        for table in ("bank_message", "bank_statement", "bank_entry"):
            assert await desk.fetch(f"SELECT * FROM {table}") == []  # noqa: S608 - the names stand a line above

    async def test_what_is_too_large_or_not_called_xml_is_not_read(self, client_for: Any) -> None:
        service = await client_for("ontzorgen", "budget_manager", bank_file_bytes_max=2_048, http_body_bytes_max=1_024)
        xml = {"Content-Type": "application/xml"}
        large = await service.post("/bank-statements", content=b"x" * 2_049, headers=xml)
        fits = await service.post("/bank-statements", content=b"x" * 2_048, headers=xml)
        named = await service.post("/bank-statements", content=b"<a/>", headers={"Content-Type": "text/plain"})
        assert [answer.status_code for answer in (large, fits, named)] == [413, 400, 415]

    async def test_the_account_of_another_municipality_is_foreign_here(self, desk: Desk) -> None:
        await desk.add_account()
        desk.municipality = "gm0080"
        headers = desk.as_person("third") | {"Content-Type": "application/xml"}
        answer = await desk.service.post("/bank-statements", content=GOOD, headers=headers)
        assert (answer.status_code, "not this municipality's" in answer.text) == (409, True)
