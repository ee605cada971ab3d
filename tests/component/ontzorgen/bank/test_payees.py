"""On which account a charge is paid: never on a changed one before a second person has confirmed it."""

from collections.abc import Awaitable, Callable
from datetime import date
from typing import Any
from uuid import UUID, uuid4

import pytest

from services.ontzorgen.bank.repository.payees import find_creditor_accounts
from services.ontzorgen.bank.rules.payees import CreditorAccount
from services.ontzorgen.household.handlers.households import on_pip_signed
from shared.auth.local_issuer import LocalIssuer
from shared.identity import Role, new_id
from shared.messaging import Received
from shared.testing.plans import signed_plan
from shared.testing.running_service import RunningService

MUNICIPALITY = "gm0637"
FIRST_IBAN, OTHER_IBAN = "NL91ABNA0417164300", "NL20INGB0001234567"
CREDITOR = {"code": "woonstad", "name": "Woonstad", "kind": "landlord", "from_day": "2026-09-01"}
RENT = {"kind": "rent", "creditor": "woonstad", "reference": "huur", "amount_cents": 60_000, "from_day": "2026-09-01"}


@pytest.fixture
async def service(client_for: Callable[..., Awaitable[RunningService]]) -> RunningService:
    return await client_for("ontzorgen", Role.BUDGET_MANAGER)


@pytest.fixture
async def household(service: RunningService) -> UUID:
    """A household in relief since 1 September 2026."""
    household_id = new_id()
    async with service.database.transaction(MUNICIPALITY) as tx:
        await on_pip_signed(Received(signed_plan(household_id=household_id), uuid4(), MUNICIPALITY, None), tx)
    return household_id


@pytest.fixture
def colleague(issuer: LocalIssuer) -> dict[str, str]:
    """The headers of someone other than who records the accounts."""
    return {"Authorization": f"Bearer {issuer.token('colleague', Role.BUDGET_MANAGER, MUNICIPALITY, 60)}"}


async def post(service: RunningService, path: str, **body: Any) -> dict[str, Any]:
    answer = await service.post(path, json=body)
    assert answer.status_code == 201, answer.text
    recorded: dict[str, Any] = answer.json()
    return recorded


async def account_of(
    service: RunningService, household: UUID, charge_id: str, on: date = date(2026, 10, 1)
) -> CreditorAccount:
    """Where the bank's files pay a charge on a day."""
    async with service.database.transaction(MUNICIPALITY) as tx:
        return (await find_creditor_accounts(tx, [household], on))[household, UUID(charge_id)]


async def confirm(service: RunningService, path: str, headers: dict[str, str] | None = None) -> int:
    answer = await service.post(f"{path}/confirmations", json={"confirmed_on": "2026-10-01"}, headers=headers)
    return answer.status_code


@pytest.mark.row("machtigingen")
async def test_a_creditors_changed_account_is_paid_to_once_a_colleague_has_confirmed_it(
    service: RunningService, household: UUID, colleague: dict[str, str]
) -> None:
    first = await post(service, "/creditors", **CREDITOR, iban=FIRST_IBAN)
    charge = await post(service, f"/households/{household}/charges", **RENT, iban=None)
    assert (await account_of(service, household, charge["id"])).iban is None, "a new one waits, too"
    assert await confirm(service, f"/creditors/versions/{first['id']}") == 409, "the person who recorded it"
    assert await confirm(service, f"/creditors/versions/{first['id']}", colleague) == 204
    moved = await post(service, "/creditors", **CREDITOR, iban=OTHER_IBAN)
    (shown,) = (await service.get("/creditors")).json()["items"]
    assert (shown["id"], shown["needs_confirmation"]) == (moved["id"], True)
    assert len((await service.get("/creditors/woonstad")).json()["items"]) == 2
    (task,) = (await service.get("/tasks")).json()["items"]
    assert (task["kind"], task["household_id"]) == ("iban_unconfirmed", None)
    version = f"/creditors/versions/{moved['id']}"
    assert await confirm(service, version) == 409, "the person who recorded it"
    assert (await account_of(service, household, charge["id"])).iban == FIRST_IBAN
    assert await confirm(service, version, colleague) == 204
    assert (await account_of(service, household, charge["id"])).iban == OTHER_IBAN
    assert (await service.get("/tasks")).json()["items"] == []


@pytest.mark.row("machtigingen")
async def test_a_charges_changed_account_is_paid_to_once_a_colleague_has_confirmed_it(
    service: RunningService, household: UUID, colleague: dict[str, str]
) -> None:
    charge = await post(service, f"/households/{household}/charges", **RENT, iban=FIRST_IBAN)
    path = f"/households/{household}/charges"
    assert charge["needs_confirmation"], "a new one waits, too"
    assert await confirm(service, f"{path}/{charge['id']}") == 409, "the person who recorded it"
    assert await confirm(service, f"{path}/{charge['id']}", colleague) == 204
    change = {"from_day": "2026-10-01", "amount_cents": 60_000, "known_on": "2026-09-20", "reference": "huur nieuw"}
    moved = await post(service, f"{path}/{charge['id']}/changes", **change, iban=OTHER_IBAN)
    assert moved["needs_confirmation"]
    assert await confirm(service, f"{path}/{moved['id']}") == 409, "the person who recorded it"
    account = await account_of(service, household, charge["id"])
    assert (account.iban, account.reference) == (FIRST_IBAN, "huur")
    assert await confirm(service, f"{path}/{moved['id']}", colleague) == 204
    account = await account_of(service, household, charge["id"])
    assert (account.iban, account.reference) == (OTHER_IBAN, "huur nieuw")


@pytest.mark.row("machtigingen")
async def test_a_charge_whose_account_differs_from_the_registers_is_not_paid_before_it_is_confirmed(
    service: RunningService, household: UUID, colleague: dict[str, str]
) -> None:
    register = await post(service, "/creditors", **CREDITOR, iban=OTHER_IBAN)
    assert await confirm(service, f"/creditors/versions/{register['id']}", colleague) == 204
    charge = await post(service, f"/households/{household}/charges", **RENT, iban=FIRST_IBAN)
    assert charge["needs_confirmation"]
    async with service.database.transaction(MUNICIPALITY) as tx:
        assert await find_creditor_accounts(tx, [household], date(2026, 10, 1)) == {}
    assert await confirm(service, f"/households/{household}/charges/{charge['id']}", colleague) == 204
    assert await account_of(service, household, charge["id"]) == CreditorAccount("Woonstad", FIRST_IBAN, "huur")


@pytest.mark.row("machtigingen")
async def test_a_creditors_account_is_paid_to_from_the_first_day_of_its_version(
    service: RunningService, household: UUID, colleague: dict[str, str]
) -> None:
    first = await post(service, "/creditors", **CREDITOR, iban=FIRST_IBAN)
    assert await confirm(service, f"/creditors/versions/{first['id']}", colleague) == 204
    charge = await post(service, f"/households/{household}/charges", **RENT, iban=None)
    moved = await post(service, "/creditors", **CREDITOR | {"from_day": "2026-11-01"}, iban=OTHER_IBAN)
    assert await confirm(service, f"/creditors/versions/{moved['id']}", colleague) == 204
    ibans = [
        (await account_of(service, household, charge["id"], date(2026, *day))).iban
        for day in ((8, 31), (10, 31), (11, 1))
    ]
    assert ibans == [FIRST_IBAN, FIRST_IBAN, OTHER_IBAN]
