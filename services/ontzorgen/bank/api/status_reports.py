"""Status reports of the bank over HTTP. Descriptions are Dutch."""

from fastapi import APIRouter, Request

from services.ontzorgen.bank.api.messages import XML_BODY, CountsResponse, receive_file
from services.ontzorgen.bank.handlers import status_reports
from services.ontzorgen.fields import BudgetManager
from shared.http.requests import DatabaseDep

PATH = "/status-reports"

router = APIRouter(tags=["bank"])


@router.post(PATH, status_code=201, summary="Verwerk een statusbericht (pain.002)", openapi_extra=XML_BODY)
async def take_status_report(request: Request, caller: BudgetManager, database: DatabaseDep) -> CountsResponse:
    async with receive_file(request, caller) as file, database.transaction(caller.municipality) as tx:
        return CountsResponse(counts=await status_reports.take_status_report(file, tx))
