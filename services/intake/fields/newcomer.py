"""A newcomer as several routes take and show one. Descriptions are Dutch."""

from datetime import date
from typing import Annotated

from pydantic import Field

from services.intake.file.rules import FileState
from shared.events.codes import TargetGroup
from shared.http.requests import Body
from shared.http.responses import StateResponse
from shared.identity import ABOUT_SOMEONE, LanguageCode, RandomId, new_id


class NoticeRequest(Body):
    registered_on: date | None = Field(default=None, description="Dag van inschrijving in de BRP van deze gemeente")
    obligation_notified_on: date | None = Field(default=None, description="Dag van de kennisgeving door DUO")


class NewcomerRequest(NoticeRequest):
    id: Annotated[RandomId, ABOUT_SOMEONE] = Field(
        default_factory=new_id, description="The person, by a random id that means nothing outside Meedoen"
    )
    target_group: TargetGroup = Field(description="Doelgroep")
    language: LanguageCode
    opened_on: date = Field(description="Dag waarop het dossier is geopend")


class NewcomerResponse(StateResponse, NewcomerRequest):
    state: FileState = Field(description="Hoe ver het dossier is")
    pip_due_on: date | None = Field(description="Laatste dag waarop het PIP op tijd is; leeg zolang er geen termijn is")
    pip_missed_on: date | None = Field(description="Dag waarop is gemeld dat het PIP te laat is")
    talk_planned_on: date | None = Field(description="Dag van het gesprek")
    intake_completed_on: date | None = Field(description="Dag waarop de intake is afgerond")
    plan_signed_on: date | None = Field(description="Dag waarop het PIP is getekend")
    closed_on: date | None = Field(description="Dag waarop het dossier is gesloten")
