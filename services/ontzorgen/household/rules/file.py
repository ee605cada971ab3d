"""From a household's file to what its months follow from: only charges that may be paid, by their stable keys."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from services.ontzorgen.household.rules.charge_versions import terms_by_mandate
from services.ontzorgen.household.rules.charges import Charge
from services.ontzorgen.household.rules.composition import composition_of_plan, order_compositions
from services.ontzorgen.household.rules.household import Household, HouseholdFile, PlainStanding, Standing
from services.ontzorgen.statement.rules.situation import ChargeTerms, Composition, Situation
from shared.events.codes import HouseholdType

NO_STANDING = PlainStanding()


@dataclass(frozen=True, slots=True)
class MonthsInput:
    """What all months of a household follow from; nothing in it depends on which month is computed.

    `without_mandate` has what is due in months without a mandate: it is not withheld, and someone must see to it.
    """

    situation: Situation
    without_mandate: tuple[ChargeTerms, ...] = ()
    has_charges: bool = False


@dataclass(frozen=True, slots=True)
class LoadedHousehold:
    """A household with all that its months follow from."""

    household: Household
    months: MonthsInput

    @property
    def situation(self) -> Situation:
        return self.months.situation


def derive_months_input(file: HouseholdFile, standing: Standing = NO_STANDING) -> MonthsInput:
    """Return the situation of a household, and the charges left out of it because their mandate is missing."""
    household = file.household
    charges: list[ChargeTerms] = []
    without_mandate: list[ChargeTerms] = []
    for versions in _by_charge(file.charges):
        mandated, missing = terms_by_mandate(versions, file.mandates, standing.let_go_months.get(versions[0].kind, ()))
        charges += mandated
        without_mandate += missing
    payment_terms = file.payment_terms
    situation = Situation(
        right_from=household.right_from,
        compositions=_list_compositions(file),
        right_until=household.right_until,
        last_day=household.last_day,
        charges=tuple(charges),
        allowances=tuple(allowance.terms for allowance in file.allowances if allowance.amount_cents),
        grants=tuple(grant.terms for grant in file.grants if grant.amount_cents and grant.is_routed),
        claims=tuple(claim.terms for claim in file.claims if claim.amount_cents),
        prepay=payment_terms.prepay if payment_terms else None,
        self_reliance=standing.latest_class,
        weekly=standing.weekly,
        unpaid=tuple(charge.terms for charge in file.unpaid),
        payment_dates=payment_terms.pay_on if payment_terms else None,
        income=tuple(income.terms for income in file.income if income.amount_cents),
        reductions=tuple(reduction.terms for reduction in file.reductions if reduction.percent),
        attachments=tuple(attachment.terms for attachment in file.attachments if attachment.amount_cents),
    )
    return MonthsInput(situation, tuple(without_mandate), bool(file.charges))


def find_household_type(file: HouseholdFile, day: date) -> HouseholdType:
    """Return the household type on a day, or the first one known if the day is earlier."""
    compositions = _list_compositions(file)
    lived_there = (composition for composition in reversed(compositions) if composition.from_day <= day)
    return next(lived_there, compositions[0]).kind


def _list_compositions(file: HouseholdFile) -> tuple[Composition, ...]:
    household = file.household
    plan = composition_of_plan(
        household.first_day, household.household_type, household.age_band, has_children=household.has_children
    )
    return order_compositions(plan, file.compositions)


def _by_charge(charges: Sequence[Charge]) -> list[list[Charge]]:
    """Return the versions of each charge together, in the order in which the charges were first recorded."""
    versions: dict[UUID, list[Charge]] = {}
    for charge in charges:
        versions.setdefault(charge.root_id, []).append(charge)
    return list(versions.values())
