"""Who gives guidance to a household, and providers compared by figures in which nobody can be recognised."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from services.ontzorgen.independence.rules.policy import IndependencePolicy
from shared.errors.refusals import ConflictError, Fault, WrongInputError
from shared.events.codes import SelfRelianceClass

SUPPRESSED_BELOW = 5  # fewer households than this could be recognised
_CLASSES = tuple(SelfRelianceClass)


@dataclass(frozen=True)
class Guidance:
    """Who guides a household from a day on."""

    household_id: UUID
    provider: str
    from_day: date


@dataclass(frozen=True)
class ProviderRecord:
    """One household's counts with a provider: its first and last class in that time, and its lessons."""

    provider: str
    first_class: SelfRelianceClass | None
    last_class: SelfRelianceClass | None
    lessons_given: int
    lessons_attended: int


@dataclass(frozen=True)
class ProviderFigures:
    """A provider's households together. None is for a number that is too small to show."""

    provider: str
    households: int | None
    measured_better: int | None
    measured_same: int | None
    measured_worse: int | None
    lessons_given: int | None
    lessons_attended: int | None


def guide(existing: Guidance | None, guidance: Guidance, policy: IndependencePolicy) -> bool:
    """Return whether it is new who guides from that day on; only providers of the policy, where it names any."""
    if policy.providers and guidance.provider not in policy.providers:
        codes = ", ".join(sorted(policy.providers))
        raise WrongInputError(
            Fault("provider", "unknown_provider", f"The policy has these providers: {codes}. Give one of them.")
        )
    if existing is not None and existing != guidance:
        raise ConflictError(
            "another_provider", "Another provider guides the household from this day on: give another day."
        )
    return existing is None


def compare_providers(records: Iterable[ProviderRecord]) -> tuple[ProviderFigures, ...]:
    """Return figures to compare providers by.

    Where one part is too small to show all parts are left out, or it could be derived.
    """
    by_provider: dict[str, list[ProviderRecord]] = {}
    for record in records:
        by_provider.setdefault(record.provider, []).append(record)
    return tuple(_sum_records(provider, by_provider[provider]) for provider in sorted(by_provider))


def _sum_records(provider: str, records: Sequence[ProviderRecord]) -> ProviderFigures:
    if len(records) < SUPPRESSED_BELOW:
        return ProviderFigures(provider, None, None, None, None, None, None)
    steps = [
        _CLASSES.index(record.last_class) - _CLASSES.index(record.first_class)
        for record in records
        if record.first_class is not None and record.last_class is not None
    ]
    parts = (sum(step > 0 for step in steps), steps.count(0), sum(step < 0 for step in steps))
    unmeasured = len(records) - len(steps)
    can_show = all(part == 0 or part >= SUPPRESSED_BELOW for part in (*parts, unmeasured))
    better, same, worse = parts if can_show else (None, None, None)
    lessons_given = sum(record.lessons_given for record in records)
    lessons_attended = sum(record.lessons_attended for record in records)
    return ProviderFigures(provider, len(records), better, same, worse, lessons_given, lessons_attended)
