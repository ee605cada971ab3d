"""What reaches the bank as people wrote it: names in letters that it can read, references that it reads by machine."""

from collections.abc import Callable
from typing import Any

import pytest
from bank_shapes import Booking, Part, Sheet, build_file
from lxml import etree

from shared.identity import new_id
from shared.testing.bank_files import IBAN

Desk = Any
Homes = Callable[..., Any]
PERSON_IBAN = "NL20INGB0001234567"
CREDITOR = {"code": "woonstad", "kind": "landlord", "iban": IBAN, "from_day": "2026-07-01"}


async def list_tasks(desk: Desk) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = (await desk.service.get("/tasks")).json()["items"]
    return items


class TestNames:
    @pytest.mark.parametrize("name", ["محمد علي", "ሰላም ተስፋይ", "Мария"])
    async def test_a_name_in_another_script_is_asked_for_as_the_bank_knows_it(
        self, desk: Desk, home: Homes, name: str
    ) -> None:
        body = {"name": name, "iban": PERSON_IBAN, "household_id": str(home().id)}
        answer = await desk.service.post("/bank-accounts", json=body)
        assert (answer.status_code, "as the bank knows it" in answer.text, name in answer.text) == (400, True, False)
        answer = await desk.service.post("/creditors", json={**CREDITOR, "name": name})
        assert (answer.status_code, "in Latin letters" in answer.text, name in answer.text) == (400, True, False)
        accented = await desk.service.post("/creditors", json={**CREDITOR, "name": "Wönen & Zn"})
        assert accented.status_code == 201

    async def test_a_name_that_is_here_from_before_is_held_and_never_sent_as_consonants(
        self, desk: Desk, home: Homes
    ) -> None:
        await desk.add_account()
        household = home()
        await desk.add_account(household.id, PERSON_IBAN, "Persoon Één")
        await desk.fetch("UPDATE bank_account SET name = 'محمد' WHERE holder <> 'municipality' RETURNING id")
        run_id = await desk.release_month([household])
        files = (await desk.export(run_id)).json()["items"]
        assert [file["total_cents"] for file in files] == [household.rent_cents]
        assert [(task["kind"], task["amount_cents"]) for task in await list_tasks(desk)] == [
            ("account_missing", household.person_cents)
        ]
        await desk.add_account(household.id, PERSON_IBAN, "M. Ali")
        both = (await desk.export(run_id)).json()["items"]
        assert sum(file["total_cents"] for file in both) == household.total_cents


class TestSharedAccounts:
    async def test_an_account_of_persons_in_two_households_is_a_task_for_a_person(
        self, desk: Desk, home: Homes
    ) -> None:
        first, second = home().id, home().id
        await desk.release_month([home(id=first), home(id=second)])
        await desk.add_account(first, PERSON_IBAN, "Persoon")
        again = {"id": str(new_id()), "name": "Partner", "iban": PERSON_IBAN, "household_id": str(first)}
        await desk.service.post("/bank-accounts", json={**again, "payee": "partner"})
        assert await list_tasks(desk) == [], "partners may share one"
        body = {"id": str(new_id()), "name": "Iemand", "iban": "NL20 INGB 0001 2345 67", "household_id": str(second)}
        for _ in range(2):
            assert (await desk.service.post("/bank-accounts", json=body)).status_code == 201
        (task,) = await list_tasks(desk)
        assert (task["kind"], task["household_id"]) == ("account_shared", str(second))
        assert "1 other household" in task["sentence"]
        assert PERSON_IBAN not in task["sentence"]

    async def test_the_account_on_which_the_municipality_manages_money_is_shared_on_purpose(
        self, desk: Desk, home: Homes
    ) -> None:
        homes = [home(), home()]
        await desk.release_month(homes)
        await desk.add_account()
        for household in homes:
            await desk.add_account(household.id, name="Persoon")
        assert await list_tasks(desk) == []

    async def test_a_shared_account_of_a_household_that_is_not_known_yet_is_a_task_too(
        self, desk: Desk, home: Homes
    ) -> None:
        for household in (home(), home()):
            await desk.add_account(household.id, PERSON_IBAN, "Persoon")
        assert [(task["kind"], task["household_id"]) for task in await list_tasks(desk)] == [("account_shared", None)]


class TestReferences:
    @pytest.mark.parametrize("reference", ["5000 0567 8901 2345", "RF18539007547034"])
    async def test_a_structured_reference_goes_out_and_is_matched_when_it_comes_back(
        self, desk: Desk, home: Homes, reference: str
    ) -> None:
        await desk.add_account()
        run_id = await desk.release_month([home(person_cents=0, rent_cents=100_00, reference=reference)])
        (file,) = (await desk.export(run_id)).json()["items"]
        document = etree.fromstring(await desk.read_content(file["id"]))
        (sent,) = (node.text for node in document.iter("{*}Ref"))
        assert sent == "".join(reference.split())
        entry = Booking(-100_00, "R1", [Part(cents=-100_00, structured=str(sent), lines=["Betaling huur"])])
        answer = await desk.send("/bank-statements", build_file(Sheet("D1", [entry])))
        assert answer.json()["counts"]["match"] == 1
