"""A municipality's bank desk: households, a released run, confirmed accounts, and files for and from the bank."""

import sys
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest

from services.ontzorgen.run.repository import months
from services.ontzorgen.run.repository import runs as runs_repository
from services.ontzorgen.run.rules.month import HouseholdMonth
from services.ontzorgen.run.rules.run import Run, RunState
from services.ontzorgen.statement.rules.monthly_charges import ChargeMonth, Correction
from services.ontzorgen.statement.rules.payouts import Payment
from services.ontzorgen.statement.rules.statement import Statement, StatementStatus
from shared.auth.local_issuer import LocalIssuer
from shared.database.transactions import Transaction
from shared.events.codes import ChargeKind
from shared.identity import Role, new_id
from shared.testing.bank_files import IBAN
from shared.testing.running_service import RunningService

# The desks stand beside the folders of tests, which are no package.
sys.path.insert(0, str(Path(__file__).parent))

MONTH, ON = "2026-07", date(2026, 7, 1)
DESK_ROLES = f"{Role.BUDGET_MANAGER},{Role.TREASURER}"
CREDITOR_IBAN = "NL39RABO0300065264"
_HOUSEHOLD = """
INSERT INTO household (municipality, id, person_id, household_type, age_band, has_children, first_day, last_day,
    right_from, next_month, months_run)
VALUES ($1, $2, $3, 'single', '21_plus', false, '2026-07-01', '2026-12-31', '2026-07-01', '2026-07', 0)
"""
_CHARGE = """
INSERT INTO charge (municipality, id, household_id, kind, creditor, iban, reference, amount_cents, from_day, charge_id)
VALUES ($1, $2, $3, $4, $5, $6, $7, 1, '2026-07-01', $8)
"""


@dataclass
class Home:
    """A household whose month pays a rent and a person."""

    id: UUID = field(default_factory=new_id)
    charge_id: UUID = field(default_factory=new_id)
    rent_cents: int = 60_000
    person_cents: int = 30_000
    iban: str = CREDITOR_IBAN
    reference: str = "huur 12"
    corrected_cents: int = 0

    @property
    def key(self) -> str:
        return f"woonstad/rent/{self.charge_id}"

    @property
    def total_cents(self) -> int:
        return self.rent_cents + self.person_cents + self.corrected_cents

    def build_month(self) -> HouseholdMonth:
        kind = ChargeKind.RENT
        corrections = (Correction(self.key, kind, "woonstad", "2026-06", self.corrected_cents, self.corrected_cents),)
        return HouseholdMonth(
            self.id,
            Statement(
                month=MONTH,
                status=StatementStatus.OK,
                payable_cents=self.total_cents,
                norm_cents=self.total_cents,
                available_cents=self.total_cents,
                charges=(ChargeMonth(self.key, kind, "woonstad", MONTH, self.rent_cents, self.rent_cents, 0),),
                corrections=corrections if self.corrected_cents else (),
                charges_total_cents=self.rent_cents,
                correction_cents=self.corrected_cents,
                remainder_cents=self.person_cents,
                payments=(Payment(date(2026, 7, 4), "person", self.person_cents),) if self.person_cents else (),
            ),
        )


@dataclass
class BankDesk:
    """What the tests of the bank do, over HTTP where there is a way."""

    service: RunningService
    issuer: LocalIssuer
    municipality: str = "gm0637"

    def as_person(self, subject: str) -> dict[str, str]:
        token = self.issuer.token(subject, DESK_ROLES, self.municipality, 3_600)
        return {"Authorization": f"Bearer {token}"}

    async def add_account(
        self, household_id: UUID | None = None, iban: str = IBAN, name: str = "Gemeente Testdorp"
    ) -> str:
        body = {"name": name, "iban": iban, "household_id": str(household_id) if household_id else None}
        proposal = await self.service.post("/bank-accounts", json=body, headers=self.as_person("first"))
        assert proposal.status_code == 201, proposal.text
        path = f"/bank-accounts/{proposal.json()['id']}/confirmations"
        confirmation = await self.service.post(path, headers=self.as_person("second"))
        assert confirmation.status_code == 201, confirmation.text
        return str(proposal.json()["id"])

    async def release_month(self, homes: Sequence[Home], state: RunState = RunState.RELEASED) -> UUID:
        """Release these households' month in a run of their own, and return its id."""
        async with self.service.database.transaction(self.municipality) as tx:
            run = Run(new_id(), MONTH, 1, RunState.PROPOSING, "calendar", ON, 1)
            assert await runs_repository.add_run(tx, run)
            await tx.flush()
            driver = await tx.driver()
            for home in homes:
                await driver.execute(_HOUSEHOLD, self.municipality, home.id, new_id())
                await self.add_charge_version(tx, home, home.charge_id, None)
            built = [home.build_month() for home in homes]
            await driver.execute(months.INSERT_MONTHS, *months.insert_arguments(run, self.municipality, built))
            await driver.execute("UPDATE run SET state = $1, released_on = $2 WHERE id = $3", state, ON, run.id)
        return run.id

    async def add_charge_version(self, tx: Transaction, home: Home, version_id: UUID, root_id: UUID | None) -> None:
        """Add a version of the rent, with the account as it is now."""
        values = (version_id, home.id, "rent", "woonstad", home.iban, home.reference, root_id)
        await (await tx.driver()).execute(_CHARGE, self.municipality, *values)

    async def export(self, run_id: UUID, on: date = ON) -> httpx.Response:
        return await self.service.post(f"/runs/{run_id}/payment-files", json={"exported_on": on.isoformat()})

    async def read_content(self, file_id: str) -> bytes:
        return (await self.service.get(f"/payment-files/{file_id}/content")).content

    async def send(self, path: str, text: str | bytes) -> httpx.Response:
        headers = {"Content-Type": "application/xml", **self.as_person("clerk")}
        return await self.service.post(path, content=text, headers=headers)

    async def fetch(self, query: str, *arguments: Any) -> list[Any]:
        async with self.service.database.transaction(self.municipality) as tx:
            return [tuple(row) for row in await (await tx.driver()).fetch(query, *arguments)]


@pytest.fixture
async def desk(client_for: Callable[..., Awaitable[RunningService]], issuer: LocalIssuer) -> BankDesk:
    """A desk whose files hold two payments at most."""
    return BankDesk(await client_for("ontzorgen", DESK_ROLES, payments_per_file_max=2), issuer)


@pytest.fixture
def home() -> type[Home]:
    return Home
