"""What the answers of every service share: read from a state, and given page by page.

`UNKNOWN` and `CONFLICT` are for a route's `responses`, where it may answer so.
"""

from typing import Any, Final, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from shared.http.requests import Query

UNKNOWN: Final[dict[int | str, dict[str, Any]]] = {404: {"description": "Niet bekend in deze gemeente"}}
CONFLICT: Final[dict[int | str, dict[str, Any]]] = {409: {"description": "Past niet bij wat er is vastgelegd"}}


class Answer(BaseModel):
    """The base of answers; `of` reads one from a state's fields and properties."""

    model_config = ConfigDict(from_attributes=True, frozen=True)

    @classmethod
    def of(cls, state: object) -> Self:
        return cls.model_validate(state)


class PageQuery(Query):
    """What a list of things with an id is asked with: `Annotated[PageQuery, fastapi.Query()]`."""

    limit: int = Field(default=50, ge=1, le=200, description="Hoeveel er hooguit komen")
    cursor: UUID | None = Field(default=None, description="Waar het vorige antwoord ophield")
