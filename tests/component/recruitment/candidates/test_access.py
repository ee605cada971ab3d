"""Who may see which candidates: tenants, roles, the access log."""

from collections.abc import Callable

from recruitment_desk import recruit_candidate

from shared.identity import Role
from shared.testing.running_service import RunningService


async def test_another_municipality_sees_nothing_and_may_use_the_same_id(
    recruitment: RunningService, token: Callable[..., str]
) -> None:
    person, _ = await recruit_candidate(recruitment)
    elsewhere = {"Authorization": f"Bearer {token(Role.AMBASSADOR_COORDINATOR, 'gm0080')}"}

    assert (await recruitment.get(f"/candidates/{person}", headers=elsewhere)).status_code == 404
    for path in ("/candidates", "/ambassadors", "/neighbourhoods"):
        assert (await recruitment.get(path, headers=elsewhere)).json()["items"] == []
    withdrawal = await recruitment.post(
        f"/candidates/{person}/withdrawals", json={"withdrawn_on": "2026-03-01"}, headers=elsewhere
    )
    assert withdrawal.status_code == 404

    await recruitment.put(
        "/neighbourhoods/3401",
        json={"name": "Heechterp", "needs_but_not_obligated": 322, "obligated": 312},
        headers=elsewhere,
    )
    candidate = (await recruitment.get(f"/candidates/{person}")).json()
    body = {name: value for name, value in candidate.items() if name not in ("withdrawn_on", "plan_signed_on")}
    body |= {"neighbourhood": "3401", "ambassador_ids": []}
    assert (await recruitment.post("/candidates", json=body, headers=elsewhere)).status_code == 201


async def test_roles_say_who_writes_and_who_only_counts(recruitment: RunningService, token: Callable[..., str]) -> None:
    person, _ = await recruit_candidate(recruitment)
    operator = {"Authorization": f"Bearer {token(Role.OPERATOR)}"}
    case_manager = {"Authorization": f"Bearer {token(Role.CASE_MANAGER)}"}

    assert (await recruitment.get("/figures", headers=operator)).status_code == 200
    assert (await recruitment.get("/candidates", headers=operator)).status_code == 403
    assert (await recruitment.get("/ambassadors", headers=operator)).status_code == 403
    assert (await recruitment.get(f"/candidates/{person}", headers=operator)).status_code == 403
    assert (await recruitment.post("/pairs", json={}, headers=operator)).status_code in (400, 403)
    assert (await recruitment.get("/candidates", headers=case_manager)).status_code == 403
    assert (await recruitment.get("/candidates", headers={"Authorization": ""})).status_code == 401


async def test_whoever_is_shown_a_person_is_in_the_access_log(recruitment: RunningService) -> None:
    person, _ = await recruit_candidate(recruitment)
    await recruitment.get(f"/candidates/{person}")
    await recruitment.get("/candidates")

    *_, by_itself, in_the_list = await recruitment.list_access()
    for line, path in ((by_itself, f"/v1/candidates/{person}"), (in_the_list, "/v1/candidates")):
        assert (line["municipality"], line["reader"], line["roles"]) == (
            "gm0637",
            "test-user",
            ["ambassador_coordinator"],
        )
        assert (line["operation"], list(map(str, line["about"]))) == (f"GET {path}", [person])
