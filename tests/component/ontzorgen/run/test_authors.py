"""Who is an author of a run: whoever recorded any part of a file that it pays, and nobody else."""

from collections.abc import Awaitable, Callable
from uuid import UUID

import pytest
from month_desk import Desk

from services.ontzorgen.run.repository.authors import SHAPES_THE_MONTH, find_authors
from services.ontzorgen.run.repository.runs import find_run
from shared.auth.local_issuer import LocalIssuer
from shared.database.transactions import Transaction
from shared.identity import Role, new_id
from shared.testing.running_service import RunningService

HERE = "gm0637"
# What a row of each part has beside its household and who recorded it; $1 is its id, which others refer to.
PARTS = {
    "right_version": {"right_from": "'2026-09-01'", "known_on": "'2026-09-01'", "agreed_until": "'2027-02-28'"},
    "composition": {
        "from_day": "'2026-10-01'",
        "kind": "'single'",
        "adults": "'[]'",
        "children": "'[]'",
        "sharers": "0",
    }
    | {"pay_out": "'person'"},
    "household_person": {"person_id": "$1", "role": "'partner'", "from_day": "'2026-09-01'"},
    "charge": {"kind": "'rent'", "creditor": "$5", "reference": "'x'", "amount_cents": "1", "from_day": "'2026-09-01'"},
    "mandate": {"kind": "'rent'", "creditor": "$5", "granted_on": "'2026-09-01'"},
    "mandate_revocation": {"mandate_id": "$1", "revoked_on": "'2026-09-01'"},
    "allowance": {"kind": "'care_allowance'", "amount_cents": "1", "is_routed": "false"},
    "relief_grant": {"kind": "'advance'", "form": "'loan'", "amount_cents": "1", "month": "'2026-09'"}
    | {"is_routed": "false", "repay_from": "'2026-10'", "repay_cents": "1"},
    "start_money_decision": {"proposal_id": "$1", "outcome": "'declined'", "decided_on": "'2026-09-01'"}
    | {"reason": "'x'", "granted_cents": "0"},
    "loan_repayment": {"loan_id": "$1", "repayment_no": "1", "paid_on": "'2026-09-01'", "amount_cents": "1"}
    | {"left_cents": "0", "from_remainder": "true"},
    "claim": {"creditor": "$5", "amount_cents": "1", "total_cents": "1", "from_day": "'2026-09-01'", "person_id": "$1"},
    "payment_terms": {"from_day": "'2026-09-01'"},
    "income": {"kind": "'earnings'", "amount_cents": "1", "from_day": "'2026-09-01'", "exempt_percent": "0"}
    | {"payee": "'person'"},
    "reduction": {"percent": "1", "from_day": "'2026-09-01'"},
    "attachment": {"kind": "'attachment'", "creditor": "$5", "amount_cents": "1", "protected_cents": "1"}
    | {"from_day": "'2026-09-01'", "reference": "'x'", "needs_confirmation": "false"},
    "unpaid_charge": {"charge_id": "$1", "kind": "'rent'", "creditor": "$5", "for_month": "'2026-08'"}
    | {"unpaid_in": "'2026-08'", "month": "'2026-09'", "amount_cents": "1"},
}
INSERT = """
INSERT INTO {part} (municipality, id, household_id, recorded_by, {columns}) SELECT $2, $1::uuid, $3, $4, {values}
WHERE $5 <> ''
"""
PROPOSAL = """
INSERT INTO start_money_proposal (municipality, id, household_id, kind, form, amount_cents, limit_cents, month, article,
    policy, decided_by)
VALUES ($1, $2, $3, 'first_rent', 'gift', 0, 0, '2026-09', '', '', '')
"""
CREDITOR = """
INSERT INTO creditor (municipality, id, code, name, kind, iban, from_day, recorded_by, calls_first, needs_confirmation)
VALUES ($1, $2, $3, $3, 'landlord', 'NL39RABO0300065264', '2026-09-01', $4, false, false)
"""
ACCOUNT = """
INSERT INTO bank_account (municipality, id, holder, name, iban, proposed_by)
VALUES ($1, $2, $3, 'Naam', 'NL39RABO0300065264', $4)
"""


@pytest.fixture
async def desk(client_for: Callable[..., Awaitable[RunningService]], issuer: LocalIssuer) -> Desk:
    return Desk(await client_for("ontzorgen", Role.BUDGET_MANAGER), issuer)


async def fill(tx: Transaction, household: UUID, name: str) -> set[str]:
    """Record every part of a file, each by someone else; return who did."""
    driver, row_id = await tx.driver(), new_id()
    await driver.execute(PROPOSAL, HERE, row_id, household)
    for part in SHAPES_THE_MONTH:
        columns = PARTS[part]
        query = INSERT.format(part=part, columns=", ".join(columns), values=", ".join(columns.values()))
        await driver.execute(query, row_id, HERE, household, f"{name} {part}", f"{name} {part}")
    for code in ("charge", "attachment"):
        await driver.execute(CREDITOR, HERE, new_id(), f"{name} {code}", f"{name} creditor of {code}")
    await driver.execute(ACCOUNT, HERE, new_id(), f"person:{household}", f"{name} account")
    people = (*SHAPES_THE_MONTH, "creditor of charge", "creditor of attachment", "account")
    return {f"{name} {person}" for person in people}


async def test_whoever_recorded_any_part_of_a_file_is_an_author_of_the_run_that_pays_it_alone(desk: Desk) -> None:
    first = await desk.household()
    run_ids = [await desk.release("2026-09")]
    second = await desk.household()
    run_ids += [await desk.release("2026-09"), await desk.release("2026-10")]
    async with desk.service.database.transaction(HERE) as tx:
        of_first, of_second = await fill(tx, first, "first"), await fill(tx, second, "second")
        await (await tx.driver()).execute(CREDITOR, HERE, new_id(), "nobody's", "creditor of nobody")
        await (await tx.driver()).execute(ACCOUNT, HERE, new_id(), "municipality", "own account")
        marks = {who: who for who in (*of_first, *of_second, "creditor of nobody", "own account", "someone else")}
        found = [await find_run(tx, UUID(run_id)) for run_id in run_ids]
        authors = [await find_authors(tx, run, marks) for run in found if run is not None]
    assert authors == [of_first, of_second, of_first | of_second]
