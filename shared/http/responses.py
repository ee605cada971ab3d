"""What the responses of every service share: the base models of one state and of a page of states."""

from collections.abc import Iterable
from typing import Generic, Self, TypeVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from shared.http.requests import Query

Item = TypeVar("Item")
Cursor = TypeVar("Cursor")


class StateResponse(BaseModel):
    """The base of response models; `from_state` reads one from the fields and properties of a state."""

    model_config = ConfigDict(from_attributes=True, frozen=True)

    @classmethod
    def from_state(cls, state: object) -> Self:
        """Return the response that shows `state`."""
        return cls.model_validate(state)


class Page(StateResponse, Generic[Item, Cursor]):
    """The base of pages: `class CandidatePage(Page[CandidateResponse, UUID])`."""

    items: list[Item]
    next_cursor: Cursor | None = Field(description="Geef dit als cursor voor het vervolg")

    @classmethod
    def from_states(cls, states: Iterable[object], next_cursor: Cursor | None) -> Self:
        """Return the page that shows these states: `CandidatePage.from_states(*await repository.page(...))`."""
        return cls.model_validate({"items": list(states), "next_cursor": next_cursor})


class PageQuery(Query):
    """The query of a list of things with an id: `Annotated[PageQuery, fastapi.Query()]`."""

    limit: int = Field(default=50, ge=1, le=200, description="Hoeveel er hooguit komen")
    cursor: UUID | None = Field(default=None, description="Waar het vorige antwoord ophield")
