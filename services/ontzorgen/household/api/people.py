"""The people of a household over HTTP. Descriptions are Dutch."""

from datetime import date

from fastapi import APIRouter
from pydantic import Field

from services.ontzorgen.fields import Reader, ReplacingRequest
from services.ontzorgen.household.handlers import people
from services.ontzorgen.household.handlers.recording import to_recorder
from services.ontzorgen.household.rules.people import HouseholdPerson
from services.ontzorgen.policies.rules.guidance import PersonRole
from shared.http.requests import TransactionDep
from shared.http.responses import StateResponse
from shared.identity import HouseholdId, KnownId

router = APIRouter(tags=["dossier"])


class PersonRequest(ReplacingRequest):
    person_id: KnownId = Field(description="Willekeurig kenmerk van de persoon, nooit een naam of BSN")
    role: PersonRole = Field(description="Partner of volwassen kind")
    from_day: date = Field(description="Eerste dag in het huishouden")
    until_day: date | None = Field(default=None, description="Laatste dag in het huishouden")


class PersonResponse(StateResponse, PersonRequest):
    pass


class PersonList(StateResponse):
    items: list[PersonResponse]


@router.post("/households/{household_id}/people", status_code=201, summary="Leg een persoon vast")
async def record_person(
    household_id: HouseholdId, body: PersonRequest, caller: Reader, tx: TransactionDep
) -> PersonResponse:
    person = HouseholdPerson(**dict(body))
    return PersonResponse.from_state(await people.record_person(household_id, person, tx, to_recorder(caller)))


@router.get("/households/{household_id}/people", summary="Toon de personen van het huishouden")
async def list_people(household_id: HouseholdId, _: Reader, tx: TransactionDep) -> PersonList:
    household, others = await people.read_people(household_id, tx)
    own = PersonResponse(
        id=household.id, person_id=household.person_id, role=PersonRole.PERSON, from_day=household.first_day
    )
    return PersonList(items=[own, *(PersonResponse.from_state(person) for person in others)])
