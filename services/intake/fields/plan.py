"""A plan (PIP) as several routes show one. Descriptions are Dutch."""

from datetime import date
from uuid import UUID

from pydantic import Field

from services.intake.plan.rules import Support
from shared.events.codes import AgeBand, HouseholdType, LearningRoute
from shared.http.responses import StateResponse


class PlanResponse(StateResponse):
    id: UUID
    drafted_on: date
    signed_on: date | None = Field(description="Dag van ondertekening")
    route: LearningRoute
    deviation_reason: str | None
    progress_talks: int
    intensity_hours_per_week: int | None
    support: tuple[Support, ...]
    relief_agreed: bool
    household_id: UUID | None
    household_type: HouseholdType | None
    age_band: AgeBand | None
    has_children: bool | None
    assistance_from: date | None
