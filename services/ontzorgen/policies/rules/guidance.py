"""Choices about guidance beside the money: who takes part, what is applied for and followed, and paid guides."""

from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

APPLICATION_WEEKS = 8  # Algemene wet bestuursrecht art. 4:13: a decision within eight weeks


class PersonRole(StrEnum):
    """Who someone is in a household; the household's own person is the one whose plan started relief."""

    PERSON = "person"
    PARTNER = "partner"
    ADULT_CHILD = "adult_child"


class ApplicationKind(StrEnum):
    """What the case manager applies for where it is needed (Dongemond); it is no charge on the benefit."""

    CHILDCARE = "childcare"
    TRAVEL = "travel"


class Applications(BaseModel):
    """What is applied for on behalf of people, and within how many weeks it must be decided."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kinds: frozenset[ApplicationKind] = frozenset()
    decision_weeks: Annotated[int, Field(ge=1, le=26)] = APPLICATION_WEEKS


class NeighbourhoodMothers(BaseModel):
    """What a neighbourhood mother (buurtmoeder) is paid for an hour; 0: the municipality pays none itself."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    fee_cents_per_hour: Annotated[int, Field(ge=0, le=20_000)] = 0
