"""The form of a household's file for `meedoen statement`: strict types, bounded values, no unknown field.

Optional fields may be left out. What fields mean together is checked in `evaluation` and `means`.
"""

from datetime import date
from typing import Annotated, Any, Literal, Self, get_args

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from meedoen.statement.values import (
    ENERGY,
    check_printable,
    normalise_code,
    parse_allowance_kind,
    parse_attachment_kind,
    parse_charge_kind,
    parse_day,
    parse_day_or_month,
    parse_grant_kind,
    parse_income_kind,
    parse_month,
    parse_municipality,
    parse_support,
)
from services.ontzorgen.policies.rules.law import EXEMPT_PERCENT_MAX
from services.ontzorgen.policies.rules.relief import GrantKind
from services.ontzorgen.statement.rules.situation import (
    AllowanceKind,
    AttachmentKind,
    IncomeKind,
    PayOut,
    SingleNormGround,
)
from shared.events.codes import ChargeKind, HouseholdType, SelfRelianceClass

CENTS_MAX = 10**10

Day = Annotated[date, BeforeValidator(parse_day)]
Month = Annotated[str, BeforeValidator(parse_month)]
Cents = Annotated[int, Field(ge=0, le=CENTS_MAX)]
Percent = Annotated[int, Field(ge=1, le=100)]
Age = Annotated[int, Field(ge=0, le=130)]
Creditor = Annotated[str, Field(min_length=1, max_length=140), AfterValidator(check_printable)]
Listed = Field(default=(), max_length=100, strict=False)


class _Strict(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)

    @model_validator(mode="before")
    @classmethod
    def _drop_nulls(cls, value: Any) -> Any:
        """Treat a known field that is null as left out."""
        names = {field.alias or name for name, field in cls.model_fields.items()}
        if not isinstance(value, dict):
            return value
        return {name: value for name, value in value.items() if value is not None or name not in names}


class _Person(_Strict):
    age: Age | None = None
    born_on: Day | None = None

    @model_validator(mode="after")
    def _check_one_age(self) -> Self:
        if (self.age is None) == (self.born_on is None):
            raise ValueError("Give either age or born_on.")
        return self


class AdultEntry(_Person):
    """One adult."""

    parents_can_support: Annotated[bool | str, BeforeValidator(parse_support)] = True
    has_right: bool = True
    single_norm_ground: Annotated[SingleNormGround, Field(strict=False), BeforeValidator(normalise_code)] | None = None
    in_institution: bool = False


class ChildEntry(_Person):
    """One child."""


class HouseholdEntry(_Strict):
    """Who lives there; without adults: as many as the kind has, aged 30."""

    kind: Annotated[HouseholdType, Field(strict=False), BeforeValidator(normalise_code)] = HouseholdType.SINGLE
    adults: Annotated[tuple[AdultEntry, ...], Field(max_length=10, strict=False)] | None = None
    children: tuple[ChildEntry, ...] = Listed
    cost_sharers: int = Field(default=0, ge=0, le=100)
    pay_out: Annotated[PayOut, Field(strict=False), BeforeValidator(normalise_code)] = PayOut.HALF_EACH

    @model_validator(mode="after")
    def _check_adults(self) -> Self:
        expected = 2 if self.kind is HouseholdType.COUPLE else 1
        if self.adults is not None and len(self.adults) != expected:
            words = "two adults" if expected > 1 else "one adult"
            raise ValueError(f"A household of this kind has exactly {words}: give as many, or another kind.")
        return self


def to_charge_kind(kind: str) -> ChargeKind:
    """Return the kind that the rules know: gas and electricity are energy."""
    return ChargeKind.ENERGY if kind in ENERGY else ChargeKind(kind)


class ChargeEntry(_Strict):
    """What one creditor asks per month."""

    kind: Annotated[str, BeforeValidator(parse_charge_kind)]
    creditor: Creditor | None = None
    cents: Cents
    from_day: Day | None = Field(default=None, alias="from")
    until: Day | None = None
    first_due: Annotated[str, BeforeValidator(parse_day_or_month)] | None = None
    known_on: Day | None = None

    @property
    def charge_kind(self) -> ChargeKind:
        return to_charge_kind(self.kind)


class AllowanceEntry(_Strict):
    """An allowance per month."""

    kind: Annotated[AllowanceKind, BeforeValidator(parse_allowance_kind)]
    cents: Cents
    routed: bool = False


class GrantEntry(_Strict):
    """Money added in one month."""

    kind: Annotated[GrantKind, BeforeValidator(parse_grant_kind)]
    cents: Cents
    month: Month | None = None


class ClaimEntry(_Strict):
    """A debt that is reclaimed."""

    creditor: Creditor
    cents: Cents


class _DatedEntry(_Strict):
    from_day: Day | None = Field(default=None, alias="from")
    until: Day | None = None


class IncomeEntry(_DatedEntry):
    """Income per month beside the benefit."""

    kind: Annotated[IncomeKind, BeforeValidator(parse_income_kind)]
    cents: Cents
    exempt_percent: int = Field(default=0, ge=0, le=EXEMPT_PERCENT_MAX)
    payee: Annotated[Literal["person", "partner"], BeforeValidator(normalise_code)] = "person"


class ReductionEntry(_DatedEntry):
    """A reduction for not meeting duties."""

    percent: Percent


class AttachmentEntry(_DatedEntry):
    """What is taken from the benefit, and what it leaves."""

    kind: Annotated[AttachmentKind, Field(strict=False), BeforeValidator(parse_attachment_kind)] = (
        AttachmentKind.ATTACHMENT
    )
    creditor: Creditor
    cents: Cents
    protected_cents: Cents


class DiscountEntry(_DatedEntry):
    """What a supplier takes off its charges by agreement."""

    creditor: Creditor
    percent: Percent
    kind: Annotated[str, BeforeValidator(parse_charge_kind)] | None = None
    known_on: Day | None = None

    @property
    def charge_kind(self) -> ChargeKind | None:
        """The kind of charge that it holds for; None: every kind of this creditor."""
        return None if self.kind is None else to_charge_kind(self.kind)


class StatementInput(_Strict):
    """One household's file."""

    municipality: Annotated[str, BeforeValidator(parse_municipality)] = "default"
    month: Month | None = None
    right_from: Day | None = None
    right_until: Day | None = None
    relief_until: Day | None = None
    household: HouseholdEntry = HouseholdEntry()
    charges: tuple[ChargeEntry, ...] = Listed
    allowances: tuple[AllowanceEntry, ...] = Listed
    grants: tuple[GrantEntry, ...] = Listed
    claims: tuple[ClaimEntry, ...] = Listed
    income: tuple[IncomeEntry, ...] = Listed
    reductions: tuple[ReductionEntry, ...] = Listed
    attachments: tuple[AttachmentEntry, ...] = Listed
    discounts: tuple[DiscountEntry, ...] = Listed
    prepay: bool | None = None
    payment_dates: dict[Month, Annotated[tuple[Day, ...], Field(max_length=31, strict=False)]] | None = None
    self_reliance: Annotated[SelfRelianceClass, Field(strict=False), BeforeValidator(normalise_code)] | None = None


Lists = Literal["charges", "allowances", "grants", "claims", "income", "reductions", "attachments", "discounts"]
LISTS: tuple[Lists, ...] = get_args(Lists)
