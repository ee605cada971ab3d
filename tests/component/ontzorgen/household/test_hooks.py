"""Whoever changes a file cannot forget what must follow: every write marks its household, whose months are refreshed.

The database itself says from which tables the months follow: those whose rows make it remove what was derived.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from uuid import UUID, uuid4

import pytest

from services.ontzorgen.app import HOOKS, SUBSCRIPTIONS
from services.ontzorgen.household.handlers import households
from services.ontzorgen.household.handlers.recording import lock_file
from services.ontzorgen.household.repository import file
from services.ontzorgen.household.repository.hooks import HouseholdHooks
from services.ontzorgen.household.rules.charge_versions import ChangeOfCharge
from services.ontzorgen.household.rules.charges import Charge, Mandate
from services.ontzorgen.household.rules.composition import CompositionVersion
from services.ontzorgen.household.rules.deductions import Attachment, Income, Reduction
from services.ontzorgen.household.rules.household import PlainStanding, Standing
from services.ontzorgen.household.rules.loans import Repayment
from services.ontzorgen.household.rules.means import (
    Allowance,
    Asset,
    AssetKind,
    Claim,
    Grant,
    GrantForm,
    PaymentTerms,
)
from services.ontzorgen.household.rules.people import HouseholdPerson
from services.ontzorgen.household.rules.recorder import SYSTEM
from services.ontzorgen.household.rules.regeldag import Regeldag, RegeldagItem, RegeldagParty, RegeldagStep
from services.ontzorgen.household.rules.right import RightVersion
from services.ontzorgen.household.rules.unpaid import UnpaidCharge
from services.ontzorgen.policies.rules.guidance import PersonRole
from services.ontzorgen.policies.rules.relief import GrantKind
from services.ontzorgen.statement.rules.situation import Adult, AllowanceKind, AttachmentKind, IncomeKind
from shared.database.migrations import ServiceDatabase
from shared.database.transactions import Database, Transaction
from shared.events.codes import ChargeKind, HouseholdType
from shared.identity import Role, new_id
from shared.messaging import Received
from shared.testing.delivery import deliver, encode_events
from shared.testing.plans import signed_plan
from shared.testing.running_service import RunningService

MUNICIPALITY, ON = "gm0637", date(2026, 9, 1)
RENT = Charge(uuid4(), ChargeKind.RENT, "woonstad", "NL91ABNA0417164300", "huur", 60_000, ON, None)
LOAN = Grant(uuid4(), GrantKind.ADVANCE, GrantForm.LOAN, 30_000, "2026-09", True, "2026-10", 2_500)
REGELDAG = Regeldag(uuid4(), ON)
VERSIONS = (
    RENT,
    Mandate(uuid4(), ChargeKind.RENT, "woonstad", ON),
    CompositionVersion(uuid4(), ON, HouseholdType.SINGLE, (Adult(age=30),)),
    Allowance(uuid4(), AllowanceKind.CARE, 12_900, is_routed=True),
    LOAN,
    Claim(uuid4(), "coa", 5_000, 90_000, ON),
    HouseholdPerson(uuid4(), uuid4(), PersonRole.ADULT_CHILD, ON),
    PaymentTerms(uuid4(), ON, prepay=False),
    RightVersion(uuid4(), ON, None, ON, date(2027, 2, 28)),
    UnpaidCharge(uuid4(), RENT.id, ChargeKind.RENT, "woonstad", "2026-09", "2026-09", "2026-10", 100),
    Income(uuid4(), IncomeKind.EARNINGS, 40_000, ON, exempt_percent=25),
    Reduction(uuid4(), 30, ON),
    Attachment(uuid4(), AttachmentKind.ATTACHMENT, "deurwaarder", 5_000, 100_000, ON),
    Asset(uuid4(), AssetKind.SAVINGS, 100, ON),
    Repayment(uuid4(), LOAN.id, date(2026, 10, 1), 2_500, left_cents=27_500, repayment_no=1),
    REGELDAG,
    RegeldagStep(uuid4(), REGELDAG.id, RegeldagItem.ENERGY, RegeldagParty.PERSON),
)
SAVED = "SELECT count(*) FROM household_situation"
DERIVED_FROM = "SELECT tgrelid::regclass::text AS name FROM pg_trigger WHERE tgname = 'situation_is_stale'"


@dataclass
class Recorded:
    """The households for which the hook was called."""

    changed: list[UUID] = field(default_factory=list)

    async def file_changed(self, household_id: UUID, _tx: Transaction) -> None:
        self.changed.append(household_id)

    async def load_standings(self, household_ids: Sequence[UUID], _tx: Transaction) -> Mapping[UUID, Standing]:
        return dict.fromkeys(household_ids, PlainStanding())

    async def is_run_open(self, _month: str, _tx: Transaction) -> bool:
        return False

    @property
    def hooks(self) -> HouseholdHooks:
        return HouseholdHooks(self.file_changed, self.load_standings, self.is_run_open)


@pytest.fixture
def recorded() -> Recorded:
    return Recorded()


@pytest.fixture
async def database(service_database: Callable[[str], ServiceDatabase], recorded: Recorded) -> AsyncIterator[Database]:
    opened = Database(service_database("ontzorgen").url, service="ontzorgen", hooks=recorded.hooks)
    yield opened
    await opened.close()


async def start_relief(database: Database) -> UUID:
    household_id = new_id()
    async with database.transaction(MUNICIPALITY) as tx:
        plan = signed_plan(ON, household_id=household_id)
        await households.on_pip_signed(Received(plan, uuid4(), MUNICIPALITY, None), tx)
    return household_id


async def test_a_household_that_changes_several_times_is_refreshed_once(database: Database, recorded: Recorded) -> None:
    household_id = await start_relief(database)
    assert recorded.changed == [household_id]
    async with database.transaction(MUNICIPALITY) as tx:
        charge = await households.add_charge(household_id, replace(RENT, id=new_id()), tx)
        change = ChangeOfCharge(new_id(), ON, ON, 61_000)
        await households.change_charge(household_id, charge.id, change, tx, SYSTEM)
        mandate = await households.add_mandate(household_id, Mandate(new_id(), ChargeKind.RENT, "woonstad", ON), tx)
        await households.revoke_mandate(household_id, mandate.id, date(2026, 10, 1), tx)
        assert len(recorded.changed) == 1, "not before the commit"
    assert recorded.changed == [household_id] * 2


async def test_reading_and_sending_the_same_again_change_nothing(database: Database, recorded: Recorded) -> None:
    household_id = await start_relief(database)
    charge = replace(RENT, id=new_id())
    async with database.transaction(MUNICIPALITY) as tx:
        await households.add_charge(household_id, charge, tx)
    recorded.changed.clear()
    async with database.transaction(MUNICIPALITY) as tx:
        await households.add_charge(household_id, charge, tx)
        await lock_file(household_id, tx)
    assert recorded.changed == []


async def test_every_write_from_which_months_follow_marks_its_household(database: Database, recorded: Recorded) -> None:
    """Of each kind of version: it marks the household exactly if the database derives months from its table."""
    household_id = await start_relief(database)
    async with database.transaction(MUNICIPALITY) as tx:
        derived_from = {row["name"] for row in await (await tx.driver()).fetch(DERIVED_FROM)}
    marking = set()
    for version in VERSIONS:
        recorded.changed.clear()
        async with database.transaction(MUNICIPALITY) as tx:
            assert await file.add_version(tx, household_id, version, SYSTEM)
        if recorded.changed:
            marking.add(file.table_of(type(version)))
    recorded.changed.clear()
    async with database.transaction(MUNICIPALITY) as tx:
        mandate = next(version for version in VERSIONS if isinstance(version, Mandate))
        await file.add_revocation(tx, household_id, replace(mandate, revoked_on=ON), SYSTEM)
    marking |= {"mandate_revocation"} if recorded.changed else set()
    recorded.changed.clear()
    async with database.transaction(MUNICIPALITY) as tx:
        household = await households.get_household(household_id, tx)
        await households.change_last_day(replace(household, last_day=date(2027, 3, 31)), tx)
    marking |= {"household"} if recorded.changed else set()
    of_independence = {"measurement", "money_decision", "phase_out_step"}
    assert marking | of_independence == derived_from | {"household"}
    assert {file.table_of(type(version)) for version in VERSIONS} >= derived_from - of_independence - {
        "household",
        "mandate_revocation",
    }


async def test_a_database_without_the_hooks_refuses_the_change(
    service_database: Callable[[str], ServiceDatabase],
) -> None:
    bare = Database(service_database("ontzorgen").url, service="ontzorgen")
    try:
        with pytest.raises(LookupError, match="has no HouseholdHooks"):
            await start_relief(bare)
        async with bare.transaction(MUNICIPALITY) as tx:
            assert await (await tx.driver()).fetchval("SELECT count(*) FROM household") == 0
    finally:
        await bare.close()


async def test_events_of_one_batch_are_refreshed_each_for_its_own_municipality(
    client_for: Callable[..., Awaitable[RunningService]],
) -> None:
    municipalities = (MUNICIPALITY, "gm0080")
    service = await client_for("ontzorgen", Role.BUDGET_MANAGER, municipalities=municipalities)
    payloads = [
        payload
        for municipality in (*municipalities, *municipalities)
        for payload in encode_events(signed_plan(ON), municipality=municipality)
    ]
    assert await deliver(service, SUBSCRIPTIONS, payloads) == 0
    for municipality in municipalities:
        async with service.database.transaction(municipality) as tx:
            assert await (await tx.driver()).fetchval(SAVED) == 2
            assert tx.hooks(HouseholdHooks) is HOOKS
