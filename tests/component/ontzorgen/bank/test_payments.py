"""Payments on their way to the bank, over HTTP and on a real PostgreSQL: once each, to the byte, on known accounts."""

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
from shared.testing.bank_files import BookedEntry, build_statement, build_status_report

NS = {"p": "urn:iso:std:iso:20022:tech:xsd:pain.001.001.09"}
WRONG_IBAN = "NL92ABNA0417164300"
OTHER_IBAN = "DE89370400440532013000"
Desk = Any
Homes = Callable[..., Any]


def is_valid(content: bytes) -> bool:
    with as_file(files("sepaxml") / "schemas" / "pain.001.001.09.xsd") as path:
        return bool(etree.XMLSchema(file=str(path)).validate(etree.fromstring(content)))


def find_texts(content: bytes, path: str) -> list[str]:
    return [str(element.text) for element in etree.fromstring(content).iterfind(f".//{path}", NS)]


def build_iban(number: int) -> str:
    """Return an account of its own, with the check digits that belong to it."""
    account = f"INGB{number:010}"
    digits = "".join(str(int(character, 36)) for character in f"{account}NL00")
    return f"NL{98 - int(digits) % 97:02}{account}"


async def export_run(desk: Desk, homes: list[Any]) -> tuple[UUID, list[dict[str, Any]]]:
    await desk.add_account()
    for number, home in enumerate(homes):
        await desk.add_account(home.id, build_iban(number), "Persoon Één")
    run_id = await desk.release_month(homes)
    answer = await desk.export(run_id)
    assert answer.status_code == 201, answer.text
    return run_id, answer.json()["items"]


class TestFiles:
    async def test_every_payment_of_a_released_run_leaves_once_in_files_that_the_schema_accepts(
        self, desk: Desk, home: Homes
    ) -> None:
        homes = [home(corrected_cents=-10_000), home(corrected_cents=2_500), home(reference="RF18539007547034")]
        _, files_made = await export_run(desk, homes)
        contents = [await desk.read_content(file["id"]) for file in files_made]
        assert all(is_valid(content) for content in contents)
        assert [file["payments"] for file in files_made] == [2, 2, 2, 1]
        assert sum(file["total_cents"] for file in files_made) == sum(household.total_cents for household in homes)
        ids = [text for content in contents for text in find_texts(content, "p:EndToEndId")]
        assert len(set(ids)) == 7
        assert [text for content in contents for text in find_texts(content, "p:Ref")] == ["RF18539007547034"]
        days = {text for content in contents for text in find_texts(content, "p:ReqdExctnDt/p:Dt")}
        assert days == {"2026-07-01", "2026-07-06"}, "the fourth of July is a Saturday"

    async def test_a_file_made_late_asks_for_no_day_that_is_over(self, desk: Desk, home: Homes) -> None:
        await desk.add_account()
        answer = await desk.export(await desk.release_month([home(person_cents=0)]), date(2026, 7, 17))
        content = await desk.read_content(answer.json()["items"][0]["id"])
        assert find_texts(content, "p:ReqdExctnDt/p:Dt") == ["2026-07-17"]

    async def test_exporting_again_gives_the_stored_bytes(self, desk: Desk, home: Homes) -> None:
        run_id, files_made = await export_run(desk, [home(), home()])
        before = [await desk.read_content(file["id"]) for file in files_made]
        again = await desk.export(run_id, date(2026, 8, 1))
        assert again.json()["items"] == files_made
        assert [await desk.read_content(file["id"]) for file in files_made] == before

    async def test_the_database_refuses_a_second_file_with_the_same_payment(self, desk: Desk, home: Homes) -> None:
        await export_run(desk, [home()])
        with pytest.raises(asyncpg.UniqueViolationError):
            await desk.fetch("INSERT INTO payment_file_entry SELECT * FROM payment_file_entry")

    async def test_a_wrong_account_stops_the_whole_export_and_the_sentence_names_the_charge_alone(
        self, desk: Desk, home: Homes
    ) -> None:
        await desk.add_account()
        bad = home(iban=WRONG_IBAN, person_cents=0)
        run_id = await desk.release_month([home(person_cents=0), bad])
        answer = await desk.export(run_id)
        assert answer.status_code == 400
        assert str(bad.charge_id) in answer.text
        assert WRONG_IBAN not in answer.text
        assert await desk.fetch("SELECT id FROM payment_instruction") == []

    async def test_a_run_that_is_not_released_pays_nothing(self, desk: Desk, home: Homes) -> None:
        await desk.add_account()
        answer = await desk.export(await desk.release_month([home()], RunState.SEALED))
        assert (answer.status_code, "release it first" in answer.text) == (409, True)

    async def test_another_municipality_cannot_reach_the_run(self, desk: Desk, home: Homes) -> None:
        run_id, files_made = await export_run(desk, [home()])
        desk.municipality = "gm0080"
        stranger = desk.as_person("third")
        body = {"exported_on": "2026-07-01"}
        post = await desk.service.post(f"/runs/{run_id}/payment-files", json=body, headers=stranger)
        read = await desk.service.get(f"/payment-files/{files_made[0]['id']}/content", headers=stranger)
        assert (post.status_code, read.status_code) == (404, 404)


class TestAccounts:
    async def test_a_payment_without_an_account_waits_as_a_task_and_leaves_once_it_is_known(
        self, desk: Desk, home: Homes
    ) -> None:
        await desk.add_account()
        household = home()
        run_id = await desk.release_month([household])
        first = (await desk.export(run_id)).json()["items"]
        assert [file["total_cents"] for file in first] == [household.rent_cents]
        assert await desk.fetch("SELECT kind, amount_cents FROM task") == [("account_missing", household.person_cents)]
        await desk.add_account(household.id, name="Persoon")
        both = (await desk.export(run_id)).json()["items"]
        assert [file["total_cents"] for file in both] == [household.rent_cents, household.person_cents]
        assert both[0] == first[0]

    async def test_the_own_account_holds_once_a_colleague_confirmed_it(self, desk: Desk, home: Homes) -> None:
        body = {"id": str(new_id()), "name": "Gemeente", "iban": "NL91 ABNA 0417 1643 00"}
        me = desk.as_person("first")
        assert (await desk.service.post("/bank-accounts", json=body, headers=me)).status_code == 201
        path = f"/bank-accounts/{body['id']}/confirmations"
        refused = await desk.service.post(path, headers=me)
        assert (refused.status_code, "a colleague" in refused.text) == (409, True)
        answer = await desk.export(await desk.release_month([home(person_cents=0)]))
        assert (answer.status_code, "no confirmed account" in answer.text) == (409, True)
        assert (await desk.service.post(path, headers=desk.as_person("second"))).status_code == 201

    async def test_a_name_that_no_bank_can_read_is_refused_before_it_stops_a_file(self, desk: Desk) -> None:
        body = {"name": "&&&", "iban": OTHER_IBAN}
        answer = await desk.service.post("/bank-accounts", json=body)
        assert (answer.status_code, "in Latin letters" in answer.text) == (400, True)

    async def test_an_account_with_wrong_check_digits_is_refused_without_being_repeated(self, desk: Desk) -> None:
        answer = await desk.service.post("/bank-accounts", json={"name": "Gemeente", "iban": WRONG_IBAN})
        assert answer.status_code == 400
        assert WRONG_IBAN not in answer.text


class TestRefused:
    async def test_a_refused_payment_becomes_a_task_a_message_and_a_new_instruction_once_its_account_is_replaced(
        self, desk: Desk, home: Homes
    ) -> None:
        household = home(person_cents=0)
        run_id, files_made = await export_run(desk, [household, home(person_cents=0)])
        ((refused_id,),) = await desk.fetch("SELECT id FROM payment_instruction WHERE household_id = $1", household.id)
        report = build_status_report(
            files_made[0]["id"], file=("PART", ""), payments=[(refused_id.hex, "RJCT", "AC04")]
        )
        answers = [await desk.send("/status-reports", report) for _ in range(2)]
        assert [answer.json() for answer in answers] == [
            {"counts": {"refused": 1, "accepted": 1, "waiting": 0, "repeated": 0}}
        ] * 2

        refused = [fact.data for fact in await desk.service.list_published() if isinstance(fact.data, PaymentRefused)]
        assert [(fact.payment_id, fact.reason_code, fact.amount_cents) for fact in refused] == [
            (refused_id, "AC04", household.rent_cents)
        ]
        tasks = "SELECT kind, amount_cents, done_on IS NULL FROM task"
        assert await desk.fetch(tasks) == [("payment_refused", household.rent_cents, True)]
        balance = "SELECT account, sum(amount_cents)::bigint FROM ledger_line GROUP BY account ORDER BY account"
        assert await desk.fetch(balance) == [(31, -household.rent_cents), (60, household.rent_cents)]

        too_early = await desk.service.post(
            f"/payments/{refused_id}/replacements", json={"instructed_on": "2026-07-06"}
        )
        assert (too_early.status_code, "right account" in too_early.text) == (409, True)
        assert len((await desk.export(run_id)).json()["items"]) == 1

        household.iban = OTHER_IBAN
        async with desk.service.database.transaction("gm0637") as tx:
            await desk.add_charge_version(tx, household, new_id(), household.charge_id)
        files_anew = (await desk.export(run_id, date(2026, 7, 6))).json()["items"]
        content = await desk.read_content(files_anew[1]["id"])
        assert is_valid(content)
        assert find_texts(content, "p:CdtrAcct/p:Id/p:IBAN") == [OTHER_IBAN]
        assert find_texts(content, "p:EndToEndId") != [refused_id.hex]
        link = "SELECT replaces, attempt FROM payment_instruction WHERE replaces IS NOT NULL"
        assert await desk.fetch(link) == [(refused_id, 2)]
        assert await desk.fetch(tasks) == [("payment_refused", household.rent_cents, False)]
        assert await desk.fetch(balance) == [(31, 0), (60, 0)]

    async def test_a_refusal_for_want_of_money_is_made_good_by_hand_and_once(self, desk: Desk, home: Homes) -> None:
        run_id, files_made = await export_run(desk, [home(person_cents=0)])
        await desk.send("/status-reports", build_status_report(files_made[0]["id"], file=("RJCT", "AM04")))
        ((refused_id,),) = await desk.fetch("SELECT instruction_id FROM payment_refusal")
        path, body = f"/payments/{refused_id}/replacements", {"instructed_on": "2026-07-02"}
        once, twice = [await desk.service.post(path, json=body) for _ in range(2)]
        assert once.status_code == 201
        assert once.json() == twice.json()
        assert len((await desk.export(run_id)).json()["items"]) == 2

    async def test_a_repeat_that_the_bank_refuses_leaves_the_first_file_as_it_is(self, desk: Desk, home: Homes) -> None:
        _, files_made = await export_run(desk, [home(person_cents=0), home(person_cents=0)])
        answer = await desk.send("/status-reports", build_status_report(files_made[0]["id"], file=("RJCT", "AM05")))
        assert answer.json()["counts"] == {"refused": 0, "accepted": 0, "waiting": 0, "repeated": 2}
        assert await desk.fetch("SELECT instruction_id FROM payment_refusal") == []
        assert [fact for fact in await desk.service.list_published() if isinstance(fact.data, PaymentRefused)] == []
        assert await desk.fetch("SELECT kind, household_id, amount_cents FROM task") == [
            ("payment_differs", None, 120_000)
        ]

    async def test_what_the_bank_pays_after_all_is_looked_at_and_never_paid_anew(self, desk: Desk, home: Homes) -> None:
        household = home(person_cents=0)
        run_id, files_made = await export_run(desk, [household])
        await desk.send("/status-reports", build_status_report(files_made[0]["id"], file=("RJCT", "AC04")))
        ((paid,),) = await desk.fetch("SELECT id FROM payment_instruction")
        entry = BookedEntry(-household.rent_cents, "R1", [(paid.hex, household.rent_cents, "")])
        assert (await desk.send("/bank-statements", build_statement([entry]))).json()["counts"]["match"] == 1
        assert ("payment_differs", household.rent_cents) in await desk.fetch("SELECT kind, amount_cents FROM task")

        household.iban = OTHER_IBAN
        async with desk.service.database.transaction("gm0637") as tx:
            await desk.add_charge_version(tx, household, new_id(), household.charge_id)
        assert len((await desk.export(run_id, date(2026, 7, 6))).json()["items"]) == 1
        answer = await desk.service.post(f"/payments/{paid}/replacements", json={"instructed_on": "2026-07-06"})
        assert (answer.status_code, "paid twice" in answer.text) == (409, True)

    async def test_a_report_about_a_file_that_was_not_made_here_changes_nothing(self, desk: Desk, home: Homes) -> None:
        _, files_made = await export_run(desk, [home()])
        strange = [
            build_status_report("F0", file=("RJCT", "AC01")),
            build_status_report(files_made[0]["id"], payments=[(new_id().hex, "RJCT", "AC01")]),
        ]
        answers = [await desk.send("/status-reports", report) for report in strange]
        assert [answer.status_code for answer in answers] == [409, 409]
        assert await desk.fetch("SELECT sha256 FROM bank_message") == []
