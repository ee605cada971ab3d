"""What the tests of recruitment send, and the people they enter over HTTP."""

from typing import Any
from uuid import uuid4

from shared.testing.running_service import RunningService

Json = dict[str, Any]
MEERZICHT = {"name": "Meerzicht", "needs_but_not_obligated": 322, "obligated": 312}


def build_ambassador(**changes: Any) -> Json:
    return {
        "id": str(uuid4()),
        "neighbourhood": "meerzicht",
        "appointed_on": "2026-01-05",
        "own_trajectory_completed": True,
        "dutch_level": "b1",
        "languages": ["ar"],
        **changes,
    }


def build_candidate(*ambassador_ids: str, **changes: Any) -> Json:
    return {
        "id": str(uuid4()),
        "target_group": "voluntary",
        "language": "ti",
        "channel": "market",
        "neighbourhood": "meerzicht",
        "ambassador_ids": list(ambassador_ids),
        "recruited_on": "2026-02-10",
        "consent_on": "2026-02-09",
        **changes,
    }


async def appoint_ambassadors(service: RunningService, count: int) -> list[str]:
    """Appoint so many ambassadors; return their ids."""
    answers = [await service.post("/ambassadors", json=build_ambassador()) for _ in range(count)]
    return [answer.json()["id"] for answer in answers]


async def recruit_candidate(service: RunningService, person_id: str | None = None) -> tuple[str, list[str]]:
    """Register a candidate with the pair who brought the candidate; return their ids."""
    pair = await appoint_ambassadors(service, 2)
    candidate = build_candidate(*pair, **({"id": person_id} if person_id else {}))
    return (await service.post("/candidates", json=candidate)).json()["id"], pair
