"""The household in relief: from the day the right to assistance arises, six months, month by month, each once.

`next_month` is the first month that has not been run; months are run in order, so one field says what is done.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from services.ontzorgen.household.rules.charges import Charge, Mandate, Months
from services.ontzorgen.household.rules.composition import CompositionVersion
from services.ontzorgen.household.rules.means import Allowance, Claim, Grant, PaymentTerms
from services.ontzorgen.household.rules.unpaid import UnpaidCharge
from services.ontzorgen.policies.rules.law import RELIEF_MONTHS, Law, NormCategory, select_category
from shared.calendar import month_of, period_end
from shared.errors.refusals import Fault, WrongInputError
from shared.events import PIPSigned, ReliefStarted
from shared.events.codes import AgeBand, ChargeKind, HouseholdType, ReliefEndReason, SelfRelianceClass


@dataclass(frozen=True)
class Household:
    """A household and its relief; periods include both their days, `None` is open.

    `end_reason` says why `last_day` is earlier than agreed; None when the period simply runs out.
    """

    id: UUID
    person_id: UUID
    household_type: HouseholdType
    age_band: AgeBand
    has_children: bool
    first_day: date
    last_day: date
    right_from: date
    right_until: date | None
    next_month: str
    months_run: int
    ended_on: date | None
    end_reason: ReliefEndReason | None = None

    @property
    def category(self) -> NormCategory:
        return select_category(self.household_type, self.age_band, has_children=self.has_children)

    @property
    def relief(self) -> tuple[date, date]:
        return self.first_day, self.last_day


@dataclass(frozen=True)
class HouseholdFile:
    """What is on record of a household as far as its months depend on it: versions in the order of recording.

    Of what is replaced as a whole (composition, allowances, grants, claims), only what stands. `let_go` are the months
    in which the person pays a kind of charge alone.
    """

    household: Household
    charges: tuple[Charge, ...]
    mandates: tuple[Mandate, ...]
    compositions: tuple[CompositionVersion, ...] = ()
    allowances: tuple[Allowance, ...] = ()
    grants: tuple[Grant, ...] = ()
    claims: tuple[Claim, ...] = ()
    payment_terms: PaymentTerms | None = None
    self_reliance: SelfRelianceClass | None = None
    let_go: Mapping[ChargeKind, Sequence[Months]] = field(default_factory=dict)
    weekly: tuple[tuple[date, bool], ...] = ()
    unpaid: tuple[UnpaidCharge, ...] = ()


def start_relief(signed: PIPSigned, law: Law) -> tuple[Household, ReliefStarted]:
    """Relief as agreed in a signed plan; WrongInputError when the plan does not say for whom or from when."""
    household_id, first_day = signed.household_id, signed.assistance_from
    kind, ages, children = signed.household_type, signed.age_band, signed.has_children
    if household_id is None or first_day is None or kind is None or ages is None or children is None:
        raise WrongInputError(
            Fault(
                "household_id",
                "household_incomplete",
                "The plan agrees on relief without saying for which household and from when: amend the plan.",
            )
        )
    select_category(kind, ages, has_children=children)
    law.get_norms(first_day)
    household = Household(
        id=household_id,
        person_id=signed.person_id,
        household_type=kind,
        age_band=ages,
        has_children=children,
        first_day=first_day,
        last_day=period_end(first_day, RELIEF_MONTHS),
        right_from=first_day,
        right_until=None,
        next_month=month_of(first_day),
        months_run=0,
        ended_on=None,
    )
    return household, ReliefStarted(
        household_id=household.id,
        person_id=household.person_id,
        first_day=household.first_day,
        last_day=household.last_day,
    )
