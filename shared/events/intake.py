"""The events of intake: intakes scheduled and completed, plans signed, legal deadlines missed."""

from datetime import date

from pydantic import Field

from shared.events.base import EventData, Topic, event
from shared.events.codes import AgeBand, DeadlineKind, HouseholdType, LearningRoute, RouteReason, TargetGroup
from shared.identity import HouseholdId, LanguageCode, PersonId

SERVICE = "intake"
TRAJECTORY = Topic("meedoen.intake.trajectory", "person_id")
RETENTION_DAYS = 5 * 365
WI = "Wet inburgering 2021"


@event(
    service=SERVICE,
    topic=TRAJECTORY,
    meaning="A newcomer's file was opened at the intake desk.",
    legal_basis=f"{WI} art. 14, or consent for voluntary participants",
    retention_days=RETENTION_DAYS,
)
class FileOpened(EventData):
    person_id: PersonId
    target_group: TargetGroup = Field(description="On what footing the person takes part")
    language: LanguageCode
    opened_on: date = Field(description="Day the file was opened")


@event(
    service=SERVICE,
    topic=TRAJECTORY,
    meaning="The person was invited for the broad intake.",
    legal_basis=f"{WI} art. 14",
    retention_days=RETENTION_DAYS,
)
class IntakeScheduled(EventData):
    person_id: PersonId
    planned_on: date = Field(description="Day of the talk")


@event(
    service=SERVICE,
    topic=TRAJECTORY,
    meaning="All statutory parts of the broad intake are recorded and a learning route is advised.",
    legal_basis=f"{WI} art. 14 and Besluit inburgering 2021 art. 5.2",
    retention_days=RETENTION_DAYS,
)
class IntakeCompleted(EventData):
    person_id: PersonId
    completed_on: date = Field(description="Day the last part was recorded")
    advised_route: LearningRoute = Field(description="Advised learning route")
    reasons: tuple[RouteReason, ...] = Field(min_length=1, max_length=6, description="Why this route, as codes")


@event(
    service=SERVICE,
    topic=TRAJECTORY,
    meaning="The personal plan (PIP) was set and signed.",
    legal_basis=f"{WI} art. 15; Participatiewet art. 56a where relief is agreed",
    retention_days=RETENTION_DAYS,
)
class PIPSigned(EventData):
    person_id: PersonId
    signed_on: date = Field(description="Date of the plan")
    route: LearningRoute = Field(description="Learning route in the plan")
    relief_agreed: bool = Field(description="Whether the municipality pays the fixed charges for six months")
    household_id: HouseholdId | None = Field(default=None, description="The household, where relief is agreed")
    household_type: HouseholdType | None = Field(default=None, description="Household type, where relief is agreed")
    age_band: AgeBand | None = Field(default=None, description="Ages of the adults, where relief is agreed")
    has_children: bool | None = Field(default=None, description="Whether children live in, where relief is agreed")
    assistance_from: date | None = Field(
        default=None, description="Day the right to assistance arises, where relief is agreed"
    )


@event(
    service=SERVICE,
    topic=TRAJECTORY,
    meaning="A legal or agreed deadline passed without the thing being done.",
    legal_basis="Besluit inburgering 2021 art. 5.3(1)",
    retention_days=RETENTION_DAYS,
)
class DeadlineMissed(EventData):
    person_id: PersonId
    deadline: DeadlineKind = Field(description="Which clock")
    due_on: date = Field(description="Last day on which it was in time")
