"""Who may call the routes of notifications."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Path

from shared.http.requests import Caller, requires
from shared.identity import Role

CaseManager = Annotated[Caller, Depends(requires(Role.CASE_MANAGER))]
Coordinator = Annotated[Caller, Depends(requires(Role.REGIONAL_COORDINATOR))]
PartnerProgram = Annotated[Caller, Depends(requires(Role.PARTNER))]
Subscriber = Annotated[Caller, Depends(requires(Role.PARTNER, Role.REGIONAL_COORDINATOR))]
Reader = Annotated[Caller, Depends(requires(Role.CASE_MANAGER, Role.OPERATOR))]
PartnerId = Annotated[UUID, Path(description="De partner")]
LinkId = Annotated[UUID, Path(description="De band van iemand met een partner")]
SubscriptionId = Annotated[UUID, Path(description="Het abonnement")]
