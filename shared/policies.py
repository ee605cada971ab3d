"""Policies: the choices of each municipality, as dated TOML that is validated when it is read.

A folder holds `default.toml` and one file per municipality, named after its CBS code. Each file is a list of
`[[policy]]` tables with a `valid_from`; the newest one that has begun is in force. What the law fixes is not a policy.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Generic, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from shared.errors.refusals import ConflictError
from shared.identity import validate_municipality

DEFAULT = "default"


class DatedPolicy(BaseModel):
    """The base of policies; each service adds its own bounded fields."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    valid_from: date = Field(description="First day on which this is how it is done")


P = TypeVar("P", bound=DatedPolicy)


class NoPolicyError(ConflictError):
    """No policy had begun on that day; the sentence names the first day that has one."""


@dataclass(frozen=True)
class PolicyBook(Generic[P]):
    """Every policy of a service, oldest first, by municipality; `default` is for those without a file."""

    entries: Mapping[str, tuple[P, ...]]

    def list_all(self, municipality: str) -> tuple[P, ...]:
        """Return every policy of a municipality, oldest first."""
        return self.entries.get(municipality, self.entries[DEFAULT])

    def in_force(self, municipality: str, on: date) -> P:
        """Return the policy in force on a day; NoPolicyError if none had begun."""
        entries = self.list_all(municipality)
        begun = [entry for entry in entries if entry.valid_from <= on]
        if not begun:
            raise NoPolicyError(f"No policy had begun on {on}: give a date from {entries[0].valid_from} on.")
        return begun[-1]


def load_policies(folder: Path, model: type[P]) -> PolicyBook[P]:
    """Read and validate every TOML file of a folder; ValueError with a sentence that names the file."""
    book = PolicyBook({path.stem: _read(path, model) for path in sorted(folder.glob("*.toml"))})
    if DEFAULT not in book.entries:
        raise ValueError(f"{folder.name} has no {DEFAULT}.toml: write the policy for municipalities without a file.")
    return book


def _read(path: Path, model: type[P]) -> tuple[P, ...]:
    try:
        if path.stem != DEFAULT:
            validate_municipality(path.stem)
        document = tomllib.loads(path.read_text(encoding="utf-8"))
        entries = tuple(model.model_validate(entry) for entry in document.pop("policy", ()))
    except (ValueError, TypeError) as problem:
        raise ValueError(f"The policy file {path.name} cannot be used: {problem}") from problem
    days = [entry.valid_from for entry in entries]
    if document or not days or days != sorted(set(days)):
        raise ValueError(
            f"The policy file {path.name} must hold [[policy]] tables and nothing else: "
            "by valid_from, oldest first, each day once."
        )
    return entries
