"""Files over HTTP on a real PostgreSQL: opened, given notices, and refused."""

import asyncio
from uuid import uuid4

import pytest
from http_refusals import list_faults
from intake_desk import PARTS, PLAN, build_newcomer, build_recruited, open_file

from services.intake.app import SUBSCRIPTIONS
from shared.testing.delivery import deliver, encode_events
from shared.testing.running_service import RunningService


async def test_a_file_is_for_an_obligation_or_for_a_volunteer_and_not_for_both(intake: RunningService) -> None:
    answer = await intake.post("/newcomers", json=build_newcomer(target_group="voluntary", registered_on="2026-03-05"))
    assert list_faults(answer) == {("body.registered_on", "not_obligated")}
    file = await open_file(intake, target_group="voluntary")
    assert list_faults(await intake.post(f"{file}/obligation-notices", json={"registered_on": "2026-03-05"})) == {
        ("body.registered_on", "not_obligated")
    }
    assert list_faults(await intake.post(f"{file}/obligation-notices", json={})) == {("body", "value_error")}


async def test_other_content_under_the_same_id_is_refused(intake: RunningService) -> None:
    body = build_newcomer()
    await intake.post("/newcomers", json=body)
    assert (await intake.post("/newcomers", json={**body, "language": "ar"})).status_code == 409
    assert (await intake.post("/newcomers", json={**body, "registered_on": "2026-03-05"})).status_code == 409


async def test_a_day_once_given_stays(intake: RunningService) -> None:
    file = await open_file(intake, registered_on="2026-03-05")
    answer = await intake.post(f"{file}/obligation-notices", json={"registered_on": "2026-03-06"})
    assert (answer.status_code, "2026-03-05" in answer.json()["detail"]) == (409, True)


@pytest.mark.parametrize("day", ["9999-12-31", "0206-07-01"])
async def test_a_slip_in_a_year_is_refused_before_a_term_is_counted_from_it(intake: RunningService, day: str) -> None:
    file = await open_file(intake, registered_on="2026-03-05")
    answer = await intake.post(f"{file}/obligation-notices", json={"obligation_notified_on": day})
    assert list_faults(answer) == {("body.obligation_notified_on", "value_error")}
    assert "correct its year" in answer.text


async def test_what_is_done_for_someone_unknown_is_not_found(intake: RunningService) -> None:
    file = f"/newcomers/{uuid4()}"
    answers = [
        await intake.get(file),
        await intake.post(f"{file}/intakes", json={"planned_on": "2026-03-20"}),
        await intake.post(f"{file}/intake-parts", json=PARTS),
        await intake.post(f"{file}/plans", json=PLAN),
    ]
    assert {answer.status_code for answer in answers} == {404}


async def test_one_of_many_requests_for_the_same_file_opens_it(intake: RunningService) -> None:
    person = uuid4()
    body = {"id": str(person), "target_group": "voluntary", "language": "ti", "opened_on": "2026-03-02"}
    answers = await asyncio.gather(*(intake.post("/newcomers", json=body) for _ in range(6)))
    await deliver(intake, SUBSCRIPTIONS, encode_events(build_recruited(person)))
    assert {answer.status_code for answer in answers} == {201}
    assert len(await intake.list_published()) == 1
