"""Payments on their way to the bank, over HTTP and on a real PostgreSQL: once each, to the byte, under four eyes."""

from collections.abc import Callable
from datetime import date
from importlib.resources import as_file, files
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from lxml import etree

from services.ontzorgen.run.rules.run import RunState
from shared.events import PaymentRefused
from shared.identity import new_id
from shared.testing.bank_files import Booked, statement, status_report

NS = {"p": "urn:iso:std:iso:20022:tech:xsd:pain.001.001.09"}
WRONG_IBAN = "NL92ABNA0417164300"
OTHER_IBAN = "DE89370400440532013000"
Desk = Any
Homes = Callable[..., Any]


def is_valid(content: bytes) -> bool:
    with as_file(files("sepaxml") / "schemas" / "pain.001.001.09.xsd") as path:
        return bool(etree.XMLSchema(file=str(path)).validate(etree.fromstring(content)))


def said(content: bytes, path: str) -> list[str]:
    return [str(one.text) for one in etree.fromstring(content).iterfind(f".//{path}", NS)]


async def exported(desk: Desk, homes: list[Any]) -> tuple[UUID, list[dict[str, Any]]]:
    await desk.account()
    for home in homes:
        await desk.account(home.id, name="Persoon Één")
    run_id = await desk.released(homes)
    answer = await desk.export(run_id)
    assert answer.status_code == 201, answer.text
    return run_id, answer.json()["items"]


class TestFiles:
    async def test_every_payment_of_a_released_run_leaves_once_in_files_that_the_schema_accepts(
        self, desk: Desk, home: Homes
    ) -> None:
        homes = [home(corrected_cents=-10_000), home(corrected_cents=2_500), home(reference="RF18539007547034")]
        _, made = await exported(desk, homes)
        contents = [await desk.content(one["id"]) for one in made]
        assert all(is_valid(content) for content in contents)
        assert [one["payments"] for one in made] == [2, 2, 2, 1]
        assert sum(one["total_cents"] for one in made) == sum(one.total_cents for one in homes)
        ids = [one for content in contents for one in said(content, "p:EndToEndId")]
        assert len(set(ids)) == 7
        assert [one for content in contents for one in said(content, "p:Ref")] == ["RF18539007547034"]
        days = {one for content in contents for one in said(content, "p:ReqdExctnDt/p:Dt")}
        assert days == {"2026-07-01", "2026-07-06"}, "the fourth of July is a Saturday"

    async def test_a_file_made_late_asks_for_no_day_that_is_over(self, desk: Desk, home: Homes) -> None:
        await desk.account()
        answer = await desk.export(await desk.released([home(person_cents=0)]), date(2026, 7, 17))
        content = await desk.content(answer.json()["items"][0]["id"])
        assert said(content, "p:ReqdExctnDt/p:Dt") == ["2026-07-17"]

    async def test_exporting_again_gives_the_stored_bytes(self, desk: Desk, home: Homes) -> None:
        run_id, made = await exported(desk, [home(), home()])
        before = [await desk.content(one["id"]) for one in made]
        again = await desk.export(run_id, date(2026, 8, 1))
        assert again.json()["items"] == made
        assert [await desk.content(one["id"]) for one in made] == before

    async def test_the_database_refuses_a_second_file_with_the_same_payment(self, desk: Desk, home: Homes) -> None:
        await exported(desk, [home()])
        with pytest.raises(asyncpg.UniqueViolationError):
            await desk.rows("INSERT INTO payment_file_entry SELECT * FROM payment_file_entry")

    async def test_a_wrong_account_stops_the_whole_export_and_the_sentence_names_the_charge_alone(
        self, desk: Desk, home: Homes
    ) -> None:
        await desk.account()
        bad = home(iban=WRONG_IBAN, person_cents=0)
        run_id = await desk.released([home(person_cents=0), bad])
        answer = await desk.export(run_id)
        assert answer.status_code == 400
        assert str(bad.charge_id) in answer.text
        assert WRONG_IBAN not in answer.text
        assert await desk.rows("SELECT id FROM payment_instruction") == []

    async def test_a_run_that_is_not_released_pays_nothing(self, desk: Desk, home: Homes) -> None:
        await desk.account()
        answer = await desk.export(await desk.released([home()], RunState.SEALED))
        assert (answer.status_code, "release it first" in answer.text) == (409, True)

    async def test_another_municipality_can_not_reach_the_run(self, desk: Desk, home: Homes) -> None:
        run_id, made = await exported(desk, [home()])
        desk.municipality = "gm0080"
        stranger = desk.as_person("third")
        body = {"exported_on": "2026-07-01"}
        post = await desk.service.post(f"/runs/{run_id}/payment-files", json=body, headers=stranger)
        read = await desk.service.get(f"/payment-files/{made[0]['id']}/content", headers=stranger)
        assert (post.status_code, read.status_code) == (404, 404)


class TestAccounts:
    async def test_a_payment_without_an_account_waits_as_a_task_and_leaves_once_it_is_known(
        self, desk: Desk, home: Homes
    ) -> None:
        await desk.account()
        one = home()
        run_id = await desk.released([one])
        first = (await desk.export(run_id)).json()["items"]
        assert [made["total_cents"] for made in first] == [one.rent_cents]
        assert await desk.rows("SELECT kind, amount_cents FROM task") == [("account_missing", one.person_cents)]
        await desk.account(one.id, name="Persoon")
        both = (await desk.export(run_id)).json()["items"]
        assert [made["total_cents"] for made in both] == [one.rent_cents, one.person_cents]
        assert both[0] == first[0]

    async def test_the_own_account_holds_once_a_colleague_confirmed_it(self, desk: Desk, home: Homes) -> None:
        body = {"id": str(new_id()), "name": "Gemeente", "iban": "NL91 ABNA 0417 1643 00"}
        me = desk.as_person("first")
        assert (await desk.service.post("/bank-accounts", json=body, headers=me)).status_code == 201
        way = f"/bank-accounts/{body['id']}/confirmations"
        refused = await desk.service.post(way, headers=me)
        assert (refused.status_code, "a colleague" in refused.text) == (409, True)
        answer = await desk.export(await desk.released([home(person_cents=0)]))
        assert (answer.status_code, "no confirmed account" in answer.text) == (409, True)
        assert (await desk.service.post(way, headers=desk.as_person("second"))).status_code == 201

    async def test_a_name_that_no_bank_can_read_is_refused_before_it_stops_a_file(self, desk: Desk) -> None:
        body = {"name": "&&&", "iban": OTHER_IBAN}
        answer = await desk.service.post("/bank-accounts", json=body)
        assert (answer.status_code, "in Latin letters" in answer.text) == (400, True)

    async def test_an_account_with_wrong_check_digits_is_refused_without_being_repeated(self, desk: Desk) -> None:
        answer = await desk.service.post("/bank-accounts", json={"name": "Gemeente", "iban": WRONG_IBAN})
        assert answer.status_code == 400
        assert WRONG_IBAN not in answer.text


class TestRefused:
    async def test_a_refused_payment_becomes_a_task_a_message_and_a_new_instruction_once_its_account_is_mended(
        self, desk: Desk, home: Homes
    ) -> None:
        one = home(person_cents=0)
        run_id, made = await exported(desk, [one, home(person_cents=0)])
        ((refused_id,),) = await desk.rows("SELECT id FROM payment_instruction WHERE household_id = $1", one.id)
        report = status_report(made[0]["id"], file=("PART", ""), payments=[(refused_id.hex, "RJCT", "AC04")])
        answers = [await desk.send("/status-reports", report) for _ in range(2)]
        assert [answer.json() for answer in answers] == [
            {"counts": {"refused": 1, "accepted": 1, "waiting": 0, "repeated": 0}}
        ] * 2

        told = [fact.data for fact in await desk.service.list_published() if isinstance(fact.data, PaymentRefused)]
        assert [(fact.payment_id, fact.reason_code, fact.amount_cents) for fact in told] == [
            (refused_id, "AC04", one.rent_cents)
        ]
        tasks = "SELECT kind, amount_cents, done_on IS NULL FROM task"
        assert await desk.rows(tasks) == [("payment_refused", one.rent_cents, True)]
        balance = "SELECT account, sum(amount_cents)::bigint FROM ledger_line GROUP BY account ORDER BY account"
        assert await desk.rows(balance) == [(31, -one.rent_cents), (60, one.rent_cents)]

        too_early = await desk.service.post(
            f"/payments/{refused_id}/replacements", json={"instructed_on": "2026-07-06"}
        )
        assert (too_early.status_code, "right account" in too_early.text) == (409, True)
        assert len((await desk.export(run_id)).json()["items"]) == 1

        one.iban = OTHER_IBAN
        async with desk.service.database.transaction("gm0637") as tx:
            await desk.charge(tx, one, new_id(), one.charge_id)
        anew = (await desk.export(run_id, date(2026, 7, 6))).json()["items"]
        content = await desk.content(anew[1]["id"])
        assert is_valid(content)
        assert said(content, "p:CdtrAcct/p:Id/p:IBAN") == [OTHER_IBAN]
        assert said(content, "p:EndToEndId") != [refused_id.hex]
        link = "SELECT replaces, attempt FROM payment_instruction WHERE replaces IS NOT NULL"
        assert await desk.rows(link) == [(refused_id, 2)]
        assert await desk.rows(tasks) == [("payment_refused", one.rent_cents, False)]
        assert await desk.rows(balance) == [(31, 0), (60, 0)]

    async def test_a_refusal_for_want_of_money_is_made_good_by_hand_and_once(self, desk: Desk, home: Homes) -> None:
        run_id, made = await exported(desk, [home(person_cents=0)])
        await desk.send("/status-reports", status_report(made[0]["id"], file=("RJCT", "AM04")))
        ((refused_id,),) = await desk.rows("SELECT instruction_id FROM payment_refusal")
        way, body = f"/payments/{refused_id}/replacements", {"instructed_on": "2026-07-02"}
        once, twice = [await desk.service.post(way, json=body) for _ in range(2)]
        assert once.status_code == 201
        assert once.json() == twice.json()
        assert len((await desk.export(run_id)).json()["items"]) == 2

    async def test_a_repeat_that_the_bank_refuses_leaves_the_first_file_as_it_is(self, desk: Desk, home: Homes) -> None:
        _, made = await exported(desk, [home(person_cents=0), home(person_cents=0)])
        answer = await desk.send("/status-reports", status_report(made[0]["id"], file=("RJCT", "AM05")))
        assert answer.json()["counts"] == {"refused": 0, "accepted": 0, "waiting": 0, "repeated": 2}
        assert await desk.rows("SELECT instruction_id FROM payment_refusal") == []
        assert [fact for fact in await desk.service.list_published() if isinstance(fact.data, PaymentRefused)] == []
        assert await desk.rows("SELECT kind, household_id, amount_cents FROM task") == [
            ("payment_differs", None, 120_000)
        ]

    async def test_a_report_that_contradicts_itself_changes_nothing(self, desk: Desk, home: Homes) -> None:
        _, made = await exported(desk, [home(person_cents=0)])
        ((paid,),) = await desk.rows("SELECT id FROM payment_instruction")
        report = status_report(made[0]["id"], file=("RJCT", "FF01"), payments=[(paid.hex, "ACSC", "")])
        answer = await desk.send("/status-reports", report)
        assert (answer.status_code, "both refuses and accepts" in answer.text) == (409, True)
        assert await desk.rows("SELECT sha256 FROM bank_message") == []

    async def test_what_the_bank_pays_after_all_is_looked_at_and_never_paid_anew(self, desk: Desk, home: Homes) -> None:
        one = home(person_cents=0)
        run_id, made = await exported(desk, [one])
        await desk.send("/status-reports", status_report(made[0]["id"], file=("RJCT", "AC04")))
        ((paid,),) = await desk.rows("SELECT id FROM payment_instruction")
        entry = Booked(-one.rent_cents, "R1", [(paid.hex, one.rent_cents, "")])
        assert (await desk.send("/bank-statements", statement([entry]))).json()["counts"]["match"] == 1
        assert ("payment_differs", one.rent_cents) in await desk.rows("SELECT kind, amount_cents FROM task")

        one.iban = OTHER_IBAN
        async with desk.service.database.transaction("gm0637") as tx:
            await desk.charge(tx, one, new_id(), one.charge_id)
        assert len((await desk.export(run_id, date(2026, 7, 6))).json()["items"]) == 1
        answer = await desk.service.post(f"/payments/{paid}/replacements", json={"instructed_on": "2026-07-06"})
        assert (answer.status_code, "paid twice" in answer.text) == (409, True)

    async def test_a_report_about_a_file_that_was_not_made_here_changes_nothing(self, desk: Desk, home: Homes) -> None:
        _, made = await exported(desk, [home()])
        strange = [
            status_report("F0", file=("RJCT", "AC01")),
            status_report(made[0]["id"], payments=[(new_id().hex, "RJCT", "AC01")]),
        ]
        answers = [await desk.send("/status-reports", report) for report in strange]
        assert [answer.status_code for answer in answers] == [409, 409]
        assert await desk.rows("SELECT sha256 FROM bank_message") == []
