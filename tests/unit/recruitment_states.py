"""Ambassadors and candidates of recruitment, for tests of its rules."""

from dataclasses import replace
from datetime import date
from uuid import UUID, uuid4

from services.recruitment.ambassadors.rules import Ambassador
from services.recruitment.candidates.rules import Candidate
from shared.events.codes import LanguageLevel, OutreachChannel, TargetGroup

JUNE = date(2026, 6, 1)
JULY = date(2026, 7, 1)


def build_ambassador(**changes: object) -> Ambassador:
    ambassador = Ambassador(
        uuid4(), "meerzicht", JUNE, LanguageLevel.B1, own_trajectory_completed=True, languages=("ar",)
    )
    return replace(ambassador, **changes)


def build_candidate(*ambassador_ids: UUID, **changes: object) -> Candidate:
    channel, group = OutreachChannel.MARKET, TargetGroup.VOLUNTARY
    candidate = Candidate(uuid4(), group, "ti", channel, "meerzicht", ambassador_ids, JULY, JUNE)
    return replace(candidate, **changes)
