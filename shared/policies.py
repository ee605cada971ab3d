"""Policies: the choices of each municipality, as dated TOML that is validated when it is read. One parser for all.

A file is named after the municipality's CBS code and holds `[[policy]]` tables with a `valid_from`; the newest one that
has begun is in force. It may hold `names` by which people call the municipality, and `same_as` another code instead of
tables. `default` is for those without a file. What the law fixes is not a policy.
"""

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Annotated, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from shared.errors.refusals import ConflictError
from shared.identity import validate_municipality
from shared.service_names import SERVICES

DEFAULT = "default"
_FLAT = "ontzorgen"  # the one service whose files may lie in the folder itself


class DatedPolicy(BaseModel):
    """The base of policies; each service adds its own bounded fields."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    source_file: str = Field(default=DEFAULT, description="The file it stands in; filled in when read")
    valid_from: date = Field(description="First day on which this is how it is done")


class DayPolicy(DatedPolicy):
    """The base of policies of a service that acts on days."""

    forward_days_max: int = Field(
        default=31,
        ge=1,
        le=366,
        description="Days from the last day seen to the next; a person confirms more",
    )


class _File(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    names: tuple[Annotated[str, Field(min_length=1, max_length=120)], ...] = ()
    same_as: str | None = None
    policy: tuple[dict[str, object], ...] = ()


P = TypeVar("P", bound=DatedPolicy)


class PolicyFileError(ValueError):
    """The policy files cannot be used; the sentence names the file or folder and says what to do."""


class NoPolicyError(ConflictError):
    """No policy had begun on that day; the sentence names the first day that has one."""


@dataclass(frozen=True)
class PolicyBook(Generic[P]):
    """Every policy of a service, oldest first, by municipality; `codes` and `names` have what each is called."""

    entries: Mapping[str, tuple[P, ...]]
    codes: Mapping[str, str] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)

    def list_all(self, municipality: str) -> tuple[P, ...]:
        """Return every policy of a municipality, oldest first."""
        return self.entries.get(municipality, self.entries[DEFAULT])

    def in_force(self, municipality: str, on: date) -> P:
        """Return the policy in force on a day; NoPolicyError if none had begun."""
        entries = self.list_all(municipality)
        begun = [entry for entry in entries if entry.valid_from <= on]
        if not begun:
            raise NoPolicyError(
                "no_policy", f"No policy had begun on {on}: give a date from {entries[0].valid_from} on."
            )
        return begun[-1]

    def find_code(self, name: str) -> str | None:
        """Return the code of a municipality by a name in its file, in any case and punctuation; None if none has it."""
        return self.codes.get(normalise_name(name))

    def find_name(self, municipality: str) -> str | None:
        """Return what people call a municipality, by the first name in its file; None if its file has none."""
        return self.names.get(municipality)

    def list_without_own(self, municipalities: Iterable[str]) -> tuple[str, ...]:
        """Return those of these municipalities that follow the default, as no file is theirs."""
        return tuple(code for code in municipalities if code not in self.entries)


class ServicePolicies(Generic[P]):
    """The policies of one service in this process: those that ship with the code, and those of the operator's folder.

    State of the process, set once when the application is built: handlers of events and of requests alike ask for a
    policy, and they are given a transaction and nothing of the application.
    """

    def __init__(self, service: str, shipped: Path, model: type[P]) -> None:
        self._service, self._shipped, self._model = service, shipped, model
        self._book: PolicyBook[P] | None = None

    @property
    def book(self) -> PolicyBook[P]:
        if self._book is None:
            self._book = read_policies(self._model, self._shipped)
        return self._book

    def use_folder(self, folder: Path | None) -> PolicyBook[P]:
        """Read and check every file, the service's own in the operator's folder too; PolicyFileError names it."""
        own = None if folder is None else find_service_folder(folder, self._service)
        self._book = read_policies(self._model, self._shipped, *([own] if own else []))
        return self._book


def find_forward_days_max(entries: Sequence[DayPolicy], last_seen: date) -> int:
    """Return how far a day may be after the last one seen, by the policy on that day or else by the first."""
    begun = [entry for entry in entries if entry.valid_from <= last_seen] or entries[:1]
    return begun[-1].forward_days_max


def find_service_folder(folder: Path, service: str) -> Path | None:
    """Return where a service's policy files lie in the operator's folder: the sub-folder with its name, None if absent.

    Files that lie in the folder itself are ontzorgen's, as before there were sub-folders. PolicyFileError if the folder
    is none, has sub-folders of no service, or mixes the two.
    """
    if not folder.is_dir():
        raise PolicyFileError(f"{folder} is not a directory: give a directory of policy files, or none.")
    loose = sorted(path.name for path in folder.glob("*.toml"))
    entries = sorted(path.name for path in folder.iterdir() if path.is_dir() and not path.name.startswith("."))
    of_services = [name for name in entries if name in SERVICES]
    if loose and of_services:
        raise PolicyFileError(
            f"{folder} has {loose[0]} beside folders of services: move it into the folder of the service it is for."
        )
    if loose:
        return folder if service == _FLAT else None
    if unknown := [name for name in entries if name not in SERVICES]:
        raise PolicyFileError(
            f"{folder} has a folder {unknown[0]}, which no service reads: name it {', '.join(SERVICES)}, or remove it."
        )
    return folder / service if service in of_services else None


def read_policies(model: type[P], *folders: Path) -> PolicyBook[P]:
    """Read and check every TOML file; a later folder's replaces an earlier one's. PolicyFileError names the file."""
    paths = {path.stem: path for folder in folders for path in sorted(folder.glob("*.toml"))}
    files = {code: _read_file(path) for code, path in paths.items()}
    if DEFAULT not in files:
        raise PolicyFileError(f"There is no {DEFAULT}.toml: write the policy for municipalities without a file.")
    entries = {code: _build_policies(model, code, paths, files) for code in files}
    codes: dict[str, str] = {}
    for code, file in files.items():
        for name in file.names:
            if codes.setdefault(normalise_name(name), code) != code:
                other = paths[codes[normalise_name(name)]]
                raise PolicyFileError(
                    f"{paths[code]} has the name {name}, as {other} has: give each name to one municipality."
                )
    return PolicyBook(entries, codes, {code: file.names[0] for code, file in files.items() if file.names})


def normalise_name(name: str) -> str:
    """Return a name as it is compared: its letters and digits, so that den-haag is Den Haag."""
    return "".join(letter for letter in name.casefold() if letter.isalnum())


def _read_file(path: Path) -> _File:
    try:
        if path.stem != DEFAULT:
            validate_municipality(path.stem)
        return _File.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except (ValueError, TypeError, OSError) as problem:
        raise PolicyFileError(f"The policy file {path} cannot be used: {_format_reasons(problem)}") from problem


def _build_policies(model: type[P], code: str, paths: Mapping[str, Path], files: Mapping[str, _File]) -> tuple[P, ...]:
    file, stem = files[code], code
    if file.same_as is not None:
        stem, other = file.same_as, files.get(file.same_as)
        if file.policy or other is None or other.same_as is not None:
            raise PolicyFileError(
                f"The policy file {paths[code]} must name in same_as a code whose file has tables, and have none."
            )
        file = other
    entries = tuple(
        _build_policy(
            model, entry | {"source_file": stem}, f"The policy file {paths[stem]} cannot be used: policy {number}"
        )
        for number, entry in enumerate(file.policy, start=1)
    )
    days = [entry.valid_from for entry in entries]
    if not days or days != sorted(set(days)):
        raise PolicyFileError(
            f"The policy file {paths[stem]} must hold [[policy]] tables by valid_from, oldest first, each day once."
        )
    return entries


def _build_policy(model: type[P], entry: dict[str, object], refused: str) -> P:
    """Return one table as a policy; `refused` begins the sentence that names its file and place."""
    try:
        return model.model_validate(entry)
    except (ValueError, TypeError) as problem:
        raise PolicyFileError(f"{refused}: {_format_reasons(problem)}") from problem


def _format_reasons(problem: Exception) -> str:
    """Return what is wrong, by field where a field is to blame."""
    if not isinstance(problem, ValidationError):
        return str(problem)
    reasons = [(".".join(map(str, error["loc"])), error["msg"]) for error in problem.errors(include_url=False)]
    sentence = "; ".join(f"{field}: {reason}" if field else reason for field, reason in reasons)
    return sentence.replace("Value error, ", "")
