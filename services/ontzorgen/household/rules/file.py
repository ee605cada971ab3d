"""From a household's file to what its month's statement needs: only charges that may be paid, by their stable keys.

`without_mandate` has what is asked in months without a mandate: it is not withheld, and someone must see to it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from services.ontzorgen.household.rules.charge_versions import terms
from services.ontzorgen.household.rules.charges import Charge
from services.ontzorgen.household.rules.composition import compositions, of_plan
from services.ontzorgen.household.rules.household import HouseholdFile
from services.ontzorgen.statement.rules.situation import ChargeTerms, Situation


@dataclass(frozen=True, slots=True)
class MonthsInput:
    """What all months of a household follow from; nothing in it depends on which month is asked for."""

    situation: Situation
    without_mandate: tuple[ChargeTerms, ...] = ()
    has_charges: bool = False


def months_input(file: HouseholdFile) -> MonthsInput:
    """The situation of a household, and the charges left out of it for want of a mandate."""
    home = file.household
    plan = of_plan(home.first_day, home.household_type, home.age_band, has_children=home.has_children)
    charges: list[ChargeTerms] = []
    missing: list[ChargeTerms] = []
    for versions in by_charge(file.charges):
        mandated, without = terms(versions, file.mandates, file.let_go.get(versions[0].kind, ()))
        charges += mandated
        missing += without
    paid = file.payment_terms
    situation = Situation(
        right_from=home.right_from,
        compositions=compositions(plan, file.compositions),
        right_until=home.right_until,
        last_day=home.last_day,
        charges=tuple(charges),
        allowances=tuple(one.terms for one in file.allowances if one.amount_cents),
        grants=tuple(one.terms for one in file.grants if one.amount_cents and one.is_routed),
        claims=tuple(one.terms for one in file.claims if one.amount_cents),
        prepay=paid.prepay if paid else None,
        self_reliance=file.self_reliance,
        weekly=file.weekly,
        unpaid=tuple(one.terms for one in file.unpaid),
        payment_dates=paid.pay_on if paid else None,
    )
    return MonthsInput(situation, tuple(missing), bool(file.charges))


def to_situation(file: HouseholdFile) -> Situation:
    return months_input(file).situation


def by_charge(charges: Sequence[Charge]) -> list[list[Charge]]:
    """The versions of each charge together, in the order in which the charges were first recorded."""
    found: dict[UUID, list[Charge]] = {}
    for one in charges:
        found.setdefault(one.root_id, []).append(one)
    return list(found.values())
