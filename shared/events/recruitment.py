"""The events of recruitment: ambassadors appointed and credited, outreach held, candidates recruited and withdrawn."""

from datetime import date
from typing import Annotated
from uuid import UUID

from pydantic import Field

from shared.events.base import EventData, Topic, event
from shared.events.codes import OutreachChannel, TargetGroup
from shared.identity import LanguageCode, PersonId

SERVICE = "recruitment"
AMBASSADOR = Topic("meedoen.recruitment.ambassador", "ambassador_id")
OUTREACH = Topic("meedoen.recruitment.outreach", "outreach_id")
CANDIDATE = Topic("meedoen.recruitment.candidate", "person_id")

AmbassadorId = Annotated[UUID, Field(description="The ambassador, by a random id")]
NeighbourhoodCode = Annotated[
    str,
    Field(
        pattern=r"^[a-z0-9-]{1,40}$",
        description="The municipality's own code of the neighbourhood",
        examples=["wijk-3401"],
    ),
]
VOLUNTARY_BASIS = "consent of the person (AVG art. 6(1)(a)); no statutory basis for voluntary participants"


@event(
    service=SERVICE,
    topic=AMBASSADOR,
    meaning="A former participant was appointed to recruit in the neighbourhood.",
    legal_basis="agreement with the volunteer (AVG art. 6(1)(b))",
    retention_days=730,
)
class AmbassadorAppointed(EventData):
    ambassador_id: AmbassadorId
    neighbourhood: NeighbourhoodCode
    appointed_on: date = Field(description="First day of the appointment")


@event(
    service=SERVICE,
    topic=AMBASSADOR,
    meaning="A signed plan counted for the target of the ambassador who recruited the person.",
    legal_basis="agreement with the volunteer (AVG art. 6(1)(b))",
    retention_days=730,
)
class AmbassadorCredited(EventData):
    ambassador_id: AmbassadorId
    person_id: PersonId
    credited_on: date = Field(description="Day the plan was signed")


@event(
    service=SERVICE,
    topic=OUTREACH,
    meaning="Ambassadors went to a place and talked with people there.",
    legal_basis="public task (AVG art. 6(1)(e))",
    retention_days=730,
    classification="internal",
)
class OutreachHeld(EventData):
    outreach_id: UUID = Field(description="The outreach, by a random id")
    channel: OutreachChannel = Field(description="Kind of place")
    neighbourhood: NeighbourhoodCode
    ambassador_ids: tuple[UUID, ...] = Field(min_length=1, max_length=20, description="Who went, usually a pair")
    people_reached: int = Field(ge=0, le=100_000, description="Number of people talked with")
    held_on: date = Field(description="Day of the outreach")


@event(
    service=SERVICE,
    topic=CANDIDATE,
    meaning="Someone was registered as a candidate, with consent.",
    legal_basis=VOLUNTARY_BASIS,
    retention_days=365,
)
class CandidateRecruited(EventData):
    person_id: PersonId
    channel: OutreachChannel = Field(description="Kind of place where the first talk was")
    neighbourhood: NeighbourhoodCode
    ambassador_ids: tuple[UUID, ...] = Field(max_length=20, description="Ambassadors who brought the candidate")
    language: LanguageCode
    target_group: TargetGroup = Field(description="On what footing the person takes part")
    recruited_on: date = Field(description="Day of registration")
    consent_on: date = Field(description="Day the person consented to being registered")


@event(
    service=SERVICE,
    topic=CANDIDATE,
    meaning="A candidate withdrew, or withdrew the consent; the registration is closed.",
    legal_basis=VOLUNTARY_BASIS,
    retention_days=365,
)
class CandidateWithdrawn(EventData):
    person_id: PersonId
    withdrawn_on: date = Field(description="Day of withdrawal")
