"""Who may call the routes of notifications."""

from typing import Annotated

from fastapi import Depends

from shared.http.requests import Caller, requires
from shared.identity import Role

CaseManager = Annotated[Caller, Depends(requires(Role.CASE_MANAGER))]
Coordinator = Annotated[Caller, Depends(requires(Role.REGIONAL_COORDINATOR))]
PartnerProgram = Annotated[Caller, Depends(requires(Role.PARTNER))]
Subscriber = Annotated[Caller, Depends(requires(Role.PARTNER, Role.REGIONAL_COORDINATOR))]
Reader = Annotated[Caller, Depends(requires(Role.CASE_MANAGER, Role.OPERATOR))]
