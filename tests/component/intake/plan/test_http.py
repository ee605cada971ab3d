"""Plans over HTTP on a real PostgreSQL: drafted and signed."""

from uuid import uuid4

import pytest
from http_refusals import list_faults
from intake_desk import PLAN, RELIEF, open_file, open_with_intake

from shared.events import PIPSigned
from shared.testing.running_service import RunningService


async def test_it_waits_for_the_intake(intake: RunningService) -> None:
    answer = await intake.post(f"{await open_file(intake)}/plans", json=PLAN)
    assert (answer.status_code, "intake is not complete" in answer.json()["detail"]) == (409, True)


async def test_relief_without_the_households_facts_names_each_of_them(intake: RunningService) -> None:
    file = await open_with_intake(intake)
    answer = await intake.post(f"{file}/plans", json={**PLAN, "relief": {"household_type": "single"}})
    assert list_faults(answer) == {(f"body.relief.{name}", "missing") for name in RELIEF if name != "household_type"}


@pytest.mark.parametrize("group", ["voluntary", "family_migrant", "other_migrant"])
async def test_relief_is_for_asylum_status_holders(intake: RunningService, group: str) -> None:
    file = await open_with_intake(intake, target_group=group)
    answer = await intake.post(f"{file}/plans", json={**PLAN, "relief": RELIEF})
    assert list_faults(answer) == {("body.relief", "not_entitled")}
    without = await intake.post(f"{file}/plans", json={**PLAN, "intensity_hours_per_week": None})
    assert without.status_code == 201


async def test_one_is_signed_and_no_other_after_it(intake: RunningService) -> None:
    file = await open_with_intake(intake)
    first, other = [(await intake.post(f"{file}/plans", json=PLAN)).json()["id"] for _ in range(2)]
    assert (await intake.post(f"{file}/plans/{first}/signatures", json={"signed_on": "2026-05-08"})).status_code == 201
    for path in (f"{file}/plans/{other}/signatures", f"{file}/plans/{first}/signatures"):
        assert (await intake.post(path, json={"signed_on": "2026-05-09"})).status_code == 409
    assert (await intake.post(f"{file}/plans", json=PLAN)).status_code == 409
    assert sum(isinstance(fact.data, PIPSigned) for fact in await intake.list_published()) == 1


async def test_a_plan_is_signed_under_its_own_person_only(intake: RunningService) -> None:
    mine, other = [await open_with_intake(intake) for _ in range(2)]
    plan = (await intake.post(f"{mine}/plans", json={**PLAN, "id": str(uuid4())})).json()
    answer = await intake.post(f"{other}/plans/{plan['id']}/signatures", json={"signed_on": "2026-05-08"})
    assert answer.status_code == 404
    assert (await intake.post(f"{other}/plans", json={**PLAN, "id": plan["id"]})).status_code == 409
