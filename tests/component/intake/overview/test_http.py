"""From an opened file to a signed plan, over HTTP on a real PostgreSQL."""

from uuid import uuid4

from intake_desk import PARTS, PLAN, RELIEF, build_newcomer, open_file

from shared.events import FileOpened, IntakeCompleted, IntakeScheduled, PIPSigned
from shared.testing.running_service import RunningService


async def test_from_an_opened_file_to_a_signed_plan_with_relief(intake: RunningService) -> None:
    file = await open_file(intake)
    notices = f"{file}/obligation-notices"
    assert (await intake.post(notices, json={"obligation_notified_on": "2026-03-09"})).json()["pip_due_on"] is None
    assert (await intake.post(notices, json={"registered_on": "2026-04-01"})).json()["pip_due_on"] == "2026-06-10"
    planned = await intake.post(f"{file}/intakes", json={"planned_on": "2026-03-20"})
    assert planned.json()["state"] == "intake_planned"
    await intake.post(f"{file}/intake-parts", json=PARTS)
    completed = await intake.post(f"{file}/intake-completions", json={"completed_on": "2026-04-20"})
    assert completed.json()["decided_route"] == "b1_route"
    plan = (await intake.post(f"{file}/plans", json={**PLAN, "relief": RELIEF})).json()
    signed = await intake.post(f"{file}/plans/{plan['id']}/signatures", json={"signed_on": "2026-05-08"})
    assert (signed.status_code, signed.json()["relief_agreed"]) == (201, True)

    facts = [fact.data for fact in await intake.list_published()]
    assert [type(fact) for fact in facts] == [FileOpened, IntakeScheduled, IntakeCompleted, PIPSigned]
    assert facts[-1].model_dump(mode="json", include=set(RELIEF)) == RELIEF
    shown = (await intake.get(file)).json()
    assert (shown["newcomer"]["state"], shown["missing_parts"]) == ("plan_signed", [])
    assert [plan["signed_on"] for plan in shown["plans"]] == ["2026-05-08"]
    assert (await intake.get("/newcomers")).json()["items"] == [shown["newcomer"]]
    figures = (await intake.get("/figures")).json()
    assert figures == {
        "files": 1,
        "files_by_target_group": {"asylum_status_holder": 1},
        "closed": 0,
        "intakes_completed": 1,
        "intakes_by_route": {"b1_route": 1},
        "signed_plans": 1,
        "plans_by_route": {"b1_route": 1},
        "relief_agreed": 1,
        "deadlines_missed": 0,
    }


async def test_every_command_twice_publishes_every_fact_once(intake: RunningService) -> None:
    body = build_newcomer(registered_on="2026-03-05", obligation_notified_on="2026-03-09")
    file, plan = f"/newcomers/{body['id']}", {**PLAN, "id": str(uuid4())}
    commands = (
        ("/newcomers", body),
        (f"{file}/obligation-notices", {"registered_on": "2026-03-05"}),
        (f"{file}/intakes", {"planned_on": "2026-03-20"}),
        (f"{file}/intake-parts", PARTS),
        (f"{file}/intake-completions", {"completed_on": "2026-04-20"}),
        (f"{file}/plans", plan),
        (f"{file}/plans/{plan['id']}/signatures", {"signed_on": "2026-05-08"}),
    )
    for path, content in commands:
        first, again = [await intake.post(path, json=content) for _ in range(2)]
        assert (first.status_code, again.status_code) == (201, 201), (path, again.text)
        assert first.json() == again.json()
    assert len(await intake.list_published()) == 4
    drafted_again = await intake.post(f"{file}/plans", json=plan)
    assert (drafted_again.status_code, drafted_again.json()["signed_on"]) == (201, "2026-05-08")
