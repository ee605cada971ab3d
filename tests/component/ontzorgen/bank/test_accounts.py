"""Accounts that the municipality pays from and on: a confirmation is of one account, and opens no other."""

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

import pytest

from services.ontzorgen.bank.repository.accounts import find_accounts_in_force, list_holders, list_ibans
from services.ontzorgen.bank.rules.accounts import MUNICIPALITY_HOLDER, build_person_holder
from shared.auth.local_issuer import LocalIssuer
from shared.identity import Role
from shared.testing.running_service import RunningService

MUNICIPALITY = "gm0637"
OWN_IBAN, LATER_IBAN, PERSONS_IBAN = "NL91ABNA0417164300", "NL20INGB0001234567", "NL39RABO0300065264"
HOUSEHOLD = UUID("3f1c9d2e-7b4a-4c8d-9e6f-a05b1c2d3e4f")
PERSON = build_person_holder("person", HOUSEHOLD)


@pytest.fixture
async def service(client_for: Callable[..., Awaitable[RunningService]]) -> RunningService:
    return await client_for("ontzorgen", Role.BUDGET_MANAGER)


@pytest.fixture
def colleague(issuer: LocalIssuer) -> dict[str, str]:
    return {"Authorization": f"Bearer {issuer.token('colleague', Role.BUDGET_MANAGER, MUNICIPALITY, 60)}"}


async def propose(service: RunningService, iban: str, household: UUID | None = None) -> str:
    body: dict[str, Any] = {"name": "Gemeente Testdorp", "iban": iban}
    answer = await service.post("/bank-accounts", json=body | ({"household_id": str(household)} if household else {}))
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


async def test_a_confirmation_is_of_one_account_and_only_what_is_confirmed_counts(
    service: RunningService, colleague: dict[str, str]
) -> None:
    first = await propose(service, OWN_IBAN)
    await propose(service, LATER_IBAN)
    persons = await propose(service, PERSONS_IBAN, HOUSEHOLD)

    async def look() -> tuple[dict[str, str], set[str], set[str]]:
        async with service.database.transaction(MUNICIPALITY) as tx:
            in_force = await find_accounts_in_force(tx, [MUNICIPALITY_HOLDER])
            every = [await list_ibans(tx, holder) for holder in (MUNICIPALITY_HOLDER, PERSON)]
        return {holder: account.iban for holder, account in in_force.items()}, every[0], every[1]

    assert await look() == ({}, set(), set())
    assert (await service.post(f"/bank-accounts/{persons}/confirmations", headers=colleague)).status_code == 201
    assert await look() == ({}, set(), {PERSONS_IBAN})
    assert (await service.post(f"/bank-accounts/{first}/confirmations", headers=colleague)).status_code == 201
    assert await look() == ({MUNICIPALITY_HOLDER: OWN_IBAN}, {OWN_IBAN}, {PERSONS_IBAN})
    async with service.database.transaction(MUNICIPALITY) as tx:
        holders = [await list_holders(tx, iban) for iban in (OWN_IBAN, PERSONS_IBAN, "DE89370400440532013000")]
    assert holders == [{MUNICIPALITY_HOLDER}, {PERSON}, set()]
