"""The refusals of rules: one sentence that says why and how to fix it, never repeating the input.

    RefusedError
    +-- WrongInputError  the input cannot be used; every fault at once (400 over HTTP)
    +-- ConflictError    the input is right, but conflicts with what is recorded (409 over HTTP)

Pure: rules raise these, and the HTTP layer turns them into responses.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

State = TypeVar("State", bound="DataclassInstance")


@dataclass(frozen=True)
class Fault:
    """One fault of the input: the field, a code for programs, a sentence for people."""

    field: str
    code: str
    sentence: str


class RefusedError(Exception):
    """The command is refused."""


class WrongInputError(RefusedError):
    """The input cannot be used."""

    def __init__(self, *faults: Fault) -> None:
        super().__init__(" ".join(fault.sentence for fault in faults))
        self.faults = faults


class ConflictError(RefusedError):
    """The command conflicts with what is recorded.

    `code` says which refusal it is, for programs, and never changes (docs/refusals.md); `members` are added to the
    problem.
    """

    def __init__(self, code: str, sentence: str, **members: Any) -> None:
        super().__init__(sentence)
        self.code = code
        self.members = members


def refuse_if_any(faults: Sequence[Fault]) -> None:
    """Raise WrongInputError with all faults, if there are any."""
    if faults:
        raise WrongInputError(*faults)


def require_same_content(existing: State, command: State) -> State:
    """Return the recorded state as the response to a command sent twice; ConflictError if the content differs.

    A field at its default is not compared.
    """
    names = [field.name for field in fields(command) if getattr(command, field.name) != field.default]
    if any(getattr(existing, name) != getattr(command, name) for name in names):
        raise ConflictError(
            "id_in_use", "This id is in use for something with other content: send the same content, or a new id."
        )
    return existing
