"""What the routes of several capabilities share: who may call, and fields with their checks. Descriptions are Dutch."""

from datetime import date
from typing import Annotated, Final
from uuid import UUID

from fastapi import Depends, Path
from pydantic import AfterValidator, Field

from shared.http.requests import Body, Caller, Query, requires
from shared.iban import compact_iban, is_payable
from shared.identity import KnownId, Role, new_id

PAYMENT_FILES_ROLE: Final = Role.TREASURER  # a right of its own: whoever fills and approves a run need not have it
BudgetManager = Annotated[Caller, Depends(requires(Role.BUDGET_MANAGER))]
Treasurer = Annotated[Caller, Depends(requires(PAYMENT_FILES_ROLE))]
RunReader = Annotated[Caller, Depends(requires(Role.BUDGET_MANAGER, Role.CASE_MANAGER, PAYMENT_FILES_ROLE))]
FileLister = Annotated[Caller, Depends(requires(Role.BUDGET_MANAGER, PAYMENT_FILES_ROLE))]
Reader = Annotated[Caller, Depends(requires(Role.BUDGET_MANAGER, Role.CASE_MANAGER))]
Worker = Annotated[Caller, Depends(requires(Role.BUDGET_MANAGER, Role.CASE_MANAGER))]
FiguresReader = Annotated[Caller, Depends(requires(Role.BUDGET_MANAGER, Role.CASE_MANAGER, Role.OPERATOR))]
CENTS_MAX = 100_000_000


def _check_iban(text: str) -> str:
    """Return the IBAN without spaces; refuse one that a payment file would refuse. The error never repeats it."""
    iban = compact_iban(text)
    if not is_payable(iban):
        raise ValueError(
            "The check digits or the length of this IBAN are wrong, or its country is outside SEPA: compare it "
            "with the creditor's own letter."
        )
    return iban


Iban = Annotated[str, Field(min_length=15, max_length=42, description="IBAN"), AfterValidator(_check_iban)]
CreditorCode = Annotated[str, Field(pattern=r"^[a-z0-9-]{1,40}$", description="Code van de schuldeiser")]
PolicyCode = Annotated[str, Field(pattern=r"^[a-z0-9_-]{1,40}$")]
Reference = Annotated[str, Field(pattern=r"^[A-Za-z0-9 /?:().,'+-]{1,35}$", description="Kenmerk van de schuldeiser")]
Month = Annotated[
    str, Field(pattern=r"^(19|20|21)[0-9]{2}-(0[1-9]|1[0-2])$", description="Maand, als 2026-07", examples=["2026-07"])
]
Cents = Annotated[int, Field(ge=0, le=CENTS_MAX, description="Bedrag in eurocenten")]
SignedCents = Annotated[int, Field(description="Bedrag in eurocenten, met teken")]
SumCents = Annotated[int, Field(description="Bedrag in eurocenten")]
OfPerson = Annotated[
    KnownId | None, Field(description="Wie van het huishouden het betreft; leeg: de persoon van het huishouden zelf")
]
KnownOn = Annotated[date, Field(description="Dag waarop de gemeente het wist; verwerkte maanden worden gecorrigeerd")]

# The ids in paths.
AccountId = Annotated[UUID, Path(description="De rekening")]
ActionId = Annotated[UUID, Path(description="Wat er met een antwoord wordt gedaan")]
AgreementId = Annotated[UUID, Path(description="De kortingsafspraak")]
ApplicationId = Annotated[UUID, Path(description="De aanvraag")]
ChargeId = Annotated[UUID, Path(description="De vaste last")]
CoachId = Annotated[UUID, Path(description="De coach")]
EnrolmentId = Annotated[UUID, Path(description="De aanmelding")]
FileId = Annotated[str, Path(description="Het betaalbestand")]
GroupId = Annotated[UUID, Path(description="De groep van een cursus")]
LoanId = Annotated[UUID, Path(description="De lening")]
MandateId = Annotated[UUID, Path(description="De machtiging")]
MeetingId = Annotated[UUID, Path(description="De klankbordgroep")]
MotherId = Annotated[UUID, Path(description="De buurtmoeder")]
PaymentId = Annotated[UUID, Path(description="De betaling")]
ProposalId = Annotated[UUID, Path(description="Het voorstel")]
RegeldagId = Annotated[UUID, Path(description="De regeldag")]
RunId = Annotated[UUID, Path(description="De run")]
TaskId = Annotated[UUID, Path(description="De taak")]
VersionId = Annotated[UUID, Path(description="De versie waarvan de IBAN wordt bevestigd")]


class NewItemRequest(Body):
    """The base of requests that record something: whoever chooses its id may send it again."""

    id: UUID = Field(default_factory=new_id, description="Eigen id; dezelfde id nogmaals sturen verandert niets")


class PersonQuery(Query):
    """The query of lists that may be of one person of the household."""

    person_id: KnownId | None = Field(default=None, description="Alleen van deze persoon; leeg: van allen")


class ReplacingRequest(NewItemRequest):
    """The base of requests that may replace what was recorded before; both stay on record."""

    replaces: UUID | None = Field(
        default=None, description="Id van wat hierdoor wordt vervangen; leeg als het nieuw is"
    )
