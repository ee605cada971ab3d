"""Who may call the routes of intake, and the reason that some of them ask for. Descriptions are Dutch."""

from typing import Annotated

from fastapi import Depends
from pydantic import AfterValidator, Field

from shared.http.requests import Caller, reject_personal_data, requires
from shared.identity import Role

CaseManager = Annotated[Caller, Depends(requires(Role.CASE_MANAGER))]
Reader = Annotated[Caller, Depends(requires(Role.CASE_MANAGER, Role.OPERATOR))]
Reason = Annotated[str, Field(min_length=10, max_length=500), AfterValidator(reject_personal_data)]
