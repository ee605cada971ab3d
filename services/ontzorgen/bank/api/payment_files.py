"""Files of payments over HTTP: made for a released run, listed, and given out as they left. Descriptions are Dutch."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Request, Response
from fastapi import Query as FromQuery
from pydantic import Field

from services.ontzorgen.bank.handlers import payment_files
from services.ontzorgen.fields import FileId, FileLister, RunId, Treasurer
from shared.http.disclosing import discloses_by
from shared.http.requests import Body, Query, TransactionDep
from shared.http.responses import StateResponse

router = APIRouter(tags=["bank"])


class ExportRequest(Body):
    exported_on: date = Field(description="Dag waarop de bestanden worden gemaakt")


class PaymentFileResponse(StateResponse):
    id: str = Field(description="Kenmerk van het bestand (MsgId)")
    run_id: UUID
    number: int = Field(description="Volgnummer binnen de run")
    payments: int = Field(description="Aantal betalingen")
    total_cents: int = Field(description="Bedrag in eurocenten")
    sha256: str = Field(description="Controlegetal van de inhoud")
    made_at: datetime | None


class PaymentFileList(StateResponse):
    items: list[PaymentFileResponse]


class FileQuery(Query):
    run_id: UUID | None = Field(default=None, description="Alleen bestanden van deze run")


@router.post("/runs/{run_id}/payment-files", status_code=201, summary="Maak de betaalbestanden")
async def export_payments(
    run_id: RunId, body: ExportRequest, request: Request, caller: Treasurer, tx: TransactionDep
) -> PaymentFileList:
    payments_max: int = request.app.state.payments_per_file_max
    files = await payment_files.export_payments(run_id, body.exported_on, payments_max, tx, subject=caller.subject)
    return PaymentFileList(items=[PaymentFileResponse.from_state(file) for file in files])


@router.get("/payment-files", summary="Toon de betaalbestanden")
async def list_files(query: Annotated[FileQuery, FromQuery()], _: FileLister, tx: TransactionDep) -> PaymentFileList:
    files = await payment_files.list_files(query.run_id, tx)
    return PaymentFileList(items=[PaymentFileResponse.from_state(file) for file in files])


@router.get(
    "/payment-files/{file_id}/content",
    summary="Haal een betaalbestand op, zoals het de deur uit ging",
    response_class=Response,
    responses={200: {"content": {"application/xml": {"schema": {"type": "string"}}}}},
)
@discloses_by("file_id")
async def read_content(file_id: FileId, _: Treasurer, tx: TransactionDep) -> Response:
    return Response(await payment_files.read_content(file_id, tx), media_type="application/xml")
