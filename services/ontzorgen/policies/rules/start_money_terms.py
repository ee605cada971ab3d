"""What a municipality chooses about each kind of money to begin with: its limit, its form, its ground and who decides.

Whether a kind is given at all is a choice of the policy itself (`first_rent_gift` and its neighbours).
"""

from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from shared.identity import Role

_CENTS_MAX = 100_000_000
_GIFTS_ONLY = ("first_rent", "supplementary_assistance")


class StartMoneyTerms(BaseModel):
    """How one kind is given. `limit_cents` is the most in one month, below what the rule itself allows."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    limit_cents: int | None = Field(default=None, ge=0, le=_CENTS_MAX, description="The most in one month")
    article: str | None = Field(
        default=None, min_length=1, max_length=120, description="Its ground in law, where it is not the usual one"
    )
    decided_by: Literal[Role.CASE_MANAGER, Role.BUDGET_MANAGER] = Role.CASE_MANAGER
    is_loan: bool = Field(default=False, description="A loan; otherwise a gift")
    repay_months: Annotated[int, Field(ge=1, le=120)] = 36


class StartMoney(BaseModel):
    """How each kind is given; named as the grants are."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    first_rent: StartMoneyTerms = StartMoneyTerms()
    furnishing_credit: StartMoneyTerms = StartMoneyTerms()
    bridging_allowance: StartMoneyTerms = StartMoneyTerms()
    supplementary_assistance: StartMoneyTerms = StartMoneyTerms()

    @model_validator(mode="after")
    def _lends_only_what_can_be_a_loan(self) -> Self:
        if lent := [name for name in _GIFTS_ONLY if getattr(self, name).is_loan]:
            raise ValueError(f"{lent[0]} cannot be a loan: leave is_loan out, or give another kind of start money.")
        return self
