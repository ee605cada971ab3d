"""The policy files: how each municipality does relief, as TOML that is checked when it is read.

A file is named after the municipality's CBS code and holds [[policy]] tables, oldest first. It may hold `names` by
which people call the municipality, and `same_as` another code instead of tables. `default` serves those without a
file. Another folder may add files to the shipped ones or replace some: a new municipality is a file.
"""

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from services.ontzorgen.policies.rules.relief import Name, ReliefPolicies, ReliefPolicy, normalise_name
from shared.identity import validate_municipality
from shared.policies import DEFAULT, PolicyBook


class _File(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    names: tuple[Name, ...] = ()
    same_as: str | None = None
    policy: tuple[dict[str, object], ...] = ()


def read_policies(*folders: Path) -> ReliefPolicies:
    """Read and check every TOML file; a later folder's file replaces an earlier one's. ValueError names the file."""
    paths = {path.stem: path for folder in folders for path in sorted(folder.glob("*.toml"))}
    files = {code: _read_file(path) for code, path in paths.items()}
    if DEFAULT not in files:
        raise ValueError(f"There is no {DEFAULT}.toml: write the policy for municipalities without a file.")
    entries = {code: _build_policies(paths[code], files) for code in files}
    codes: dict[str, str] = {}
    for code, file in files.items():
        for name in file.names:
            if codes.setdefault(normalise_name(name), code) != code:
                raise ValueError(
                    f"{paths[code].name} has a name that another file has too: give each name to one municipality."
                )
    return ReliefPolicies(PolicyBook(entries), codes)


def _read_file(path: Path) -> _File:
    try:
        if path.stem != DEFAULT:
            validate_municipality(path.stem)
        return _File.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except (ValueError, TypeError) as problem:
        raise ValueError(f"The policy file {path.name} cannot be used: {_format_reasons(problem)}") from problem


def _build_policies(path: Path, files: Mapping[str, _File]) -> tuple[ReliefPolicy, ...]:
    file, stem = files[path.stem], path.stem
    if file.same_as is not None:
        stem, other = file.same_as, files.get(file.same_as)
        if file.policy or other is None or other.same_as is not None:
            raise ValueError(
                f"The policy file {path.name} must name in same_as a code whose file has tables, and have none itself."
            )
        file = other
    try:
        entries = tuple(ReliefPolicy.model_validate(entry | {"source_file": stem}) for entry in file.policy)
    except (ValueError, TypeError) as problem:
        raise ValueError(f"The policy file {stem}.toml cannot be used: {_format_reasons(problem)}") from problem
    days = [entry.valid_from for entry in entries]
    if not days or days != sorted(set(days)):
        raise ValueError(
            f"The policy file {stem}.toml must hold [[policy]] tables by valid_from, oldest first, each day once."
        )
    return entries


def _format_reasons(problem: Exception) -> str:
    """Return what is wrong, by field where a field is to blame."""
    if not isinstance(problem, ValidationError):
        return str(problem)
    reasons = [(".".join(map(str, error["loc"])), error["msg"]) for error in problem.errors(include_url=False)]
    sentence = "; ".join(f"{field}: {reason}" if field else reason for field, reason in reasons)
    return sentence.replace("Value error, ", "")


@cache
def load_policies(folder: Path | None = None) -> ReliefPolicies:
    """Return every municipality's policies, with those of another folder if it is given; read once."""
    return read_policies(Path(__file__).parents[1], *([folder] if folder else []))
