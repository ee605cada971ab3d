"""Status reports in shapes that banks really send: what is clear is taken in, all that is not becomes one task."""

from collections.abc import Callable
from typing import Any

import pytest

from shared.events import PaymentRefused
from shared.testing.bank_files import REPORT_NAMESPACE, build_status_report

Desk = Any
Homes = Callable[..., Any]
TASKS = "SELECT kind, amount_cents, household_id IS NULL FROM task ORDER BY 1, 2"


@pytest.fixture
async def sent(desk: Desk, home: Homes) -> tuple[str, str, str]:
    """The file and the end-to-end ids of two payments in it, of 100 and 200 euro."""
    await desk.add_account()
    homes = [home(person_cents=0, rent_cents=cents) for cents in (100_00, 200_00)]
    (file,) = (await desk.export(await desk.release_month(homes))).json()["items"]
    ids = await desk.fetch("SELECT id FROM payment_instruction ORDER BY amount_cents")
    return file["id"], *(row[0].hex for row in ids)


async def report(desk: Desk, text: str) -> dict[str, int]:
    answer = await desk.send("/status-reports", text)
    assert answer.status_code == 201, answer.text
    return {name: count for name, count in answer.json()["counts"].items() if count}


async def list_refused(desk: Desk) -> list[str]:
    facts = [fact.data for fact in await desk.service.list_published()]
    return [fact.reason_code for fact in facts if isinstance(fact, PaymentRefused)]


@pytest.mark.parametrize("code", ["RVNM", "RCVC", "RCVM", "CANC", "ZZZZ"])
async def test_a_status_that_is_not_known_is_a_task_and_the_refusal_beside_it_is_taken_in(
    desk: Desk, sent: tuple[str, str, str], code: str
) -> None:
    file_id, first, second = sent
    text = build_status_report(file_id, file=("PART", ""), payments=[(first, "RJCT", "AC04"), (second, code, "")])
    assert await report(desk, text) == {"refused": 1, "unclear": 1}
    assert await list_refused(desk) == ["AC04"]
    assert await desk.fetch(TASKS) == [("bank_status_unclear", 200_00, False), ("payment_refused", 100_00, False)]
    page = (await desk.service.get("/tasks")).json()["items"]
    sentences = {task["kind"]: task["sentence"] for task in page}
    assert f"{code}: " in sentences["bank_status_unclear"]
    assert "closed" in sentences["payment_refused"]


@pytest.mark.parametrize(("code", "unclear"), [("RCVC", 2), ("RVNM", 2)])
async def test_a_status_of_a_whole_file_that_is_not_known_is_one_task(
    desk: Desk, sent: tuple[str, str, str], code: str, unclear: int
) -> None:
    assert await report(desk, build_status_report(sent[0], file=(code, ""))) == {"unclear": unclear}
    assert await desk.fetch(TASKS) == [("bank_status_unclear", 300_00, True)]


@pytest.mark.parametrize("reason", ["DUPL", "AM05"])
async def test_a_file_that_the_bank_had_before_is_neither_refused_nor_paid_anew(
    desk: Desk, sent: tuple[str, str, str], reason: str
) -> None:
    assert await report(desk, build_status_report(sent[0], file=("RJCT", reason))) == {"repeated": 2}
    assert await list_refused(desk) == []
    for row in await desk.fetch("SELECT id FROM payment_instruction"):
        answer = await desk.service.post(f"/payments/{row[0]}/replacements", json={"instructed_on": "2026-07-06"})
        assert answer.status_code == 409
    (task,) = (await desk.service.get("/tasks")).json()["items"]
    assert (task["kind"], "paid once" in task["sentence"]) == ("payment_differs", True)


@pytest.mark.parametrize("end_to_end_id", [None, "NOTPROVIDED"])
async def test_a_payment_is_known_by_the_id_of_its_instruction_alone(
    desk: Desk, sent: tuple[str, str, str], end_to_end_id: str | None
) -> None:
    text = build_status_report(sent[0], file=("PART", ""), payments=[(sent[1], "RJCT", "AC04")])
    named = f"<OrgnlEndToEndId>{end_to_end_id}</OrgnlEndToEndId>" if end_to_end_id else ""
    whole = f"<OrgnlEndToEndId>{sent[1]}</OrgnlEndToEndId>"
    text = text.replace(whole, f"<OrgnlInstrId>{sent[1]}</OrgnlInstrId>{named}")
    assert await report(desk, text) == {"refused": 1, "accepted": 1}


async def test_a_refusal_that_names_no_payment_is_a_task_and_a_batch_without_an_id_is_the_only_one(
    desk: Desk, sent: tuple[str, str, str]
) -> None:
    nobody = build_status_report(sent[0], file=("PART", ""), payments=[("NOTPROVIDED", "RJCT", "AC04")])
    assert await report(desk, nobody) == {"accepted": 2, "unclear": 1}
    assert await desk.fetch(TASKS) == [("bank_status_unclear", 0, True)]
    batch = build_status_report(sent[0], batches=[("NOTPROVIDED", "RJCT", "AM04")], report_id="R2")
    assert await report(desk, batch) == {"refused": 2}


@pytest.mark.parametrize("foreign", ["f" * 32, "BANK-1"])
async def test_a_payment_that_is_not_in_the_file_does_not_stop_the_others(
    desk: Desk, sent: tuple[str, str, str], foreign: str
) -> None:
    named = [(sent[1], "RJCT", "AC04"), (foreign, "RJCT", "AC01"), (foreign, "ACCP", "")]
    assert await report(desk, build_status_report(sent[0], payments=named)) == {"refused": 1, "unclear": 1}
    assert await desk.fetch(TASKS) == [("bank_status_unclear", 0, True), ("payment_refused", 100_00, False)]
    alone = build_status_report(sent[0], payments=[(foreign, "RJCT", "AC01")], report_id="R2")
    answer = await desk.send("/status-reports", alone)
    assert (answer.status_code, "names no payment" in answer.text) == (409, True)


@pytest.mark.parametrize("other", ["ACCP", "CANC"])
@pytest.mark.parametrize("is_refused_first", [True, False])
async def test_a_payment_with_two_statuses_is_a_task_and_not_refused_whatever_their_order(
    desk: Desk, sent: tuple[str, str, str], other: str, *, is_refused_first: bool
) -> None:
    both = [(sent[1], "RJCT", "AC04"), (sent[1], other, "")]
    named = [*(both if is_refused_first else both[::-1]), (sent[2], "RJCT", "AC04")]
    assert await report(desk, build_status_report(sent[0], payments=named)) == {"refused": 1, "unclear": 1}
    assert await desk.fetch(TASKS) == [("bank_status_unclear", 100_00, False), ("payment_refused", 200_00, False)]


@pytest.mark.parametrize("accepted", ["ACSC", "PDNG"])
async def test_a_file_that_is_refused_while_a_payment_in_it_is_accepted_is_one_task_and_refuses_nothing(
    desk: Desk, sent: tuple[str, str, str], accepted: str
) -> None:
    text = build_status_report(sent[0], file=("RJCT", "FF01"), payments=[(sent[1], accepted, "")])
    assert await report(desk, text) == {"unclear": 2}
    assert await list_refused(desk) == []
    assert await desk.fetch(TASKS) == [("bank_status_unclear", 300_00, True)]
    (task,) = (await desk.service.get("/tasks")).json()["items"]
    assert "refuses a whole and accepts a payment in it: ask the bank which is right" in task["sentence"]
    assert await report(desk, text) == {"unclear": 2}, "the same again changes nothing"
    assert await desk.fetch(TASKS) == [("bank_status_unclear", 300_00, True)]


async def test_of_several_reasons_the_one_that_says_it_is_a_repeat_holds(
    desk: Desk, sent: tuple[str, str, str]
) -> None:
    text = build_status_report(sent[0], file=("RJCT", "NARR"))
    more = text.replace("</StsRsnInf>", "</StsRsnInf><StsRsnInf><Rsn><Prtry>DUPL</Prtry></Rsn></StsRsnInf>")
    assert await report(desk, more) == {"repeated": 2}


@pytest.mark.parametrize("version", ["02", "03", "10", "14"])
async def test_a_report_made_in_the_night_is_of_its_dutch_day(
    desk: Desk, sent: tuple[str, str, str], version: str
) -> None:
    text = build_status_report(sent[0], file=("RJCT", "AM04"))
    night = text.replace("2026-07-02T09:00:00", "2026-07-02T22:30:00Z")
    await report(desk, night.replace(REPORT_NAMESPACE, f"{REPORT_NAMESPACE[:-2]}{version}"))
    assert await desk.fetch("SELECT DISTINCT refused_on::text FROM payment_refusal") == [("2026-07-03",)]
