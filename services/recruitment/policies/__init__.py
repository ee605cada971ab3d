"""How each municipality recruits: read from the TOML beside this file, checked, and kept."""

from datetime import date
from functools import cache
from pathlib import Path
from typing import Self

from pydantic import Field, model_validator

from services.recruitment.domain import DutchLevel
from shared.policies import DatedPolicy, PolicyBook, load_policies


class RecruitmentPolicy(DatedPolicy):
    """What a municipality chooses about its ambassadors. Counts are whole numbers of people or plans."""

    own_trajectory_required: bool = Field(description="An ambassador has completed an own trajectory")
    dutch_level_min: DutchLevel = Field(description="Lowest level of Dutch of an ambassador")
    pair_size_min: int = Field(ge=2, le=10, description="Fewest ambassadors in a pair")
    pair_size_max: int = Field(ge=2, le=10, description="Most ambassadors in a pair")
    outreach_ambassadors_min: int = Field(ge=1, le=10, description="Fewest ambassadors at one outreach")
    group_target_signed_plans: int = Field(ge=0, le=10_000, description="Signed plans that all of them aim for")
    evaluation_interval_weeks: int = Field(ge=1, le=52, description="Between two looks at the targets")

    @model_validator(mode="after")
    def _sizes_agree(self) -> Self:
        if self.pair_size_min > self.pair_size_max:
            raise ValueError("pair_size_min is more than pair_size_max: make it smaller.")
        return self


@cache
def book() -> PolicyBook[RecruitmentPolicy]:
    """Every municipality's policies; read once."""
    return load_policies(Path(__file__).parent, RecruitmentPolicy)


def policy_in_force(municipality: str, on: date) -> RecruitmentPolicy:
    """The policy in force in a municipality on a day."""
    return book().of(municipality, on)
