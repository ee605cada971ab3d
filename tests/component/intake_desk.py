"""What the tests of intake send, the files they open over HTTP, and the facts that they deliver."""

from datetime import date
from typing import Any
from uuid import UUID, uuid4

from shared.events import CandidateRecruited, CandidateWithdrawn
from shared.events.codes import OutreachChannel, TargetGroup
from shared.testing.running_service import RunningService

Json = dict[str, Any]
DUE_ON = date(2026, 6, 10)
PARTS = {
    "recorded_on": "2026-04-01",
    "learnability_test": "expects_b1",
    "schooling": "secondary",
    "literacy": "other_script",
    "work_years": 4,
    "personal_circumstances_discussed": True,
    "child_education": "not_applicable",
    "language_level": "a1",
    "work_option": "unpaid_work",
    "wish": "work",
    "self_reliance": "limited",
    "right_to_talk_alone_told": True,
}
RELIEF = {
    "household_id": str(uuid4()),
    "household_type": "single_parent",
    "age_band": "21_plus",
    "has_children": True,
    "assistance_from": "2026-04-01",
}
PLAN = {"drafted_on": "2026-05-01", "route": "b1_route", "progress_talks": 4, "intensity_hours_per_week": 12}


def build_newcomer(**changes: Any) -> Json:
    return {
        "id": str(uuid4()),
        "target_group": "asylum_status_holder",
        "language": "ti",
        "opened_on": "2026-03-02",
        **changes,
    }


async def open_file(service: RunningService, **changes: Any) -> str:
    """Open a file; return its path."""
    answer = await service.post("/newcomers", json=build_newcomer(**changes))
    assert answer.status_code == 201, answer.text
    return f"/newcomers/{answer.json()['id']}"


async def open_due_file(service: RunningService) -> str:
    """Open the file of someone whose plan is due on 10 June 2026; return the person's id."""
    days = {"registered_on": "2026-04-01", "obligation_notified_on": "2026-03-09"}
    body = build_newcomer(target_group="family_migrant", language="ar", **days)
    answer = await service.post("/newcomers", json=body)
    assert answer.json()["pip_due_on"] == DUE_ON.isoformat()
    return str(answer.json()["id"])


async def open_with_intake(service: RunningService, **changes: Any) -> str:
    """Open a file and complete its intake; return its path."""
    file = await open_file(service, **changes)
    assert (await service.post(f"{file}/intake-parts", json=PARTS)).json()["missing_parts"] == []
    answer = await service.post(f"{file}/intake-completions", json={"completed_on": "2026-04-20"})
    assert answer.status_code == 201, answer.text
    return file


def build_recruited(person_id: UUID, group: TargetGroup = TargetGroup.VOLUNTARY) -> CandidateRecruited:
    return CandidateRecruited(
        person_id=person_id,
        channel=OutreachChannel.MARKET,
        neighbourhood="meerzicht",
        ambassador_ids=(),
        language="ti",
        target_group=group,
        recruited_on=date(2026, 3, 2),
        consent_on=date(2026, 3, 2),
    )


def build_withdrawn(person_id: UUID) -> CandidateWithdrawn:
    return CandidateWithdrawn(person_id=person_id, withdrawn_on=date(2026, 3, 20))
