"""Intake over HTTP on a real PostgreSQL: from an opened file to a signed plan."""

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import uuid4

import pytest

from shared.events import FileOpened, IntakeCompleted, IntakeScheduled, PIPSigned
from shared.identity import Role
from shared.testing.running import RunningService

Json = dict[str, Any]
Service = Callable[..., Awaitable[RunningService]]
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


@pytest.fixture
async def intake(client_for: Service) -> RunningService:
    return await client_for("intake", Role.CASE_MANAGER)


def a_newcomer(**known: Any) -> Json:
    return {
        "id": str(uuid4()),
        "target_group": "asylum_status_holder",
        "language": "ti",
        "opened_on": "2026-03-02",
        **known,
    }


async def opened(service: RunningService, **known: Any) -> str:
    """The path of a newly opened file."""
    answer = await service.post("/newcomers", json=a_newcomer(**known))
    assert answer.status_code == 201, answer.text
    return f"/newcomers/{answer.json()['id']}"


async def with_completed_intake(service: RunningService, **known: Any) -> str:
    file = await opened(service, **known)
    assert (await service.post(f"{file}/intake-parts", json=PARTS)).json()["missing_parts"] == []
    answer = await service.post(f"{file}/intake-completions", json={"completed_on": "2026-04-20"})
    assert answer.status_code == 201, answer.text
    return file


def faults(answer: Any) -> set[tuple[str, str]]:
    assert answer.status_code == 400, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    return {(error["field"], error["code"]) for error in answer.json()["errors"]}


class TestTheWholeWay:
    async def test_from_an_opened_file_to_a_signed_plan_with_relief(self, intake: RunningService) -> None:
        file = await opened(intake)
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

        told = [one.data for one in await intake.told()]
        assert [type(fact) for fact in told] == [FileOpened, IntakeScheduled, IntakeCompleted, PIPSigned]
        assert told[-1].model_dump(mode="json", include=set(RELIEF)) == RELIEF
        whole = (await intake.get(file)).json()
        assert (whole["newcomer"]["state"], whole["missing_parts"]) == ("plan_signed", [])
        assert [one["signed_on"] for one in whole["plans"]] == ["2026-05-08"]
        assert (await intake.get("/newcomers")).json()["items"] == [whole["newcomer"]]
        figures = (await intake.get("/figures")).json()
        assert figures["plans_by_route"] == {"b1_route": 1}
        assert (figures["files"], figures["intakes_completed"], figures["relief_agreed"]) == (1, 1, 1)

    async def test_every_command_twice_tells_every_fact_once(self, intake: RunningService) -> None:
        body = a_newcomer(registered_on="2026-03-05", obligation_notified_on="2026-03-09")
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
        assert len(await intake.told()) == 4
        drafted_again = await intake.post(f"{file}/plans", json=plan)
        assert (drafted_again.status_code, drafted_again.json()["signed_on"]) == (201, "2026-05-08")


class TestTheFile:
    async def test_a_file_is_for_an_obligation_or_for_a_volunteer_and_not_for_both(
        self, intake: RunningService
    ) -> None:
        answer = await intake.post("/newcomers", json=a_newcomer(target_group="voluntary", registered_on="2026-03-05"))
        assert faults(answer) == {("body.registered_on", "not_obligated")}
        file = await opened(intake, target_group="voluntary")
        assert faults(await intake.post(f"{file}/obligation-notices", json={"registered_on": "2026-03-05"})) == {
            ("body.registered_on", "not_obligated")
        }
        assert faults(await intake.post(f"{file}/obligation-notices", json={})) == {("body", "value_error")}

    async def test_other_content_under_the_same_id_is_refused(self, intake: RunningService) -> None:
        body = a_newcomer()
        await intake.post("/newcomers", json=body)
        assert (await intake.post("/newcomers", json={**body, "language": "ar"})).status_code == 409
        assert (await intake.post("/newcomers", json={**body, "registered_on": "2026-03-05"})).status_code == 409

    async def test_a_day_once_given_stays(self, intake: RunningService) -> None:
        file = await opened(intake, registered_on="2026-03-05")
        answer = await intake.post(f"{file}/obligation-notices", json={"registered_on": "2026-03-06"})
        assert (answer.status_code, "2026-03-05" in answer.json()["detail"]) == (409, True)

    @pytest.mark.parametrize("day", ["9999-12-31", "0206-07-01"])
    async def test_a_slip_in_a_year_is_refused_before_a_term_is_counted_from_it(
        self, intake: RunningService, day: str
    ) -> None:
        file = await opened(intake, registered_on="2026-03-05")
        answer = await intake.post(f"{file}/obligation-notices", json={"obligation_notified_on": day})
        assert faults(answer) == {("body.obligation_notified_on", "value_error")}
        assert "correct its year" in answer.text

    async def test_what_is_done_for_someone_unknown_is_not_found(self, intake: RunningService) -> None:
        file = f"/newcomers/{uuid4()}"
        answers = [
            await intake.get(file),
            await intake.post(f"{file}/intakes", json={"planned_on": "2026-03-20"}),
            await intake.post(f"{file}/intake-parts", json=PARTS),
            await intake.post(f"{file}/plans", json=PLAN),
        ]
        assert {answer.status_code for answer in answers} == {404}


class TestTheIntake:
    async def test_it_is_completed_only_with_every_statutory_part(self, intake: RunningService) -> None:
        file = await opened(intake)
        some = {name: value for name, value in PARTS.items() if name not in ("literacy", "self_reliance")}
        recorded = await intake.post(f"{file}/intake-parts", json=some)
        assert recorded.json()["missing_parts"] == ["education_and_work_history", "self_reliance"]

        answer = await intake.post(f"{file}/intake-completions", json={"completed_on": "2026-04-20"})

        assert (answer.status_code, answer.json()["missing"]) == (409, ["education_and_work_history", "self_reliance"])
        assert "education_and_work_history, self_reliance" in answer.json()["detail"]
        rest = {"recorded_on": "2026-04-02", "literacy": "latin", "self_reliance": "limited"}
        assert (await intake.post(f"{file}/intake-parts", json=rest)).json()["missing_parts"] == []
        assert (await intake.post(f"{file}/intake-completions", json={"completed_on": "2026-04-20"})).status_code == 201

    async def test_a_volunteer_is_asked_less_and_takes_no_test(self, intake: RunningService) -> None:
        file = await opened(intake, target_group="voluntary")
        some = {"learnability_test", "personal_circumstances_discussed", "child_education"}
        await intake.post(f"{file}/intake-parts", json={k: v for k, v in PARTS.items() if k not in some})
        answer = await intake.post(f"{file}/intake-completions", json={"completed_on": "2026-04-20"})
        assert (answer.status_code, answer.json()["reasons"]) == (201, ["schooling_in_country_of_origin"])

    async def test_health_has_no_place_to_be_written(self, intake: RunningService) -> None:
        file = await opened(intake)
        answer = await intake.post(f"{file}/intake-parts", json={**PARTS, "health": "a cold"})
        assert faults(answer) == {("body.health", "extra_forbidden")}
        assert "a cold" not in answer.text

    async def test_a_deviation_needs_a_reason_without_personal_data(self, intake: RunningService) -> None:
        file = await opened(intake)
        await intake.post(f"{file}/intake-parts", json=PARTS)

        async def complete(reason: str) -> Any:
            deviation = {"route": "z_route", "reason": reason}
            return await intake.post(
                f"{file}/intake-completions", json={"completed_on": "2026-04-20", "deviation": deviation}
            )

        assert faults(await complete("no")) == {("body.deviation.reason", "string_too_short")}
        assert faults(await complete("Write to abel@example.org about it.")) == {
            ("body.deviation.reason", "value_error")
        }
        answer = await complete("Care for a young child leaves few hours.")
        assert (answer.json()["advised_route"], answer.json()["decided_route"]) == ("b1_route", "z_route")
        (told,) = [one for one in await intake.told() if isinstance(one.data, IntakeCompleted)]
        assert [str(reason) for reason in told.data.reasons] == ["case_manager_deviates"]


class TestThePlan:
    async def test_it_waits_for_the_intake(self, intake: RunningService) -> None:
        answer = await intake.post(f"{await opened(intake)}/plans", json=PLAN)
        assert (answer.status_code, "intake is not complete" in answer.json()["detail"]) == (409, True)

    async def test_relief_without_the_households_facts_names_each_of_them(self, intake: RunningService) -> None:
        file = await with_completed_intake(intake)
        answer = await intake.post(f"{file}/plans", json={**PLAN, "relief": {"household_type": "single"}})
        assert faults(answer) == {(f"body.relief.{name}", "missing") for name in RELIEF if name != "household_type"}

    @pytest.mark.parametrize("group", ["voluntary", "family_migrant", "other_migrant"])
    async def test_relief_is_for_asylum_status_holders(self, intake: RunningService, group: str) -> None:
        file = await with_completed_intake(intake, target_group=group)
        answer = await intake.post(f"{file}/plans", json={**PLAN, "relief": RELIEF})
        assert faults(answer) == {("body.relief", "not_entitled")}
        without = await intake.post(f"{file}/plans", json={**PLAN, "intensity_hours_per_week": None})
        assert without.status_code == 201

    async def test_one_is_signed_and_no_other_after_it(self, intake: RunningService) -> None:
        file = await with_completed_intake(intake)
        one, other = [(await intake.post(f"{file}/plans", json=PLAN)).json()["id"] for _ in range(2)]
        assert (
            await intake.post(f"{file}/plans/{one}/signatures", json={"signed_on": "2026-05-08"})
        ).status_code == 201
        for path in (f"{file}/plans/{other}/signatures", f"{file}/plans/{one}/signatures"):
            assert (await intake.post(path, json={"signed_on": "2026-05-09"})).status_code == 409
        assert (await intake.post(f"{file}/plans", json=PLAN)).status_code == 409
        assert sum(isinstance(told.data, PIPSigned) for told in await intake.told()) == 1

    async def test_a_plan_is_signed_under_its_own_person_only(self, intake: RunningService) -> None:
        mine, other = [await with_completed_intake(intake) for _ in range(2)]
        plan = (await intake.post(f"{mine}/plans", json={**PLAN, "id": str(uuid4())})).json()
        answer = await intake.post(f"{other}/plans/{plan['id']}/signatures", json={"signed_on": "2026-05-08"})
        assert answer.status_code == 404
        assert (await intake.post(f"{other}/plans", json={**PLAN, "id": plan["id"]})).status_code == 409
