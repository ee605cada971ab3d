"""The broad intake over HTTP on a real PostgreSQL: its parts and its completion."""

import asyncio
from typing import Any

from http_refusals import list_faults
from intake_desk import PARTS, open_due_file, open_file

from shared.events import IntakeCompleted
from shared.testing.running_service import RunningService


async def test_it_is_completed_only_with_every_statutory_part(intake: RunningService) -> None:
    file = await open_file(intake)
    some = {name: value for name, value in PARTS.items() if name not in ("literacy", "self_reliance")}
    recorded = await intake.post(f"{file}/intake-parts", json=some)
    assert recorded.json()["missing_parts"] == ["education_and_work_history", "self_reliance"]

    answer = await intake.post(f"{file}/intake-completions", json={"completed_on": "2026-04-20"})

    assert (answer.status_code, answer.json()["missing"]) == (409, ["education_and_work_history", "self_reliance"])
    assert "education_and_work_history, self_reliance" in answer.json()["detail"]
    rest = {"recorded_on": "2026-04-02", "literacy": "latin", "self_reliance": "limited"}
    assert (await intake.post(f"{file}/intake-parts", json=rest)).json()["missing_parts"] == []
    assert (await intake.post(f"{file}/intake-completions", json={"completed_on": "2026-04-20"})).status_code == 201


async def test_a_volunteer_is_asked_less_and_takes_no_test(intake: RunningService) -> None:
    file = await open_file(intake, target_group="voluntary")
    some = {"learnability_test", "personal_circumstances_discussed", "child_education"}
    await intake.post(f"{file}/intake-parts", json={k: v for k, v in PARTS.items() if k not in some})
    answer = await intake.post(f"{file}/intake-completions", json={"completed_on": "2026-04-20"})
    assert (answer.status_code, answer.json()["reasons"]) == (201, ["schooling_in_country_of_origin"])


async def test_health_has_no_place_to_be_written(intake: RunningService) -> None:
    file = await open_file(intake)
    answer = await intake.post(f"{file}/intake-parts", json={**PARTS, "health": "a cold"})
    assert list_faults(answer) == {("body.health", "extra_forbidden")}
    assert "a cold" not in answer.text


async def test_a_deviation_needs_a_reason_without_personal_data(intake: RunningService) -> None:
    file = await open_file(intake)
    await intake.post(f"{file}/intake-parts", json=PARTS)

    async def complete(reason: str) -> Any:
        deviation = {"route": "z_route", "reason": reason}
        return await intake.post(
            f"{file}/intake-completions", json={"completed_on": "2026-04-20", "deviation": deviation}
        )

    assert list_faults(await complete("no")) == {("body.deviation.reason", "string_too_short")}
    assert list_faults(await complete("Write to abel@example.org about it.")) == {
        ("body.deviation.reason", "value_error")
    }
    answer = await complete("Care for a young child leaves few hours.")
    assert (answer.json()["advised_route"], answer.json()["decided_route"]) == ("b1_route", "z_route")
    (completed,) = [fact.data for fact in await intake.list_published() if isinstance(fact.data, IntakeCompleted)]
    assert [str(reason) for reason in completed.reasons] == ["case_manager_deviates"]


async def test_talks_planned_at_once_are_published_as_often_as_the_day_changed(intake: RunningService) -> None:
    person = await open_due_file(intake)
    path = f"/newcomers/{person}/intakes"
    await asyncio.gather(*(intake.post(path, json={"planned_on": "2026-03-20"}) for _ in range(6)))
    assert len(await intake.list_published()) == 2


async def test_parts_are_recorded_where_no_row_of_the_intake_is_there_yet(intake: RunningService) -> None:
    file = await open_file(intake)
    async with intake.database.transaction("gm0637") as tx:
        await (await tx.driver()).execute("DELETE FROM broad_intake")
    for _ in range(2):
        assert (await intake.post(f"{file}/intake-parts", json=PARTS)).json()["missing_parts"] == []
    assert (await intake.get(file)).json()["intake"]["wish"] == "work"
