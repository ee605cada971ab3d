"""The household in relief: from the day the right to assistance arises, six months, each month run once.

`next_month` is the first month that has not been run; months are run in order, so one field says which are done.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Protocol
from uuid import UUID

from services.ontzorgen.household.rules.charges import Charge, Mandate, Months
from services.ontzorgen.household.rules.composition import CompositionVersion
from services.ontzorgen.household.rules.deductions import Attachment, Income, Reduction
from services.ontzorgen.household.rules.means import Allowance, Claim, Grant, PaymentTerms
from services.ontzorgen.household.rules.unpaid import UnpaidCharge
from services.ontzorgen.policies.rules.law import RELIEF_MONTHS, Law, select_category
from services.ontzorgen.policies.rules.relief import ReliefPolicy
from shared.calendar import month_of, period_end
from shared.errors.refusals import ConflictError, Fault, WrongInputError
from shared.events import PIPSigned, ReliefEnded, ReliefStarted
from shared.events.codes import AgeBand, ChargeKind, HouseholdType, ReliefEndReason, SelfRelianceClass

_TWICE = (
    "This person is in relief in another household already, and would be paid twice: end that relief first, or amend "
    "the plan so that it names the same household."
)


@dataclass(frozen=True)
class Household:
    """A household and its relief; periods include their first and last day, `None` is open.

    `end_reason` says why `last_day` is earlier than agreed; None if the period simply runs out.
    `holiday_reserve_cents` is what its months set aside until now and did not pay out or hand over yet.
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
    holiday_reserve_cents: int = 0


class Standing(Protocol):
    """How independent a household is, as far as its months follow from it.

    `let_go_months` has the months in which the person pays a kind of charge alone; `weekly` from which day on it was
    decided that money comes weekly, or not, in order of days.
    """

    @property
    def latest_class(self) -> SelfRelianceClass | None: ...
    @property
    def let_go_months(self) -> Mapping[ChargeKind, Sequence[Months]]: ...
    @property
    def weekly(self) -> tuple[tuple[date, bool], ...]: ...


@dataclass(frozen=True)
class PlainStanding:
    """A standing as plain values; by default that of a household of which nothing is recorded."""

    latest_class: SelfRelianceClass | None = None
    let_go_months: Mapping[ChargeKind, Sequence[Months]] = field(default_factory=dict)
    weekly: tuple[tuple[date, bool], ...] = ()


@dataclass(frozen=True)
class HouseholdFile:
    """What is on record of a household as far as its months follow from it: versions in the order of recording.

    Of what is replaced as a whole (all but charges, mandates and what was unpaid), only what was not replaced.
    """

    household: Household
    charges: tuple[Charge, ...]
    mandates: tuple[Mandate, ...]
    compositions: tuple[CompositionVersion, ...] = ()
    allowances: tuple[Allowance, ...] = ()
    grants: tuple[Grant, ...] = ()
    claims: tuple[Claim, ...] = ()
    payment_terms: PaymentTerms | None = None
    unpaid: tuple[UnpaidCharge, ...] = ()
    income: tuple[Income, ...] = ()
    reductions: tuple[Reduction, ...] = ()
    attachments: tuple[Attachment, ...] = ()


def start_relief(signed: PIPSigned, law: Law) -> tuple[Household, ReliefStarted]:
    """Return the household and the event of relief as agreed in a signed plan.

    WrongInputError if the plan does not say for whom or from when, or if no norm fits.
    """
    household_id, first_day = signed.household_id, signed.assistance_from
    household_type, age_band, has_children = signed.household_type, signed.age_band, signed.has_children
    if household_id is None or first_day is None or household_type is None or age_band is None or has_children is None:
        raise WrongInputError(
            Fault(
                "household_id",
                "household_incomplete",
                "The plan agrees on relief without saying for which household and from when: amend the plan.",
            )
        )
    select_category(household_type, age_band, has_children=has_children)
    law.get_norms(first_day)
    household = Household(
        id=household_id,
        person_id=signed.person_id,
        household_type=household_type,
        age_band=age_band,
        has_children=has_children,
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


def refuse_second_relief(*, has_other_relief: bool) -> None:
    """Refuse relief for a person who has relief that goes on in another household."""
    if has_other_relief:
        raise ConflictError("relief_began_already", _TWICE)


def name_kinds(started: ReliefStarted, policy: ReliefPolicy) -> ReliefStarted:
    """Return the event with the kinds that the policy pays for someone not measured yet, in its order of payment.

    Nothing is on record yet of the charges that the household has.
    """
    withheld = policy.list_withheld_kinds(None)
    return started.model_copy(update={"kinds": tuple(kind for kind in policy.pay_order if kind in withheld)})


def relief_ended_event(household: Household, kinds: tuple[ChargeKind, ...] | None = None) -> ReliefEnded:
    """Return the event that relief is over, with the kinds that were paid until then."""
    return ReliefEnded(
        household_id=household.id,
        person_id=household.person_id,
        ended_on=household.last_day,
        reason=household.end_reason or ReliefEndReason.PERIOD_OVER,
        months_run=household.months_run,
        kinds=kinds,
    )
