"""Targets: the group aims for signed plans, each ambassador for a share; a plan counts for who brought the person."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from shared.events import AmbassadorCredited


@dataclass(frozen=True)
class PersonalTarget:
    """How many signed plans an ambassador aims for, and how many there are."""

    ambassador_id: UUID
    personal_target: int
    credited: int


@dataclass(frozen=True)
class Targets:
    """The group's target and each ambassador's share of it."""

    group_target: int
    signed_plans: int
    evaluation_interval_weeks: int
    ambassadors: list[PersonalTarget]


def share_group_target(group_target: int, ambassador_ids: Sequence[UUID]) -> dict[UUID, int]:
    """Share the group's target as evenly as whole plans allow; who was appointed first takes what is left over."""
    if not ambassador_ids:
        return {}
    share, left_over = divmod(group_target, len(ambassador_ids))
    return {ambassador_id: share + (place < left_over) for place, ambassador_id in enumerate(ambassador_ids)}


def credit_ambassadors(
    person_id: UUID, ambassador_ids: Sequence[UUID], signed_on: date
) -> tuple[AmbassadorCredited, ...]:
    """Count a person's signed plan for each ambassador who brought the person."""
    return tuple(
        AmbassadorCredited(ambassador_id=ambassador_id, person_id=person_id, credited_on=signed_on)
        for ambassador_id in ambassador_ids
    )
