"""A confirmation is of one account alone: it opens neither another creditor's nor another charge's changed account."""

from collections.abc import Awaitable, Callable
from datetime import date
from typing import Any
from uuid import UUID, uuid4

import pytest

from services.ontzorgen.bank.repository.payees import find_attachment_accounts, find_creditor_accounts
from services.ontzorgen.household.handlers.households import on_pip_signed
from shared.auth.local_issuer import LocalIssuer
from shared.identity import Role, new_id
from shared.messaging import Received
from shared.testing.plans import signed_plan
from shared.testing.running_service import RunningService

MUNICIPALITY = "gm0637"
FIRST_IBAN, OTHER_IBAN = "NL91ABNA0417164300", "NL20INGB0001234567"
FROM = {"from_day": "2026-09-01"}
CHANGE = {"from_day": "2026-10-01", "amount_cents": 60_000, "known_on": "2026-09-20", "iban": OTHER_IBAN}


@pytest.fixture
async def service(client_for: Callable[..., Awaitable[RunningService]]) -> RunningService:
    return await client_for("ontzorgen", Role.BUDGET_MANAGER)


@pytest.fixture
def colleague(issuer: LocalIssuer) -> dict[str, str]:
    return {"Authorization": f"Bearer {issuer.token('colleague', Role.BUDGET_MANAGER, MUNICIPALITY, 60)}"}


async def open_household(service: RunningService) -> UUID:
    plan = signed_plan()
    async with service.database.transaction(MUNICIPALITY) as tx:
        await on_pip_signed(Received(plan, uuid4(), MUNICIPALITY, None), tx)
    assert plan.household_id is not None
    return plan.household_id


async def post(service: RunningService, path: str, headers: dict[str, str] | None = None, **body: Any) -> Any:
    answer = await service.post(path, json=body, headers=headers)
    assert answer.is_success, answer.text
    return answer.json() if answer.content else None


async def confirm(service: RunningService, colleague: dict[str, str], path: str) -> None:
    await post(service, f"{path}/confirmations", colleague, confirmed_on="2026-10-01")


async def register(service: RunningService, colleague: dict[str, str], **creditor: Any) -> None:
    version = await post(service, "/creditors", **creditor, iban=FIRST_IBAN)
    await confirm(service, colleague, f"/creditors/versions/{version['id']}")


async def list_ibans(service: RunningService, *households: UUID) -> dict[UUID, str | None]:
    """The account on which each charge of these households is paid today."""
    async with service.database.transaction(MUNICIPALITY) as tx:
        accounts = await find_creditor_accounts(tx, households, date.max)
    assert {household for household, _ in accounts} <= set(households)
    return {charge: account.iban for (_, charge), account in accounts.items()}


async def test_confirming_one_creditors_account_leaves_the_others_as_they_were(
    service: RunningService, colleague: dict[str, str]
) -> None:
    household = await open_household(service)
    moved, charges = {}, {}
    for code, kind in (("woonstad", "rent"), ("nuts", "energy")):
        creditor = {"code": code, "name": code, "kind": "landlord" if kind == "rent" else kind, **FROM}
        await register(service, colleague, **creditor)
        moved[code] = await post(service, "/creditors", **creditor, iban=OTHER_IBAN)
        charge = {"kind": kind, "creditor": code, "reference": "x", "amount_cents": 60_000, **FROM}
        charges[code] = UUID((await post(service, f"/households/{household}/charges", **charge))["id"])
    path = f"/creditors/versions/{moved['nuts']['id']}/confirmations"
    await post(service, path, colleague, confirmed_on="2026-10-01")
    ibans = await list_ibans(service, household)
    assert (ibans[charges["woonstad"]], ibans[charges["nuts"]]) == (FIRST_IBAN, OTHER_IBAN)


async def test_confirming_one_charges_account_leaves_the_others_and_other_households_as_they_were(
    service: RunningService, colleague: dict[str, str]
) -> None:
    first, second = await open_household(service), await open_household(service)
    charges, moved = {}, {}
    for household, kind in ((first, "rent"), (first, "energy"), (second, "rent")):
        charge = {"kind": kind, "creditor": "woonstad", "reference": "x", "amount_cents": 60_000, **FROM}
        path = f"/households/{household}/charges"
        charges[household, kind] = UUID((await post(service, path, **charge, iban=FIRST_IBAN))["id"])
        await confirm(service, colleague, f"{path}/{charges[household, kind]}")
        moved[household, kind] = await post(service, f"{path}/{charges[household, kind]}/changes", **CHANGE)
    path = f"/households/{first}/charges/{moved[first, 'energy']['id']}/confirmations"
    await post(service, path, colleague, confirmed_on="2026-10-01")
    ibans = await list_ibans(service, first)
    assert ibans == {charges[first, "rent"]: FIRST_IBAN, charges[first, "energy"]: OTHER_IBAN}
    assert await list_ibans(service, second) == {charges[second, "rent"]: FIRST_IBAN}


async def attach(service: RunningService, household: UUID, creditor: str, **changes: Any) -> UUID:
    terms = {"creditor": creditor, "reference": "x", "amount_cents": 5_000, "protected_cents": 80_000}
    body = {"id": str(new_id()), **terms, **FROM, "known_on": "2026-09-01", **changes}
    return UUID((await post(service, f"/households/{household}/attachments", **body))["id"])


async def list_attachment_ibans(service: RunningService, *households: UUID) -> dict[UUID, str | None]:
    async with service.database.transaction(MUNICIPALITY) as tx:
        accounts = await find_attachment_accounts(tx, households, date.max)
    assert {household for household, _ in accounts} <= set(households)
    return {attachment: account.iban for (_, attachment), account in accounts.items()}


async def test_an_attachment_is_paid_on_its_own_creditors_confirmed_account(
    service: RunningService, colleague: dict[str, str]
) -> None:
    household = await open_household(service)
    moved, attachments = {}, {}
    for code in ("deurwaarder", "belasting"):
        creditor = {"code": code, "name": code, "kind": "landlord", **FROM}
        await register(service, colleague, **creditor)
        attachments[code] = await attach(service, household, code)
        moved[code] = await post(service, "/creditors", **creditor, iban=OTHER_IBAN)
    path = f"/creditors/versions/{moved['belasting']['id']}/confirmations"
    await post(service, path, colleague, confirmed_on="2026-10-01")
    ibans = await list_attachment_ibans(service, household)
    assert ibans == {attachments["deurwaarder"]: FIRST_IBAN, attachments["belasting"]: OTHER_IBAN}


async def test_confirming_one_attachments_account_leaves_the_others_and_other_households_as_they_were(
    service: RunningService, colleague: dict[str, str]
) -> None:
    first, second = await open_household(service), await open_household(service)
    attachments, moved = {}, {}
    for place in ((first, "deurwaarder"), (first, "belasting"), (second, "deurwaarder")):
        attachments[place] = await attach(service, *place, iban=FIRST_IBAN)
        await confirm(service, colleague, f"/households/{place[0]}/attachments/{attachments[place]}")
        moved[place] = await attach(service, *place, iban=OTHER_IBAN, replaces=str(attachments[place]))
    path = f"/households/{first}/attachments/{moved[first, 'belasting']}/confirmations"
    await post(service, path, colleague, confirmed_on="2026-10-01")
    ibans = await list_attachment_ibans(service, first)
    assert ibans == {attachments[first, "deurwaarder"]: FIRST_IBAN, attachments[first, "belasting"]: OTHER_IBAN}
    assert await list_attachment_ibans(service, second) == {attachments[second, "deurwaarder"]: FIRST_IBAN}
