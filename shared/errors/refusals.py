"""How a rule says no: one sentence that says why and how to mend it, never repeating what was given.

    RefusedError
    +-- WrongInputError  what was sent can not be used; every fault at once (400 over HTTP)
    +-- ConflictError    it was usable, but not with what is already on record (409 over HTTP)

Pure: a `domain.py` raises these, the edge turns them into answers.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

State = TypeVar("State", bound="DataclassInstance")


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong with what was sent: the field, a code for programs, a sentence for people."""

    field: str
    code: str
    sentence: str


class RefusedError(Exception):
    """What was asked is not done."""


class WrongInputError(RefusedError):
    """What was sent can not be used."""

    def __init__(self, *faults: Fault) -> None:
        super().__init__(" ".join(fault.sentence for fault in faults))
        self.faults = faults


class ConflictError(RefusedError):
    """What was asked does not go with what is on record. `members` stand beside the sentence, for programs."""

    def __init__(self, sentence: str, **members: Any) -> None:
        super().__init__(sentence)
        self.members = members


def refuse_if_any(faults: Sequence[Fault]) -> None:
    """WrongInputError with all of them, when there are any."""
    if faults:
        raise WrongInputError(*faults)


def repeated(existing: State, asked: State) -> State:
    """The answer to a command sent twice: what is on record, when all that is asked is there.

    A field left at its default was not asked. Other content under the same id is refused.
    """
    asked_for = [field.name for field in fields(asked) if getattr(asked, field.name) != field.default]
    if any(getattr(existing, name) != getattr(asked, name) for name in asked_for):
        raise ConflictError("This id is in use for something with other content: send the same content, or a new id.")
    return existing
