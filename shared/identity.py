"""Identifiers that more than one service uses: persons, households, municipalities, languages and roles.

A person is known by a random UUID and by nothing else outside the owning service. A municipality is its CBS
code in lower case (`gm0637` is Zoetermeer), so that it fits a CloudEvents attribute.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Final, NewType
from uuid import UUID

import uuid_utils.compat
from pydantic import Field

_RANDOM_VERSIONS: Final = frozenset({4, 7})
_FILLED_UP: Final = re.compile(r"(.)\1{7}")
MUNICIPALITY_PATTERN = r"^gm[0-9]{4}$"

Municipality = Annotated[
    str,
    Field(
        pattern=MUNICIPALITY_PATTERN,
        description="CBS code of the municipality, lower case",
        examples=["gm0637"],
    ),
]
RANDOM_ID: Final = "random id"
"""The mark, beside a type, of ids that a request brings into the house: `is_random` must hold for them."""
KNOWN_ID: Final = "known id"
"""The mark of ids that a request names: `is_no_number` must hold. They may be older than the rule of versions."""
RandomId = Annotated[UUID, RANDOM_ID]
KnownId = Annotated[UUID, KNOWN_ID]


@dataclass(frozen=True)
class AboutSomeone:
    """Marks the type of a field whose value says whom an answer is about: whoever reads it is in the access log."""


ABOUT_SOMEONE: Final = AboutSomeone()
PersonId = Annotated[
    UUID,
    Field(description="The person, by a random id that means nothing outside Meedoen"),
    KNOWN_ID,
    ABOUT_SOMEONE,
]
HouseholdId = Annotated[
    UUID,
    Field(description="The household, by a random id that means nothing outside Meedoen"),
    KNOWN_ID,
    ABOUT_SOMEONE,
]
LanguageCode = Annotated[
    str,
    Field(pattern=r"^[a-z]{2,3}$", description="ISO 639 code of the language the person reads", examples=["ti"]),
]
EventId = NewType("EventId", UUID)


class Role(StrEnum):
    """The roles that may call a service.

    A treasurer takes what was released to the bank and does nothing else; a partner is a program of another
    organisation, and sees its own subscriptions alone.
    """

    AMBASSADOR_COORDINATOR = "ambassador_coordinator"
    CASE_MANAGER = "case_manager"
    BUDGET_MANAGER = "budget_manager"
    TREASURER = "treasurer"
    REGIONAL_COORDINATOR = "regional_coordinator"
    PARTNER = "partner"
    OPERATOR = "operator"
    AUDITOR = "auditor"


def new_id() -> UUID:
    """Return a time-ordered random id (UUID version 7, RFC 9562)."""
    return uuid_utils.compat.uuid7()


def is_random(candidate: UUID) -> bool:
    """Return whether an id is a UUID of version 4 or 7 that is no number in disguise."""
    return candidate.version in _RANDOM_VERSIONS and is_no_number(candidate)


def is_no_number(candidate: UUID) -> bool:
    """Return whether an id is no number in disguise, whatever its version.

    A number betrays itself by what fills it up to the length of an id: eight times the same digit, which is chance in
    one of ten million ids, or no letter at all, which is so in one of a million.
    """
    return not candidate.hex.isdecimal() and not _FILLED_UP.search(candidate.hex)


def find_id_rule(metadata: Iterable[object]) -> Callable[[UUID], bool] | None:
    """Return the rule for ids of persons and households that a mark beside their type asks for; None without one."""
    marks = set(map(str, metadata))
    return is_random if RANDOM_ID in marks else is_no_number if KNOWN_ID in marks else None


def validate_municipality(value: str) -> str:
    """Return the code; ValueError with a sentence if it is not a CBS code in lower case."""
    if not re.fullmatch(MUNICIPALITY_PATTERN, value):
        raise ValueError(f"'{value}' is not a municipality: give its CBS code in lower case, such as gm0637.")
    return value
