"""Notices over HTTP: of an obligation, or of registration in the BRP. Descriptions are Dutch."""

from typing import Self

from fastapi import APIRouter
from pydantic import model_validator

from services.intake.fields.callers import CaseManager
from services.intake.fields.newcomer import NewcomerResponse, NoticeRequest
from services.intake.file import handlers
from shared.http.requests import TransactionDep
from shared.identity import PersonId

router = APIRouter(tags=["dossiers"])


class ObligationNoticeRequest(NoticeRequest):
    @model_validator(mode="after")
    def _require_a_day(self) -> Self:
        if self.registered_on is None and self.obligation_notified_on is None:
            raise ValueError("There is no day in it: give registered_on, obligation_notified_on, or both.")
        return self


@router.post(
    "/newcomers/{person_id}/obligation-notices",
    status_code=201,
    summary="Leg kennisgeving of inschrijving vast",
)
async def record_notice(
    person_id: PersonId, body: ObligationNoticeRequest, _: CaseManager, tx: TransactionDep
) -> NewcomerResponse:
    return NewcomerResponse.from_state(
        await handlers.record_notice(person_id, body.registered_on, body.obligation_notified_on, tx)
    )
