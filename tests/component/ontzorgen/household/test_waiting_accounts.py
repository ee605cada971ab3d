"""Which versions a confirmation is about: those that bear the same account and wait, and whoever entered them."""

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

import pytest
from month_desk import ON, Desk

from services.ontzorgen.household.repository.creditors import find_unconfirmed, list_confirmed
from services.ontzorgen.household.rules.creditors import BroughtBy, PaidItem
from shared.auth.local_issuer import LocalIssuer
from shared.database.transactions import Transaction
from shared.identity import Role, new_id
from shared.testing.running_service import RunningService

HERE, IBAN, OTHER_IBAN = "gm0637", "NL91ABNA0417164300", "NL20INGB0001234567"
COLUMNS: dict[str, dict[str, Any]] = {
    "creditor": {"name": "Naam", "kind": "energy", "calls_first": False},
    "charge": {"kind": "energy", "creditor": "stroom", "reference": "x", "amount_cents": 1},
    "attachment": {
        "kind": "attachment",
        "creditor": "stroom",
        "reference": "x",
        "amount_cents": 1,
        "protected_cents": 1,
    },
}


@pytest.fixture
async def desk(client_for: Callable[..., Awaitable[RunningService]], issuer: LocalIssuer) -> Desk:
    return Desk(await client_for("ontzorgen", Role.BUDGET_MANAGER), issuer)


async def insert(tx: Transaction, table: str, **values: Any) -> None:
    places = ", ".join(f"${number}" for number in range(1, len(values) + 1))
    query = f"INSERT INTO {table} ({', '.join(values)}) VALUES ({places})"  # noqa: S608 - names of our own columns
    await (await tx.driver()).execute(query, *values.values())


async def add(tx: Transaction, table: str, by: str, home: UUID, root: Any, **changes: Any) -> UUID:
    """Add a version that `by` recorded; its root is the code of a creditor, or the first version of a charge."""
    version_id = new_id()
    of_root = {"code": root} if table == "creditor" else {"household_id": home, f"{table}_id": root}
    values = {"municipality": HERE, "id": version_id, "recorded_by": by, "from_day": ON, "iban": IBAN, **of_root}
    await insert(tx, table, **values | {"needs_confirmation": True} | COLUMNS[table] | changes)
    return version_id


async def confirm(tx: Transaction, item: PaidItem, version_id: UUID) -> None:
    await insert(tx, "iban_confirmation", municipality=HERE, confirms=item, version_id=version_id, confirmed_on=ON)


@pytest.mark.row("machtigingen")
@pytest.mark.parametrize("table", COLUMNS)
async def test_a_confirmation_is_of_the_versions_that_bear_the_account_and_wait_for_it(desk: Desk, table: str) -> None:
    home, other = await desk.household(), await desk.household()
    of_register, code, item = table == "creditor", f"stroom {new_id()}", PaidItem(table)
    async with desk.service.database.transaction(HERE) as tx:
        first = await add(tx, table, "first", home, code if of_register else None)
        root: Any = code if of_register else first
        again, confirmed = [await add(tx, table, by, home, root) for by in ("again", "confirmed")]
        await confirm(tx, item, confirmed)
        await add(tx, table, "another account", home, root, iban=OTHER_IBAN)
        await add(tx, table, "entered before that was asked", home, root, needs_confirmation=False)
        await add(tx, table, "another charge or creditor", home, "water" if of_register else None)
        if not of_register:
            await add(tx, table, "another household", other, root)
        waiting = await find_unconfirmed(tx, BroughtBy(item, again))
        of_confirmed = await find_unconfirmed(tx, BroughtBy(item, confirmed))
        assert waiting is not None
        assert of_confirmed is not None
        assert sorted(waiting.version_ids) == sorted([first, again])
        assert sorted(recorder.by for recorder in waiting.recorders) == ["again", "first"]
        assert waiting.household_id == (None if of_register else home)
        assert sorted(of_confirmed.version_ids) == sorted([first, again, confirmed])
        assert await list_confirmed(tx, item, [first, confirmed]) == {confirmed}
        assert await list_confirmed(tx, item, [first]) == set()
