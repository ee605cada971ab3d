"""Identifiers that more than one service uses: persons, households, municipalities, languages and roles.

A person is known by a random UUID and by nothing else outside the owning service. A municipality is its CBS
code in lower case (`gm0637` is Zoetermeer), so that it fits a CloudEvents attribute.
"""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Final, NewType
from uuid import UUID

import uuid_utils.compat
from pydantic import Field

MUNICIPALITY_PATTERN = r"^gm[0-9]{4}$"

Municipality = Annotated[
    str,
    Field(
        pattern=MUNICIPALITY_PATTERN,
        description="CBS code of the municipality, lower case",
        examples=["gm0637"],
    ),
]


@dataclass(frozen=True)
class AboutSomeone:
    """Marks the type of a field whose value says whom an answer is about: whoever reads it is in the access log."""


ABOUT_SOMEONE: Final = AboutSomeone()
PersonId = Annotated[
    UUID, Field(description="The person, by a random id that means nothing outside Meedoen"), ABOUT_SOMEONE
]
HouseholdId = Annotated[
    UUID, Field(description="The household, by a random id that means nothing outside Meedoen"), ABOUT_SOMEONE
]
LanguageCode = Annotated[
    str,
    Field(pattern=r"^[a-z]{2,3}$", description="ISO 639 code of the language the person reads", examples=["ti"]),
]
EventId = NewType("EventId", UUID)


class Role(StrEnum):
    """The roles of domain.md section 5 that may call a service."""

    AMBASSADOR_COORDINATOR = "ambassador_coordinator"
    CASE_MANAGER = "case_manager"
    BUDGET_MANAGER = "budget_manager"
    OPERATOR = "operator"
    AUDITOR = "auditor"


def new_id() -> UUID:
    """Return a time-ordered random id (UUID version 7, RFC 9562)."""
    return uuid_utils.compat.uuid7()


def validate_municipality(value: str) -> str:
    """Return the code; ValueError with a sentence if it is not a CBS code in lower case."""
    if not re.fullmatch(MUNICIPALITY_PATTERN, value):
        raise ValueError(f"'{value}' is not a municipality: give its CBS code in lower case, such as gm0637.")
    return value
