"""A household's own view of a month over HTTP. Descriptions are Dutch."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Path
from fastapi import Query as FromQuery
from pydantic import Field

from services.ontzorgen.fields import OfPerson, SumCents, Worker
from services.ontzorgen.independence.api.courses import NextLessonResponse
from services.ontzorgen.independence.handlers import my_month
from services.ontzorgen.policies.rules.guidance import PersonRole
from shared.events.codes import ChargeKind, SelfRelianceClass
from shared.http.requests import Query, TransactionDep
from shared.http.responses import StateResponse
from shared.identity import HouseholdId, PersonId

router = APIRouter(tags=["omgeving"])
Month = Annotated[str, Path(pattern=r"^(19|20|21)[0-9]{2}-(0[1-9]|1[0-2])$", description="Maand, als 2026-07")]


class AmountResponse(StateResponse):
    code: str = Field(description="Code om te vertalen", examples=["assistance"])
    cents: SumCents


class PaidChargeResponse(StateResponse):
    kind: ChargeKind = Field(description="Soort vaste last")
    for_month: str = Field(description="Maand waarvoor de schuldeiser het vraagt, als 2026-07")
    due_cents: SumCents
    paid_cents: SumCents


class UpcomingMonthResponse(StateResponse):
    month: str = Field(description="De volgende maand")
    pay_on: date = Field(description="Eerste dag waarop de bank dan geld betaalt")
    withheld: list[AmountResponse] = Field(description="Wat naar verwachting wordt ingehouden")
    pays_alone: list[ChargeKind] = Field(description="Wat het huishouden zelf betaalt")
    relief_ends_on: date | None = Field(description="Laatste dag van het ontzorgen, als die in deze maand valt")


class OwnDebtResponse(StateResponse):
    creditor: str = Field(description="Code van de schuldeiser")
    monthly_cents: SumCents
    total_cents: SumCents


class OwnCourseResponse(StateResponse):
    course: str = Field(description="Code van de cursus")
    lessons: int = Field(description="Aantal lessen")
    lessons_attended: int = Field(description="Gevolgde lessen")
    lessons_missed: int = Field(description="Gemiste lessen die nog moeten worden ingehaald")
    next_lesson: NextLessonResponse | None = Field(description="De les die nu volgt")


class OwnMonthResponse(StateResponse):
    person_id: PersonId
    role: PersonRole
    self_reliance: SelfRelianceClass | None = Field(description="Eigen klasse aan het eind van de maand")
    received_cents: SumCents = Field(description="Wat deze persoon zelf kreeg, in eurocenten")
    debts: list[OwnDebtResponse] = Field(description="Eigen schulden; die worden nooit ingehouden")
    courses: list[OwnCourseResponse] = Field(description="Eigen cursussen die nog lopen")
    coaching_until: date | None = Field(description="Laatste dag van de eigen coaching, als die loopt")


class MyMonthResponse(StateResponse):
    month: str = Field(description="De maand, als 2026-07")
    came_in: list[AmountResponse] = Field(description="Wat er binnenkwam")
    came_in_cents: SumCents
    paid: list[PaidChargeResponse] = Field(description="Wat er is betaald")
    paid_cents: SumCents
    left_cents: SumCents = Field(description="Wat er over is, in eurocenten")
    short_cents: SumCents = Field(description="Wat er te weinig was, in eurocenten")
    next: UpcomingMonthResponse | None = Field(description="Wat er daarna komt")
    own: OwnMonthResponse = Field(description="Wat van één persoon van het huishouden is")


class MyMonthQuery(Query):
    person_id: OfPerson = None


@router.get("/households/{household_id}/months/{month}", summary="Lees mijn maand")
async def read_my_month(
    household_id: HouseholdId,
    month: Month,
    query: Annotated[MyMonthQuery, FromQuery()],
    _: Worker,
    tx: TransactionDep,
) -> MyMonthResponse:
    view = await my_month.read_my_month(household_id, month, query.person_id, tx)
    return MyMonthResponse.from_state(view)
