"""How each municipality does relief: TOML beside this file, checked when it is read. The law stands apart, in law/.

A file is named after the municipality's CBS code and holds [[policy]] tables, oldest first, and may hold `names` by
which people call the municipality; `same_as` another code instead of tables. `default` serves those without a file.
A folder of one's own may add files to those here, or take the place of some: a new municipality is a file.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from services.ontzorgen.policies.rules.relief import Name, ReliefPolicy
from shared.identity import validate_municipality
from shared.policies import DEFAULT, PolicyBook


class _File(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    names: tuple[Name, ...] = ()
    same_as: str | None = None
    policy: tuple[dict[str, object], ...] = ()


@dataclass(frozen=True)
class ReliefBook:
    """Every municipality's policies, and the names by which municipalities are called."""

    policies: PolicyBook[ReliefPolicy]
    codes: Mapping[str, str]

    def of(self, municipality: str, on: date) -> ReliefPolicy:
        """The policy in force on a day; NoPolicyError when none had begun."""
        return self.policies.of(municipality, on)

    def code_of(self, name: str) -> str | None:
        """The code of a municipality by a name that its file gives, in any case and with any joins; else None."""
        return self.codes.get(_called(name))


def read_policies(*folders: Path) -> ReliefBook:
    """Read and check every TOML file; a later folder's file takes the place of an earlier one's.

    ValueError with a sentence that names the file.
    """
    paths = {path.stem: path for folder in folders for path in sorted(folder.glob("*.toml"))}
    files = {code: _read(path) for code, path in paths.items()}
    if DEFAULT not in files:
        raise ValueError(f"There is no {DEFAULT}.toml: write the policy for municipalities without a file.")
    entries = {code: _entries(paths[code], files) for code in files}
    codes: dict[str, str] = {}
    for code, file in files.items():
        for name in file.names:
            if codes.setdefault(_called(name), code) != code:
                raise ValueError(f"{paths[code].name} has a name that another file has too: a name means one place.")
    return ReliefBook(PolicyBook(entries), codes)


def _called(name: str) -> str:
    """A name as it is compared: its letters and digits, so that den-haag is Den Haag."""
    return "".join(letter for letter in name.casefold() if letter.isalnum())


def _read(path: Path) -> _File:
    try:
        if path.stem != DEFAULT:
            validate_municipality(path.stem)
        return _File.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except (ValueError, TypeError) as problem:
        raise ValueError(f"The policy file {path.name} can not be used: {_reasons(problem)}") from problem


def _entries(path: Path, files: Mapping[str, _File]) -> tuple[ReliefPolicy, ...]:
    file, stem = files[path.stem], path.stem
    if file.same_as is not None:
        stem, other = file.same_as, files.get(file.same_as)
        if file.policy or other is None or other.same_as is not None:
            raise ValueError(
                f"The policy file {path.name} must name in same_as a code whose file has tables, and have none itself."
            )
        file = other
    try:
        entries = tuple(ReliefPolicy.model_validate(entry | {"written_in": stem}) for entry in file.policy)
    except (ValueError, TypeError) as problem:
        raise ValueError(f"The policy file {stem}.toml can not be used: {_reasons(problem)}") from problem
    days = [entry.valid_from for entry in entries]
    if not days or days != sorted(set(days)):
        raise ValueError(
            f"The policy file {stem}.toml must hold [[policy]] tables by valid_from, oldest first, each day once."
        )
    return entries


def _reasons(problem: Exception) -> str:
    """Why, by field where a field is to blame."""
    if not isinstance(problem, ValidationError):
        return str(problem)
    found = [(".".join(map(str, one["loc"])), one["msg"]) for one in problem.errors(include_url=False)]
    return "; ".join(f"{field}: {reason}" if field else reason for field, reason in found).replace("Value error, ", "")


@cache
def load_policies(folder: Path | None = None) -> ReliefBook:
    """Every municipality's policies, with those of a folder of one's own; read once."""
    return read_policies(Path(__file__).parents[1], *([folder] if folder else []))
