"""What a month's statement needs to know of a household: plain values, no ids of persons, no names, no I/O.

A household's file becomes a Situation; so does a JSON file given to `meedoen statement`. Periods include both days;
None is open. Months are "YYYY-MM". Money is whole cents.
"""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from services.ontzorgen.policies.rules.relief import GrantKind
from shared.events.codes import ChargeKind, HouseholdType, SelfRelianceClass

PERSON, PARTNER = "person", "partner"
_UNPAID = "unpaid "  # a creditor's code has no space, and no kind of charge is called so


class ParentsSupport(StrEnum):
    """Whether the parents of someone of 18 to 20 can support them (Participatiewet art. 20(3))."""

    ABLE = "able"
    UNABLE = "unable"
    PENDING = "pending"


class SingleNormGround(StrEnum):
    """Why a municipality gives someone whose spouse has no right the norm of a single (art. 18(1), instead of 24)."""

    ABROAD = "abroad"
    DETAINED = "detained"
    LIVES_ELSEWHERE = "lives_elsewhere"
    SHARES_NO_COSTS = "shares_no_costs"


class PayOut(StrEnum):
    """To whom a couple's money goes (Participatiewet art. 45(4)): half each, or all to one at their joint request."""

    HALF_EACH = "half_each"
    JOINT = "joint"


class IncomeKind(StrEnum):
    """Means beside the benefit: earnings, another benefit or a part of one, and everything else (art. 31(1))."""

    EARNINGS = "earnings"
    PART_BENEFIT = "part_benefit"
    OTHER = "other"


class AttachmentKind(StrEnum):
    """What is taken from the benefit: for a creditor (beslag), or kept by the municipality (verrekening, art. 60)."""

    ATTACHMENT = "attachment"
    SET_OFF = "set_off"


class AllowanceKind(StrEnum):
    """Allowances of the tax service; they are not means (Participatiewet art. 31(2)(d)) and are only ever routed."""

    CARE = "care_allowance"
    RENT = "rent_allowance"
    CHILD_BUDGET = "child_budget"
    CHILDCARE = "childcare_allowance"
    OTHER = "other_allowance"


@dataclass(frozen=True, slots=True)
class Adult:
    """One adult: either the day of birth, or an age in years that holds throughout.

    `has_right` False is a spouse without a right to assistance (art. 24), with the ground of a decision otherwise.
    """

    born_on: date | None = None
    age: int | None = None
    parents_support: ParentsSupport = ParentsSupport.ABLE
    has_right: bool = True
    single_norm_ground: SingleNormGround | None = None
    in_institution: bool = False


@dataclass(frozen=True, slots=True)
class Child:
    """One child living in: day of birth, or an age in years that holds throughout."""

    born_on: date | None = None
    age: int | None = None


@dataclass(frozen=True, slots=True)
class Composition:
    """Who lives there from a day on. `cost_sharers` counts only those whom art. 19a counts.

    Of a couple in which one has no right, the other is the first adult.
    """

    from_day: date
    kind: HouseholdType
    adults: tuple[Adult, ...]
    children: tuple[Child, ...] = ()
    cost_sharers: int = 0
    pay_out: PayOut = PayOut.HALF_EACH

    @property
    def has_two_payees(self) -> bool:
        """Half goes to each of a couple that both have a right and did not ask otherwise (art. 11(4), 45(4))."""
        is_couple = self.kind is HouseholdType.COUPLE and self.pay_out is not PayOut.JOINT
        return is_couple and self.adults[-1].has_right


@dataclass(frozen=True, slots=True)
class ChargeTerms:
    """What one creditor asks per month over a period, and since when that is known.

    Terms with the same `key` are versions of one charge: from its own first day on, the later known one holds.
    `first_due` is the month in which it is first to be paid; `known_on` None: known from the outset.
    """

    key: str
    kind: ChargeKind
    creditor: str
    amount_cents: int
    from_day: date
    until_day: date | None = None
    first_due: str | None = None
    known_on: date | None = None


@dataclass(frozen=True, slots=True)
class AllowanceTerms:
    """An allowance per month; only what is routed via the municipality counts in the statement."""

    kind: AllowanceKind
    amount_cents: int
    is_routed: bool
    from_month: str | None = None
    until_month: str | None = None


@dataclass(frozen=True, slots=True)
class IncomeTerms:
    """Income per month, counted by the day. `exempt_percent` is what the municipality leaves of earnings (31(2)(n)).

    `payee` is whose income it is: "person" or "partner".
    """

    kind: IncomeKind
    amount_cents: int
    from_day: date
    until_day: date | None = None
    exempt_percent: int = 0
    payee: str = PERSON


@dataclass(frozen=True, slots=True)
class ReductionTerms:
    """A reduction for not meeting duties (maatregel, art. 18(2)): a percentage of the norm of the days it holds."""

    percent: int
    from_day: date
    until_day: date | None = None


@dataclass(frozen=True, slots=True)
class AttachmentTerms:
    """What is at most taken each month, and the protected income below which the benefit is never taken."""

    key: str
    kind: AttachmentKind
    creditor: str
    amount_cents: int
    protected_cents: int
    from_day: date
    until_day: date | None = None


@dataclass(frozen=True, slots=True)
class DiscountTerms:
    """What a supplier takes off each of its charges by agreement; `known_on` None: known from the outset."""

    creditor: str
    percent: int
    from_day: date
    until_day: date | None = None
    known_on: date | None = None


@dataclass(frozen=True, slots=True)
class GrantTerms:
    """Money added in one month."""

    kind: GrantKind
    amount_cents: int
    month: str


@dataclass(frozen=True, slots=True)
class ClaimTerms:
    """A debt that someone asks back monthly (COA): recorded, stated, and never withheld under art. 56a."""

    creditor: str
    amount_cents: int


@dataclass(frozen=True, slots=True)
class UnpaidTerms:
    """What the money of an earlier month, `unpaid_in`, did not reach: asked again once, in `month` or the run after it.

    `for_month` is the month that the creditor asked it for.
    """

    charge_key: str
    kind: ChargeKind
    creditor: str
    for_month: str
    unpaid_in: str
    month: str
    amount_cents: int

    @property
    def key(self) -> str:
        """A key of its own, so that it settles nothing of the charge; ends as the charge's key does."""
        return build_unpaid_key(self.unpaid_in, self.charge_key)


def build_unpaid_key(unpaid_in: str, charge_key: str) -> str:
    """Return the key of what was left unpaid of a charge in a month."""
    return f"{_UNPAID}{unpaid_in}/{charge_key}"


def find_unpaid_month(key: str) -> str | None:
    """Return the month in which what this key names was left unpaid; None for the key of a charge itself."""
    return key.removeprefix(_UNPAID).partition("/")[0] if key.startswith(_UNPAID) else None


@dataclass(frozen=True, slots=True)
class Situation:
    """A household as far as money goes. `last_day` is the last day of relief; None: six months from `right_from`.

    `weekly` has the decisions on weekly money, from which day, in order; without any the policy decides by class.
    """

    right_from: date
    compositions: tuple[Composition, ...]
    right_until: date | None = None
    last_day: date | None = None
    charges: tuple[ChargeTerms, ...] = ()
    allowances: tuple[AllowanceTerms, ...] = ()
    grants: tuple[GrantTerms, ...] = ()
    claims: tuple[ClaimTerms, ...] = ()
    prepay: bool | None = None
    self_reliance: SelfRelianceClass | None = None
    payment_dates: tuple[date, ...] | None = None
    weekly: tuple[tuple[date, bool], ...] = ()
    unpaid: tuple[UnpaidTerms, ...] = ()
    income: tuple[IncomeTerms, ...] = ()
    reductions: tuple[ReductionTerms, ...] = ()
    attachments: tuple[AttachmentTerms, ...] = ()
    discounts: tuple[DiscountTerms, ...] = ()
