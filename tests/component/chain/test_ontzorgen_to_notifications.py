"""Over a real broker: what ontzorgen tells reaches the household as letters in its own language, each once."""

from collections.abc import Awaitable, Callable
from datetime import date
from importlib import import_module
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from notifications_desk import give_addresses
from sqlalchemy import Connection
from sqlalchemy.pool import NullPool

from meedoen.stack.embedded_broker import EmbeddedBroker
from services.notifications.messages.handlers.messages import on_facts
from services.ontzorgen.app import on_day_started
from services.ontzorgen.household.handlers.households import on_pip_signed
from shared.auth.local_issuer import LocalIssuer
from shared.database.address import DatabaseAddress
from shared.database.migrations import ServiceDatabase
from shared.events import DayStarted, FileOpened, PIPSigned
from shared.events.codes import AgeBand, HouseholdType, LearningRoute, TargetGroup
from shared.identity import Role, new_id
from shared.messaging import Received
from shared.testing import eventually
from shared.testing.running_service import RunningService

BY_SQL_ALONE = {"print_batch", "statement", "ledger_total", "run_total", "run_part.accounts", "run_part.cents"}
BY_SQL_ALONE |= {"steady_bill", "steady_household", "bank_statement_page", "unbooked_payment", "coach_term.record_no"}


async def test_a_month_of_relief_becomes_letters_in_tigrinya(
    client_for: Callable[..., Awaitable[RunningService]],
    own_broker: EmbeddedBroker,
    issuer: LocalIssuer,
    tmp_path: Path,
) -> None:
    servers, spool = own_broker.bootstrap_servers, tmp_path / "spool"
    delivering = {"spool_folder": spool, "retry_delay_seconds_max": 1.0, "letters_leave": "at_once"}
    paying = await client_for("ontzorgen", Role.BUDGET_MANAGER, broker=servers)
    writing = await client_for("notifications", Role.CASE_MANAGER, broker=servers, **delivering)
    person, household = uuid4(), new_id()
    plan = PIPSigned(
        person_id=person,
        signed_on=date(2026, 9, 1),
        route=LearningRoute.B1_ROUTE,
        relief_agreed=True,
        household_id=household,
        household_type=HouseholdType.SINGLE,
        age_band=AgeBand.FROM_18_TO_20,
        has_children=False,
        assistance_from=date(2026, 9, 1),
    )
    async with paying.database.transaction("gm0637") as tx:
        await on_pip_signed(Received(plan, uuid4(), "gm0637"), tx)
    await enter_rent(paying, household)
    async with paying.database.transaction("gm0637") as tx:
        await on_day_started(Received(DayStarted(municipality="gm0637", date=date(2026, 9, 1)), uuid4(), "gm0637"), tx)
    await approve_and_release(paying, "2026-09-02", issuer)
    opened = FileOpened(
        person_id=person, target_group=TargetGroup.ASYLUM_STATUS_HOLDER, language="ti", opened_on=date(2026, 8, 1)
    )
    async with writing.database.transaction("gm0637") as tx:
        await on_facts([Received(opened, uuid4(), "gm0637")], tx)
        await give_addresses(tx)

    async def letters() -> list[dict[str, Any]]:
        answer = await writing.get("/messages", params={"personId": str(person), "state": "sent"})
        found: list[dict[str, Any]] = answer.json()["items"]
        return found if len(found) == 6 else []

    found = await eventually(letters, 40)
    assert sorted((one["template"], one["language"]) for one in found) == [
        ("fixed_charge_changed", "ti"),
        ("mandate_granted", "ti"),
        ("month_deducted", "ti"),
        ("relief_started", "ti"),
        ("shortfall_found", "ti"),
        ("shortfall_found_staff", "nl"),
    ]
    assert all(list(spool.rglob(name)) for name in ("*.eml", "adressen.csv", "brieven-001.pdf"))


async def enter_rent(paying: RunningService, household: UUID) -> None:
    """A charge that the youth norm does not cover, and the mandate to pay it."""
    rent = {"kind": "rent", "creditor": "woonstad", "amount_cents": 50_000, "from_day": "2026-09-01"}
    await paying.post(f"/households/{household}/charges", json=rent | {"iban": "NL91ABNA0417164300", "reference": "x"})
    mandate = {"kind": "rent", "creditor": "woonstad", "granted_on": "2026-09-01"}
    await paying.post(f"/households/{household}/mandates", json=mandate)


async def approve_and_release(paying: RunningService, on: str, issuer: LocalIssuer) -> None:
    """What the desk does with the only run, which the calendar proposed."""
    (run,) = (await paying.get("/runs")).json()["items"]
    for step, who in (("approvals", "bert"), ("seals", "bert"), ("releases", "cees")):
        headers = {"Authorization": f"Bearer {issuer.token(who, Role.BUDGET_MANAGER)}"}
        answer = await paying.post(f"/runs/{run['id']}/{step}", json={"on": on}, headers=headers)
        assert answer.status_code == 201, answer.text


@pytest.mark.parametrize("service", ["ontzorgen", "notifications"])
async def test_the_migrations_make_the_tables_and_columns_that_the_code_knows(
    service: str, service_database: Callable[[str], ServiceDatabase]
) -> None:
    import_module(f"services.{service}.app")  # and with it the rows of every capability
    metadata = import_module(f"services.{service}.tables").Row.metadata
    only_in_the_database = {"remove_index", "remove_fk", "remove_constraint"}  # rows are storage: they know no rules

    def is_known(one: Any) -> bool:
        """Whether the code knows of it: as a row, or in SQL of its own because a row would be too slow."""
        kind, *what = one
        if kind == "remove_table":
            return what[0].name in {"alembic_version", "access_log", *BY_SQL_ALONE}
        if kind == "remove_column":
            return f"{what[1]}.{what[2].name}" in BY_SQL_ALONE
        return kind in only_in_the_database

    def differences(connection: Connection) -> list[Any]:
        found = compare_metadata(MigrationContext.configure(connection), metadata)
        return [one for one in found if not is_known(one)]

    engine = DatabaseAddress.parse(service_database(service).owner_url).create_engine(poolclass=NullPool)
    async with engine.connect() as connection:
        assert await connection.run_sync(differences) == []
    await engine.dispose()
