"""What the queries leave out: accounts that nobody confirmed, other runs, other batches, what was paid after all."""

from collections.abc import Callable
from datetime import date
from typing import Any

from bank_shapes import Booking, Part, Sheet, build_file

from shared.identity import new_id
from shared.testing.bank_files import build_status_report

Desk = Any
Homes = Callable[..., Any]
OTHER_IBAN = "NL39RABO0300065264"
PERSON_IBAN = "NL20INGB0001234567"


async def send_statement(desk: Desk, iban: str) -> int:
    text = build_file(Sheet(f"S{iban}", [Booking(-5_00, "R1")], iban=iban))
    return int((await desk.send("/bank-statements", text)).status_code)


async def test_statements_are_those_of_a_confirmed_account_of_the_municipality_alone(desk: Desk, home: Homes) -> None:
    await desk.add_account()
    proposed = {"id": str(new_id()), "name": "Gemeente", "iban": OTHER_IBAN}
    assert (await desk.service.post("/bank-accounts", json=proposed, headers=desk.as_person("first"))).is_success
    household = home()
    await desk.release_month([household])
    await desk.add_account(household.id, PERSON_IBAN, "Persoon")
    assert [await send_statement(desk, iban) for iban in (OTHER_IBAN, PERSON_IBAN)] == [409, 409]
    path = f"/bank-accounts/{proposed['id']}/confirmations"
    assert (await desk.service.post(path, headers=desk.as_person("second"))).status_code == 201
    assert await send_statement(desk, OTHER_IBAN) == 201


async def test_only_instructions_of_the_run_wait_for_its_file(desk: Desk, home: Homes) -> None:
    """Those of another run may be instructed and in no file, when its export stopped between the two."""
    await desk.add_account()
    first = await desk.release_month([home(person_cents=0)])
    assert (await desk.export(first)).status_code == 201
    await desk.fetch(
        """
        INSERT INTO payment_order (municipality, run_id, month, ordered_on, held_cents)
        SELECT municipality, gen_random_uuid(), '2026-05', '2026-05-01', 0 FROM payment_order RETURNING run_id
        """
    )
    await desk.fetch(
        """
        INSERT INTO payment_instruction (municipality, id, household_id, run_id, month, key, kind, for_month,
            is_correction, execute_on, amount_cents, holder, name, iban, remittance, attempt)
        SELECT municipality, gen_random_uuid(), household_id,
            (SELECT run_id FROM payment_order WHERE month = '2026-05'), '2026-05', key, kind, '2026-05',
            is_correction, execute_on, amount_cents, holder, name, iban, remittance, attempt
        FROM payment_instruction RETURNING id
        """
    )
    assert len((await desk.export(first)).json()["items"]) == 1


async def test_a_batch_that_is_refused_leaves_the_other_batch_of_its_file(desk: Desk, home: Homes) -> None:
    await desk.add_account()
    household = home()
    run_id = await desk.release_month([household])
    await desk.add_account(household.id, PERSON_IBAN, "Persoon")
    assert (await desk.export(run_id)).status_code == 201
    query = """
    SELECT e.file_id, e.batch_id, i.id FROM payment_file_entry e
    JOIN payment_instruction i ON i.id = e.instruction_id ORDER BY i.execute_on
    """
    (file_id, batch_id, refused_id), (same_file_id, other_batch_id, _) = await desk.fetch(query)
    assert (file_id, batch_id != other_batch_id) == (same_file_id, True)
    report = build_status_report(file_id, batches=[(batch_id, "RJCT", "AM04")])
    assert (await desk.send("/status-reports", report)).json()["counts"]["refused"] == 1
    assert await desk.fetch("SELECT instruction_id FROM payment_refusal") == [(refused_id,)]


async def test_what_was_replaced_or_paid_after_all_is_not_replaced_by_another_export(desk: Desk, home: Homes) -> None:
    await desk.add_account()
    households = [home(person_cents=0), home(person_cents=0, rent_cents=70_000)]
    run_id = await desk.release_month(households)
    (file,) = (await desk.export(run_id)).json()["items"]
    paid_id, _ = (row[0] for row in await desk.fetch("SELECT id FROM payment_instruction ORDER BY amount_cents"))
    await desk.send("/status-reports", build_status_report(file["id"], file=("RJCT", "AC04")))
    entry = Booking(-60_000, "R1", [Part(paid_id.hex, -60_000)])
    assert (await desk.send("/bank-statements", build_file(Sheet("D1", [entry])))).status_code == 201
    async with desk.service.database.transaction(desk.municipality) as tx:
        for household in households:
            household.iban = "DE89370400440532013000"
            await desk.add_charge_version(tx, household, new_id(), household.charge_id)
    files = [(await desk.export(run_id, date(2026, 7, 6))).json()["items"] for _ in range(2)]
    assert [[(item["payments"], item["total_cents"]) for item in items] for items in files] == [
        [(2, 130_000), (1, 70_000)]
    ] * 2
    booked = await desk.fetch("SELECT count(*) FROM payment_instruction WHERE replaces IS NOT NULL")
    assert booked == [(1,)]
