"""A broad intake as several routes take and show one. Descriptions are Dutch."""

from datetime import date
from typing import Literal

from pydantic import Field

from services.intake.broad_intake.rules.parts import (
    ChildEducation,
    Learnability,
    Literacy,
    SelfReliance,
    Wish,
    WorkOption,
)
from services.intake.policies.rules import Schooling
from shared.events.codes import LanguageLevel, LearningRoute, RouteReason
from shared.http.requests import Body
from shared.http.responses import StateResponse


class IntakePartsRequest(Body):
    """Wat nu wordt vastgelegd; wat ontbreekt blijft zoals het was. Gezondheid wordt niet vastgelegd."""

    recorded_on: date = Field(description="Dag van vastleggen")
    learnability_test: Learnability | None = Field(default=None, description="Uitslag leerbaarheidstoets")
    schooling: Schooling | None = Field(default=None, description="Hoogste opleiding in het land van herkomst")
    literacy: Literacy | None = Field(default=None, description="Schrift waarin iemand leest en schrijft")
    work_years: int | None = Field(default=None, ge=0, le=60, description="Jaren werkervaring")
    personal_circumstances_discussed: Literal[True] | None = Field(
        default=None, description="Persoonlijke omstandigheden zijn besproken"
    )
    child_education: ChildEducation | None = Field(default=None, description="Voor- en vroegschoolse educatie")
    language_level: LanguageLevel | None = Field(default=None, description="Taalniveau Nederlands (ERK)")
    work_option: WorkOption | None = Field(default=None, description="Mogelijkheid tot werk nu")
    wish: Wish | None = Field(default=None, description="Wens van de persoon")
    self_reliance: SelfReliance | None = Field(default=None, description="Mate van zelfredzaamheid")
    right_to_talk_alone_told: Literal[True] | None = Field(
        default=None, description="Op het recht alleen te spreken is gewezen"
    )


class IntakeResponse(StateResponse, IntakePartsRequest):
    recorded_on: date | None = Field(description="Dag van vastleggen")  # type: ignore[assignment]  # empty at first
    advised_route: LearningRoute | None = Field(description="Leerroute volgens de regels")
    decided_route: LearningRoute | None = Field(description="Leerroute waartoe is besloten")
    deviation_reason: str | None
    reasons: tuple[RouteReason, ...] = Field(description="Waarom deze leerroute")
