"""Who may see which files: tenants, roles, the access log."""

from collections.abc import Callable
from uuid import UUID

from intake_desk import open_due_file

from shared.identity import Role
from shared.testing.running_service import RunningService


async def test_another_municipality_sees_nothing(intake: RunningService, token: Callable[..., str]) -> None:
    person = await open_due_file(intake)
    elsewhere = {"Authorization": f"Bearer {token(Role.CASE_MANAGER, 'gm0080')}"}
    assert (await intake.get("/newcomers", headers=elsewhere)).json()["items"] == []
    assert (await intake.get("/figures", headers=elsewhere)).json()["files"] == 0
    talk = {"planned_on": "2026-03-20"}
    answers = [
        await intake.get(f"/newcomers/{person}", headers=elsewhere),
        await intake.post(f"/newcomers/{person}/intakes", json=talk, headers=elsewhere),
    ]
    assert {answer.status_code for answer in answers} == {404}


async def test_an_operator_sees_clocks_and_figures_but_no_file(
    intake: RunningService, token: Callable[..., str]
) -> None:
    person = await open_due_file(intake)
    operator = {"Authorization": f"Bearer {token(Role.OPERATOR)}"}
    assert (await intake.get("/newcomers", headers=operator)).status_code == 403
    assert (await intake.get(f"/newcomers/{person}", headers=operator)).status_code == 403
    coordinator = {"Authorization": f"Bearer {token(Role.AMBASSADOR_COORDINATOR)}"}
    assert (await intake.get("/newcomers", headers=coordinator)).status_code == 403


async def test_reading_a_file_leaves_a_line(intake: RunningService) -> None:
    person = await open_due_file(intake)
    await intake.get(f"/newcomers/{person}")
    line = (await intake.list_access())[-1]
    assert (line["reader"], line["roles"], line["about"]) == ("test-user", ["case_manager"], [UUID(person)])
