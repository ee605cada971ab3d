"""Households of every kind for the fault tests of the month's run: always the same ones, with the same ids.

June was run in peace; what became known afterwards makes corrections in July, the month that the faults meet.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from itertools import count
from uuid import NAMESPACE_URL, UUID, uuid4, uuid5

from services.ontzorgen.bank.repository import accounts
from services.ontzorgen.bank.rules.accounts import BankAccount
from services.ontzorgen.household.handlers import deductions, file, households
from services.ontzorgen.household.handlers.creditors import confirm_account
from services.ontzorgen.household.rules.charge_versions import ChangeOfCharge
from services.ontzorgen.household.rules.charges import Charge, Mandate
from services.ontzorgen.household.rules.composition import CompositionVersion
from services.ontzorgen.household.rules.creditors import BroughtBy, PaidItem
from services.ontzorgen.household.rules.deductions import Attachment, Income
from services.ontzorgen.household.rules.means import Allowance, Claim, Grant, GrantForm, PaymentTerms
from services.ontzorgen.household.rules.recorder import SYSTEM, Recorder
from services.ontzorgen.household.rules.right import RightVersion
from services.ontzorgen.policies.rules.relief import GrantKind
from services.ontzorgen.run.handlers import runs
from services.ontzorgen.run.rules.run import Run
from services.ontzorgen.statement.rules.situation import Adult, AllowanceKind, AttachmentKind, Child, IncomeKind, PayOut
from shared.database.transactions import Database, Transaction
from shared.events import PIPSigned
from shared.events.codes import AgeBand, ChargeKind, HouseholdType, LearningRoute
from shared.messaging import Received
from shared.testing.bank_files import IBAN as OWN_IBAN

HERE = "gm0637"
JUNE, JULY = date(2026, 6, 1), date(2026, 7, 1)
MONTH = "2026-07"
IBANS = ("NL39RABO0300065264", "NL44RABO0123456789", "DE89370400440532013000")
MENDED_IBAN = "BE71096123456769"
KINDS = (
    "single", "half_each", "joint", "single_parent", "short", "young", "prepaying", "own_dates", "dearer", "cheaper",
    "ended", "no_mandate", "right_ends", "lent", "no_account", "earner", "attached", "right_ended", "relief_ended",
)  # fmt: skip
OF_EACH_KIND = 2


@dataclass(frozen=True)
class Home:
    """One of these households; everything in it has an id that follows from its number."""

    number: int
    kind: str

    @property
    def id(self) -> UUID:
        return UUID(f"01980000-0000-7000-8000-{self.number:012x}")

    def of(self, what: str) -> UUID:
        return uuid5(self.id, what)

    @property
    def rent_cents(self) -> int:
        return (130_000 if self.kind == "short" else 55_000) + 137 * self.number

    @property
    def charges(self) -> Iterator[tuple[ChargeKind, str, int]]:
        yield ChargeKind.RENT, f"woonstad-{self.number % 4}", self.rent_cents
        yield ChargeKind.ENERGY, "stroom", 9_000 + 31 * self.number
        yield ChargeKind.HEALTH_INSURANCE, "zorg", 14_050


def homes() -> list[Home]:
    kinds = KINDS * OF_EACH_KIND
    return [Home(number, kind) for number, kind in zip(count(1), kinds, strict=False)]


async def fill(database: Database) -> None:
    """All of them in relief since June, which is run and released, and then what became known late."""
    async with database.transaction(HERE) as tx:
        await _account(tx, "municipality", "Gemeente Proefdorp", OWN_IBAN)
    for home in homes():
        async with database.transaction(HERE) as tx:
            await _begin(home, tx)
    await release(database, "2026-06", JUNE)
    for home in homes():
        async with database.transaction(HERE) as tx:
            await _change_late(home, tx)


async def release(database: Database, month: str, on: date) -> Run:
    """A month from its proposal to its release, in peace; the households must fit into one part."""
    async with database.transaction(HERE) as tx:
        run_id = (await runs.propose_run(month, on, "anna", tx)).id
    async with database.transaction(HERE) as tx:
        await runs.approve_run(run_id, "bert", on, tx)
        await runs.seal_run(run_id, on, tx)
        return await runs.release_run(run_id, "anna", on, tx)


async def _begin(home: Home, tx: Transaction) -> None:
    couple = home.kind in ("half_each", "joint")
    plan = PIPSigned(
        person_id=uuid5(NAMESPACE_URL, f"person {home.number}"),
        signed_on=JUNE,
        route=LearningRoute.B1_ROUTE,
        relief_agreed=True,
        household_id=home.id,
        household_type=HouseholdType.COUPLE if couple else HouseholdType.SINGLE,
        age_band=AgeBand.FROM_18_TO_20 if home.kind == "young" else AgeBand.FROM_21,
        has_children=False,
        assistance_from=JUNE,
    )
    await households.on_pip_signed(Received(plan, uuid4(), HERE), tx)
    for index, (kind, creditor, cents) in enumerate(home.charges):
        iban = IBANS[(home.number + index) % len(IBANS)]
        charge = Charge(home.of(kind), kind, creditor, iban, f"{kind} {home.number}", cents, JUNE, None)
        await households.add_charge(home.id, charge, tx)
        await confirm_account(
            BroughtBy(PaidItem.CHARGE, charge.id), home.id, JUNE, tx, Recorder("budget_manager", "colleague")
        )
        if home.kind != "no_mandate" or kind is not ChargeKind.ENERGY:
            await households.add_mandate(home.id, Mandate(home.of(f"mandate {kind}"), kind, creditor, JUNE), tx)
    await _lives_so(home, tx)
    if home.kind != "no_account":
        await _account(tx, f"person:{home.id}", f"Persoon {home.number}", IBANS[0])
    if home.kind == "half_each":
        await _account(tx, f"partner:{home.id}", f"Partner {home.number}", IBANS[1])


async def _lives_so(home: Home, tx: Transaction) -> None:
    match home.kind:
        case "joint":
            adults = (Adult(age=40), Adult(age=38))
            version = CompositionVersion(home.of("joint"), JUNE, HouseholdType.COUPLE, adults, pay_out=PayOut.JOINT)
            await file.record_composition(home.id, version, tx, SYSTEM)
        case "single_parent":
            version = CompositionVersion(
                home.of("child"), JUNE, HouseholdType.SINGLE_PARENT, (Adult(age=33),), (Child(age=4),)
            )
            await file.record_composition(home.id, version, tx, SYSTEM)
            allowance = Allowance(home.of("allowance"), AllowanceKind.RENT, 21_000, is_routed=True)
            await file.record_allowance(home.id, allowance, tx, SYSTEM)
        case "prepaying":
            await file.record_terms(home.id, PaymentTerms(home.of("terms"), JUNE, prepay=True), tx, SYSTEM)
        case "own_dates":
            dates = tuple(date(2026, month, day) for month in (6, 7) for day in (3, 11, 25))
            terms = PaymentTerms(home.of("terms"), JUNE, pay_on=dates)
            await file.record_terms(home.id, terms, tx, SYSTEM)
        case "lent":
            grant = Grant(home.of("grant"), GrantKind.ADVANCE, GrantForm.LOAN, 30_000, MONTH, True, "2026-09", 2_500)
            await file.record_grant(home.id, grant, tx, SYSTEM)
            await file.record_claim(home.id, Claim(home.of("claim"), "coa", 5_000, 90_000, JUNE), tx, SYSTEM)
        case "earner":
            earnings = Income(home.of("earnings"), IncomeKind.EARNINGS, 30_000, JUNE, exempt_percent=25)
            await deductions.record_income(home.id, earnings, JUNE, tx, SYSTEM)
        case "attached":
            terms_of_both = (AttachmentKind.ATTACHMENT, IBANS[1]), (AttachmentKind.SET_OFF, None)
            for kind, iban in terms_of_both:
                taken = Attachment(
                    home.of(kind), kind, "beslaglegger", 4_000 + home.number, 110_000, JUNE, iban=iban, reference="zaak"
                )
                recorded = await deductions.record_attachment(home.id, taken, JUNE, tx, SYSTEM)
                if recorded.needs_confirmation:
                    await confirm_account(
                        BroughtBy(PaidItem.ATTACHMENT, recorded.id),
                        home.id,
                        JUNE,
                        tx,
                        Recorder("budget_manager", "colleague"),
                    )


async def _change_late(home: Home, tx: Transaction) -> None:
    known_on = date(2026, 6, 20)
    rent = home.of(ChargeKind.RENT)
    match home.kind:
        case "dearer":
            change = ChangeOfCharge(home.of("dearer"), known_on, JUNE, home.rent_cents + 2_500)
            await households.change_charge(home.id, rent, change, tx, SYSTEM)
        case "cheaper":
            change = ChangeOfCharge(home.of("cheaper"), known_on, JUNE, home.rent_cents - 4_000)
            await households.change_charge(home.id, rent, change, tx, SYSTEM)
        case "ended":
            ended = (home.of("ended"), date(2026, 6, 15), known_on)
            await households.end_charge(home.id, home.of(ChargeKind.ENERGY), ended, tx, SYSTEM)
        case "right_ends":
            change_of_right = RightVersion(home.of("right"), JUNE, date(2026, 7, 15), known_on)
            await file.change_rights(home.id, change_of_right, tx, SYSTEM)
        case "right_ended":  # July only pays what June set aside, of which half is beyond the right
            ended_right = RightVersion(home.of("right"), JUNE, date(2026, 6, 15), known_on)
            await file.change_rights(home.id, ended_right, tx, SYSTEM)
        case "relief_ended":
            household = await households.get_household(home.id, tx)
            await households.change_last_day(replace(household, last_day=date(2026, 6, 20)), tx)


async def _account(tx: Transaction, holder: str, name: str, iban: str) -> None:
    account_id = uuid5(NAMESPACE_URL, f"account {holder} {iban}")
    if await accounts.add_account(tx, BankAccount(account_id, holder, name, iban, proposed_by="anna")):
        await accounts.confirm_account(tx, account_id, "bert")


async def replace_account(tx: Transaction, holder: str) -> None:
    """Another account of someone whose account the bank refused."""
    await _account(tx, holder, "Nieuwe Rekening", MENDED_IBAN)
