"""The form of a household's file for `meedoen statement`: strict types, bounded values, no unknown field.

Optional fields may be left out. What fields mean together is checked in `evaluation`.
"""

import re
from datetime import date
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from services.ontzorgen.policies.rules.relief import GrantKind
from services.ontzorgen.statement.rules.situation import AllowanceKind, PayOut, SingleNormGround
from shared.calendar import month_of
from shared.events.codes import ChargeKind, HouseholdType, SelfRelianceClass

CENTS_MAX = 10**10
YEAR_MIN, YEAR_MAX = 1900, 2100
_ENERGY = ("gas", "electricity")
CHARGE_KINDS = (*ChargeKind, *_ENERGY)
_ALSO_CALLED = {
    "huur": ChargeKind.RENT,
    "zorgverzekering": ChargeKind.HEALTH_INSURANCE,
    "zorgpremie": ChargeKind.HEALTH_INSURANCE,
    "health": ChargeKind.HEALTH_INSURANCE,
    "health_premium": ChargeKind.HEALTH_INSURANCE,
    "premium": ChargeKind.HEALTH_INSURANCE,
    "energie": ChargeKind.ENERGY,
    "stroom": "electricity",
    "elektriciteit": "electricity",
    "phone": ChargeKind.TELEPHONE,
    "telefoon": ChargeKind.TELEPHONE,
    "television": ChargeKind.TV,
    "liability": ChargeKind.LIABILITY_INSURANCE,
    "contents": ChargeKind.CONTENTS_INSURANCE,
    "child_care": ChargeKind.CHILDCARE,
    "kinderopvang": ChargeKind.CHILDCARE,
    "travel_costs": ChargeKind.TRAVEL,
}


def parse_day(value: Any) -> date:
    if isinstance(value, str) and re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value):
        try:
            day = date.fromisoformat(value)
        except ValueError:
            raise ValueError("There is no such day: give a date of the calendar, such as 2026-07-01.") from None
        if YEAR_MIN <= day.year <= YEAR_MAX:
            return day
    raise ValueError(f"Give a date such as 2026-07-01, in a year from {YEAR_MIN} to {YEAR_MAX}.")


def parse_month(value: Any) -> str:
    """Return a month as it is written; ValueError with a sentence for anything else."""
    if isinstance(value, str) and re.fullmatch(r"[0-9]{4}-(0[1-9]|1[0-2])", value):
        return month_of(parse_day(f"{value}-01"))
    raise ValueError(f"Give a month such as 2026-07, in a year from {YEAR_MIN} to {YEAR_MAX}.")


def parse_day_or_month(value: Any) -> str:
    """Return a month, also from a date."""
    try:
        return month_of(parse_day(value)) if isinstance(value, str) and value.count("-") > 1 else parse_month(value)
    except ValueError:
        raise ValueError("Give a month such as 2026-07, or a date such as 2026-07-01.") from None


def normalise_code(value: Any) -> Any:
    """Return a code in its own form: any case, blanks and hyphens are accepted."""
    return re.sub(r"[\s-]+", "_", value.strip().casefold()) if isinstance(value, str) else value


def parse_charge_kind(value: Any) -> Any:
    code = normalise_code(value)
    code = _ALSO_CALLED.get(code, code) if isinstance(code, str) else code
    if isinstance(code, str) and code not in CHARGE_KINDS:
        raise ValueError(f"Give one of {', '.join(CHARGE_KINDS)}.")
    return code


def parse_allowance_kind(value: Any) -> Any:
    code = normalise_code(value)
    if not isinstance(code, str) or not code:
        raise ValueError("Give a text.")
    return next((kind for kind in AllowanceKind if kind in (code, f"{code}_allowance")), AllowanceKind.OTHER)


def parse_grant_kind(value: Any) -> Any:
    code = normalise_code(value)
    if not isinstance(code, str) or not code:
        raise ValueError("Give a text.")
    full = (code, *(f"{code}_{what}" for what in ("allowance", "credit", "assistance")))
    return next((kind for kind in GrantKind if kind in full), GrantKind.OTHER)


def parse_municipality(value: Any) -> Any:
    """Return a code in lower case, or a name unchanged; ValueError for a malformed code."""
    if not isinstance(value, str):
        return value
    text = value.strip()
    if re.fullmatch(r"[0-9]{4}", text):
        return f"gm{text}"
    looks_like_a_code = re.fullmatch(r"gm[\s_-]*[0-9].*|gm|[0-9]+", text, re.IGNORECASE)
    if not text or (looks_like_a_code and not re.fullmatch(r"gm[0-9]{4}", text, re.IGNORECASE)):
        raise ValueError("Give a CBS code, gm and four digits such as gm0637, or the municipality's name.")
    return text.casefold() if looks_like_a_code else text


def parse_support(value: Any) -> Any:
    if value is True or value is False or value == "pending":
        return value
    raise ValueError('Give true, false or "pending".')


def check_printable(value: str) -> str:
    if not value.isprintable() or not value.strip():
        raise ValueError("Give a name in one line, without control characters.")
    return value.strip()


Day = Annotated[date, BeforeValidator(parse_day)]
Month = Annotated[str, BeforeValidator(parse_month)]
Cents = Annotated[int, Field(ge=0, le=CENTS_MAX)]
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
        return ChargeKind.ENERGY if self.kind in _ENERGY else ChargeKind(self.kind)


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
    prepay: bool | None = None
    payment_dates: dict[Month, Annotated[tuple[Day, ...], Field(max_length=31, strict=False)]] | None = None
    self_reliance: Annotated[SelfRelianceClass, Field(strict=False), BeforeValidator(normalise_code)] | None = None


Lists = Literal["charges", "allowances", "grants", "claims"]
LISTS: tuple[Lists, ...] = ("charges", "allowances", "grants", "claims")
