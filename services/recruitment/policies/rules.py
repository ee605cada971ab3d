"""What a municipality chooses about its ambassadors. Counts are whole numbers of people or plans."""

from typing import Self

from pydantic import Field, model_validator

from shared.events.codes import LanguageLevel
from shared.policies import DatedPolicy


class RecruitmentPolicy(DatedPolicy):
    """How a municipality recruits, from a first day on."""

    own_trajectory_required: bool = Field(description="An ambassador has completed an own trajectory")
    dutch_level_min: LanguageLevel = Field(description="Lowest level of Dutch of an ambassador")
    pair_size_min: int = Field(ge=2, le=10, description="Fewest ambassadors in a pair")
    pair_size_max: int = Field(ge=2, le=10, description="Most ambassadors in a pair")
    outreach_ambassadors_min: int = Field(ge=1, le=10, description="Fewest ambassadors at one outreach")
    group_target_signed_plans: int = Field(ge=0, le=10_000, description="Signed plans that all of them aim for")
    evaluation_interval_weeks: int = Field(ge=1, le=52, description="Between two evaluations of the targets")

    @model_validator(mode="after")
    def _check_sizes(self) -> Self:
        if self.pair_size_min > self.pair_size_max:
            raise ValueError("pair_size_min is more than pair_size_max: make it smaller.")
        return self
