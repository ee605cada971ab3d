"""What a municipality chooses about relief: bounded fields with their units, and no choice outside the law.

Everything has a default, so that a municipality writes down only what it does differently.
"""

from collections.abc import Iterable
from enum import StrEnum
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from services.ontzorgen.policies.rules.guidance import Applications, NeighbourhoodMothers, PersonRole
from services.ontzorgen.policies.rules.start_money_terms import StartMoney, StartMoneyTerms
from shared.events.codes import ChargeKind, PhaseOutStep, SelfRelianceClass
from shared.policies import DayPolicy, PolicyBook


class GrantKind(StrEnum):
    """Money that a municipality adds in one month, as a gift or as a loan."""

    FIRST_RENT = "first_rent"
    BRIDGING = "bridging_allowance"
    FURNISHING_CREDIT = "furnishing_credit"
    SUPPLEMENTARY = "supplementary_assistance"
    SPECIAL_ASSISTANCE = "special_assistance"
    ADVANCE = "advance"
    OTHER = "other"


BY_LAW = (ChargeKind.RENT, ChargeKind.HEALTH_INSURANCE, ChargeKind.ENERGY, ChargeKind.WATER)
_BY_DAY = {
    ChargeKind.RENT,
    ChargeKind.HEALTH_INSURANCE,
    ChargeKind.LIABILITY_INSURANCE,
    ChargeKind.CONTENTS_INSURANCE,
}
_DEBTS = frozenset({"claim", "claims", "coa", "credit", "debt", "debts", "fine", "fines", "loan", "loans"})

_GRANT_KEYS = {
    GrantKind.FIRST_RENT: ("first_rent_gift",),
    GrantKind.FURNISHING_CREDIT: ("furnishing_credit_months",),
    GrantKind.BRIDGING: ("bridging",),
    GrantKind.SUPPLEMENTARY: ("young_supplementary_assistance",),
}

Months = Annotated[int, Field(ge=0, le=36)]
Percent = Annotated[int, Field(ge=0, le=99)]
Name = Annotated[str, Field(min_length=1, max_length=120)]


class PayoutFrequency(StrEnum):
    """How often someone gets what is left."""

    WEEKLY = "weekly"
    MONTHLY = "monthly"


class Weekday(StrEnum):
    """The days on which weekly money may be paid, in the order of the week."""

    MONDAY = "monday"
    TUESDAY = "tuesday"
    WEDNESDAY = "wednesday"
    THURSDAY = "thursday"
    FRIDAY = "friday"


class HolidayAtReliefEnd(StrEnum):
    """What happens to the holiday allowance that is set aside when only relief ends and the right goes on."""

    HAND_OVER = "hand_over"
    PAY = "pay"


class Decider(StrEnum):
    """Who may have to decide together how often someone gets what is left."""

    BUDGET_MANAGER = "budget_manager"
    BUDGET_COACH = "budget_coach"
    CASE_MANAGER = "case_manager"
    PERSON = "person"


class Signaller(StrEnum):
    """Who signals arrears to the municipality after the end."""

    HOUSING_ASSOCIATION = "housing_association"
    ENERGY_COMPANY = "energy_company"
    HEALTH_INSURER = "health_insurer"
    SOCIAL_GUIDE = "social_guide"


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Packages(_Part):
    """The kinds that are withheld, by class of self-reliance; someone not measured yet has the first package."""

    not_self_reliant: frozenset[ChargeKind] = frozenset(BY_LAW)
    limited: frozenset[ChargeKind] = frozenset(BY_LAW)
    self_reliant: frozenset[ChargeKind] = frozenset(BY_LAW)

    @field_validator("*", mode="before")
    @classmethod
    def _holds_no_debts(cls, kinds: Any) -> Any:
        if isinstance(kinds, Iterable) and _DEBTS & {str(kind).lower() for kind in kinds}:
            raise ValueError(
                "A package withholds debts, which is outside the law (Participatiewet art. 56a): drop them."
            )
        return kinds

    @field_validator("*", mode="after")
    @classmethod
    def _holds_what_the_law_names(cls, kinds: frozenset[ChargeKind]) -> frozenset[ChargeKind]:
        if missing := [kind for kind in BY_LAW if kind not in kinds]:
            raise ValueError(
                f"A package without {', '.join(missing)} is outside the law (Participatiewet art. 56a): add them."
            )
        return kinds

    def get_kinds(self, self_reliance: SelfRelianceClass | None) -> frozenset[ChargeKind]:
        """Return the kinds that are withheld for a class of self-reliance; None: not measured yet."""
        kinds: frozenset[ChargeKind] = getattr(self, self_reliance or SelfRelianceClass.NOT_SELF_RELIANT)
        return kinds


class Payout(_Part):
    """How often what is left is paid out, and who together decide to change that."""

    not_self_reliant: PayoutFrequency = PayoutFrequency.MONTHLY
    limited: PayoutFrequency = PayoutFrequency.MONTHLY
    self_reliant: PayoutFrequency = PayoutFrequency.MONTHLY
    weekday: Weekday = Weekday.FRIDAY
    decided_by: tuple[Decider, ...] = (Decider.BUDGET_MANAGER,)


class Coaching(_Part):
    """How much coaching someone has, for how long, and by whom."""

    minutes_per_month: dict[SelfRelianceClass, Annotated[int, Field(ge=0, le=2400)]] = Field(default_factory=dict)
    months_max: Months = 6
    form: str = Field(default="", max_length=240)


class Training(_Part):
    """A course about money; `lessons` None: the number is not fixed. The refresher comes that many months later.

    With `behind_after_lessons`, whoever is that many lessons behind becomes a task.
    """

    name: Name
    lessons: int | None = Field(default=None, ge=1, le=60)
    is_obligatory: bool = False
    refresher_after_months: int | None = Field(default=None, ge=1, le=36)
    behind_after_lessons: int | None = Field(default=None, ge=1, le=60)


class EarlySignal(_Part):
    """For how many months after the end arrears are signalled, and by whom."""

    months: Months = 0
    signalled_by: tuple[Signaller, ...] = ()


class Approval(_Part):
    """The total of a run from which on this many people, besides the proposer, must approve it."""

    from_cents: int = Field(ge=0, le=10**13)
    approvers_required: int = Field(alias="eyes", ge=1, le=5)


class ReliefPolicy(DayPolicy):
    """What a municipality chooses about relief, from its first day on. Documented in each field."""

    run_day: int = Field(default=1, ge=1, le=28, description="Day of the month from which the month is run")
    pay_day: int = Field(default=5, ge=1, le=28, description="Day of the month on which what is left is paid")
    priority: tuple[ChargeKind, ...] = Field(default=BY_LAW, description="Who is paid first when money is short")
    whole_month_kinds: frozenset[ChargeKind] = Field(
        default=frozenset(ChargeKind) - _BY_DAY, description="Advances: due in full in each month they touch"
    )
    packages: Packages = Packages()
    prepay: bool = Field(default=False, description="Charges are paid a month ahead")
    payout: Payout = Field(default=Payout(), alias="money")
    discount_percent: dict[ChargeKind, Percent] = Field(
        default_factory=dict, description="What suppliers take off for a payment guarantee"
    )
    discount_classes: frozenset[SelfRelianceClass] = Field(
        default=frozenset(), description="For whom the discounts hold, once measured so"
    )
    holiday_at_relief_end: HolidayAtReliefEnd = Field(
        default=HolidayAtReliefEnd.HAND_OVER,
        description="Holiday allowance set aside: handed over to the benefit administration, or paid",
    )
    first_rent_gift: bool = Field(default=False, description="Special assistance for the first rent is a gift")
    furnishing_credit_months: Months = Field(default=0, description="Months of charges the furnishing credit covers")
    bridging: bool = Field(default=False, description="A bridging allowance falls under the mandate")
    young_supplementary_assistance: bool = Field(default=False, description="The young are topped up when short")
    start_money: StartMoney = StartMoney()
    retest_months: Months = Field(default=6, description="Months after the start when self-reliance is measured again")
    retest_is_task: bool = Field(default=False, description="Measuring again is a task when its time has come")
    take_part: frozenset[PersonRole] = Field(
        default=frozenset(), description="Who beside the household's own person is measured again and takes courses"
    )
    extension_months_max: Months = Field(default=6, description="Longest extension at once (art. 57)")
    review_months: Months = Field(default=6, description="An extension is reviewed after so many months")
    evaluation_weeks_before_end: int = Field(default=4, ge=1, le=12)
    phase_out_steps: tuple[PhaseOutStep, ...] = Field(
        default=(PhaseOutStep.CREDITORS_INFORMED, PhaseOutStep.DIRECT_DEBIT_SET_UP, PhaseOutStep.MONTHLY_MONEY),
        min_length=1,
    )
    direct_debit_on_benefit_dates: bool = Field(
        default=False, description="Direct debits are set up only in the week after the benefit is paid"
    )
    coaching: Coaching = Coaching()
    trainings: tuple[Training, ...] = ()
    mandate_answer_days: int = Field(
        default=14, ge=1, le=90, description="Days for each step of a mandate that was asked, before it becomes a task"
    )
    early_signal: EarlySignal = EarlySignal()
    creditor_first_contact: bool = Field(default=False, description="Suppliers call the municipality first")
    creditor_contact_days: int = Field(
        default=5, ge=1, le=30, description="Days in which a creditor that calls first is called back"
    )
    sounding_board: bool = Field(default=False, description="People in relief say how it is in a klankbordgroep")
    applications: Applications = Applications()
    neighbourhood_mothers: NeighbourhoodMothers = NeighbourhoodMothers()
    guidance_providers: tuple[Name, ...] = Field(default=(), description="Who gives guidance; compared when several")
    approvals: tuple[Approval, ...] = Field(default=(Approval(from_cents=0, eyes=1),), min_length=1)
    booked_within_business_days: int = Field(
        default=3, ge=1, le=20, description="Business days of the banks within which a statement shows a payment"
    )
    households_per_shard: int = Field(default=5_000, ge=1, le=100_000, description="Households a worker takes at once")

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        for name, listed in (("priority", self.priority), ("phase_out_steps", self.phase_out_steps)):
            if len(set(listed)) < len(listed):
                raise ValueError(f"{name} names something twice: name each once.")
        if self.pay_day < self.run_day:
            raise ValueError("pay_day comes before run_day: nothing is paid before it is run.")
        amounts = [approval.from_cents for approval in self.approvals]
        approvers = [approval.approvers_required for approval in self.approvals]
        if amounts[0] != 0 or amounts != sorted(set(amounts)) or approvers != sorted(approvers):
            raise ValueError(
                "approvals must begin at 0 cents and rise: list them by from_cents, never with fewer eyes."
            )
        return self

    @property
    def pay_order(self) -> tuple[ChargeKind, ...]:
        """Every kind: those in `priority` first, the others in the order of the list of kinds."""
        return (*self.priority, *(kind for kind in ChargeKind if kind not in self.priority))

    @property
    def weekday(self) -> int:
        """The day of weekly money, Monday is 0."""
        return list(Weekday).index(self.payout.weekday)

    def list_withheld_kinds(self, self_reliance: SelfRelianceClass | None) -> frozenset[ChargeKind]:
        """Return the kinds that are withheld for a class of self-reliance; None: not measured yet."""
        return self.packages.get_kinds(self_reliance)

    def get_discount_percent(self, kind: ChargeKind, self_reliance: SelfRelianceClass | None) -> int:
        """Return the percent off for a kind, once someone was measured in a class that the discount holds for."""
        return self.discount_percent.get(kind, 0) if self_reliance in self.discount_classes else 0

    def pays_weekly(self, self_reliance: SelfRelianceClass | None) -> bool:
        """Return whether someone of a class gets weekly money; not measured yet counts as not self-reliant."""
        frequency = getattr(self.payout, self_reliance or SelfRelianceClass.NOT_SELF_RELIANT)
        return bool(frequency is PayoutFrequency.WEEKLY)

    def find_grant_key(self, kind: GrantKind) -> str | None:
        """Return the choice of this policy that a grant of a kind rests on; None: on the law alone."""
        return next((key for key in _GRANT_KEYS.get(kind, ()) if getattr(self, key)), None)

    def get_start_money_terms(self, kind: GrantKind) -> StartMoneyTerms:
        """Return how a kind of start money is given; KeyError for a grant that is none."""
        if kind not in _GRANT_KEYS:
            raise KeyError(kind)
        terms: StartMoneyTerms = getattr(self.start_money, kind)
        return terms

    @property
    def gives_start_money(self) -> bool:
        return any(self.find_grant_key(kind) for kind in _GRANT_KEYS)

    def count_approvers_required(self, total_cents: int) -> int:
        """Return how many people besides the proposer must approve a run of this total."""
        return [approval.approvers_required for approval in self.approvals if approval.from_cents <= total_cents][-1]


ReliefPolicies = PolicyBook[ReliefPolicy]  # every municipality's, and the names that municipalities go by
