"""What the routes of recruitment share: who may call, and fields with their checks. Descriptions are Dutch."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends
from pydantic import Field

from shared.http.requests import Body, Caller, requires
from shared.identity import ABOUT_SOMEONE, RandomId, Role, new_id

Coordinator = Annotated[Caller, Depends(requires(Role.AMBASSADOR_COORDINATOR))]
Reader = Annotated[Caller, Depends(requires(Role.AMBASSADOR_COORDINATOR, Role.OPERATOR))]
AmbassadorIds = Annotated[
    tuple[UUID, ...], Field(min_length=1, max_length=20, description="Ambassadeurs"), ABOUT_SOMEONE
]


class NewRequest(Body):
    """A body that creates something: the sender may choose its id, and then may send it again."""

    id: RandomId = Field(default_factory=new_id, description="Eigen id; dezelfde id nogmaals sturen verandert niets")
