"""Recruitment and what it hears: a signed plan counts once. And who may see what: tenants, roles, the access log."""

import json
from collections.abc import Awaitable, Callable
from datetime import date
from uuid import UUID, uuid4

import pytest

from services.recruitment.app import SUBSCRIPTIONS
from shared.database.counters import count_on_commit
from shared.events import AmbassadorCredited, PIPSigned
from shared.events.codes import LearningRoute
from shared.identity import Role
from shared.testing.delivering import deliver, on_the_wire
from shared.testing.golden import golden
from shared.testing.running import RunningService

Service = Callable[..., Awaitable[RunningService]]
COORDINATOR = Role.AMBASSADOR_COORDINATOR


def signed(person: str, day: int = 1) -> PIPSigned:
    return PIPSigned(
        person_id=UUID(person), signed_on=date(2026, 4, day), route=LearningRoute.B1_ROUTE, relief_agreed=False
    )


async def recruited(service: RunningService, person: str | None = None) -> tuple[str, list[str]]:
    """A candidate and the pair who brought the candidate."""
    await service.put(
        "/neighbourhoods/meerzicht", json={"name": "Meerzicht", "needs_but_not_obligated": 1, "obligated": 1}
    )
    ambassador = {
        "neighbourhood": "meerzicht",
        "appointed_on": "2026-01-05",
        "own_trajectory_completed": True,
        "dutch_level": "b1",
    }
    pair = [(await service.post("/ambassadors", json=ambassador)).json()["id"] for _ in range(2)]
    candidate = {
        "id": person or str(uuid4()),
        "target_group": "voluntary",
        "language": "ti",
        "channel": "market",
        "neighbourhood": "meerzicht",
        "ambassador_ids": pair,
        "recruited_on": "2026-02-10",
        "consent_on": "2026-02-10",
    }
    return (await service.post("/candidates", json=candidate)).json()["id"], pair


async def credited(service: RunningService) -> list[AmbassadorCredited]:
    return [told.data for told in await service.told() if isinstance(told.data, AmbassadorCredited)]


class TestSignedPlans:
    @pytest.fixture
    async def recruitment(self, client_for: Service) -> RunningService:
        return await client_for("recruitment", COORDINATOR)

    async def test_a_signed_plan_counts_for_each_of_the_pair(self, recruitment: RunningService) -> None:
        person, pair = await recruited(recruitment)

        assert await deliver(recruitment, SUBSCRIPTIONS, on_the_wire(signed(person))) == 0

        told = await credited(recruitment)
        assert {str(one.ambassador_id) for one in told} == set(pair)
        assert {(str(one.person_id), one.credited_on) for one in told} == {(person, date(2026, 4, 1))}
        targets = (await recruitment.get("/targets", params={"on": "2026-06-30"})).json()
        assert (targets["signed_plans"], [one["credited"] for one in targets["ambassadors"]]) == (1, [1, 1])

    async def test_delivered_again_or_signed_again_it_counts_no_second_time(self, recruitment: RunningService) -> None:
        person, _ = await recruited(recruitment)
        first = on_the_wire(signed(person))
        for payloads in (first, first, [*first, *first], on_the_wire(signed(person, day=20))):
            assert await deliver(recruitment, SUBSCRIPTIONS, payloads) == 0
        assert len(await credited(recruitment)) == 2
        assert (await recruitment.get(f"/candidates/{person}")).json()["plan_signed_on"] == "2026-04-01"

    async def test_a_plan_of_someone_who_was_not_recruited_here_is_done_without_effect(
        self, recruitment: RunningService
    ) -> None:
        assert await deliver(recruitment, SUBSCRIPTIONS, on_the_wire(signed(str(uuid4())))) == 0
        assert await recruitment.told() == []

    async def test_the_same_person_id_in_another_municipality_counts_nothing_here(
        self, recruitment: RunningService
    ) -> None:
        person, _ = await recruited(recruitment)
        assert await deliver(recruitment, SUBSCRIPTIONS, on_the_wire(signed(person), municipality="gm0080")) == 0
        assert await credited(recruitment) == []

    async def test_what_intake_promised_is_understood(self, recruitment: RunningService) -> None:
        promised = golden("PIPSigned", "recruitment")
        person, pair = await recruited(recruitment, json.loads(promised)["subject"])
        assert await deliver(recruitment, SUBSCRIPTIONS, [promised]) == 0
        assert {str(one.person_id) for one in await credited(recruitment)} == {person}
        assert len(await credited(recruitment)) == len(pair)


class TestCounting:
    async def test_only_a_commit_counts_and_a_released_savepoint_is_none(self, client_for: Service) -> None:
        database, counted = (await client_for("recruitment")).database, []

        async def work(*, fails: bool) -> None:
            async with database.transaction("gm0637") as tx:
                savepoint = await tx.session.begin_nested()
                count_on_commit(tx, lambda: counted.append(fails))
                await savepoint.commit()
                if fails:
                    raise RuntimeError("after the savepoint")

        with pytest.raises(RuntimeError):
            await work(fails=True)
        await work(fails=False)
        assert counted == [False]


class TestWhoMaySeeWhat:
    async def test_another_municipality_sees_nothing_and_may_use_the_same_id(
        self, client_for: Service, token: Callable[..., str]
    ) -> None:
        service = await client_for("recruitment", COORDINATOR)
        person, _ = await recruited(service)
        elsewhere = {"Authorization": f"Bearer {token(COORDINATOR, 'gm0080')}"}

        assert (await service.get(f"/candidates/{person}", headers=elsewhere)).status_code == 404
        for path in ("/candidates", "/ambassadors", "/neighbourhoods"):
            assert (await service.get(path, headers=elsewhere)).json()["items"] == []
        withdrawal = await service.post(
            f"/candidates/{person}/withdrawals", json={"withdrawn_on": "2026-03-01"}, headers=elsewhere
        )
        assert withdrawal.status_code == 404

        await service.put(
            "/neighbourhoods/3401",
            json={"name": "Heechterp", "needs_but_not_obligated": 322, "obligated": 312},
            headers=elsewhere,
        )
        mine = {**(await service.get(f"/candidates/{person}")).json(), "neighbourhood": "3401", "ambassador_ids": []}
        body = {name: value for name, value in mine.items() if name not in ("withdrawn_on", "plan_signed_on")}
        assert (await service.post("/candidates", json=body, headers=elsewhere)).status_code == 201

    async def test_roles_say_who_writes_and_who_only_counts(
        self, client_for: Service, token: Callable[..., str]
    ) -> None:
        service = await client_for("recruitment", COORDINATOR)
        person, _ = await recruited(service)
        operator = {"Authorization": f"Bearer {token(Role.OPERATOR)}"}
        case_manager = {"Authorization": f"Bearer {token(Role.CASE_MANAGER)}"}

        assert (await service.get("/figures", headers=operator)).status_code == 200
        assert (await service.get("/candidates", headers=operator)).status_code == 200
        assert (await service.get(f"/candidates/{person}", headers=operator)).status_code == 403
        assert (await service.post("/pairs", json={}, headers=operator)).status_code in (400, 403)
        assert (await service.get("/candidates", headers=case_manager)).status_code == 403
        assert (await service.get("/candidates", headers={"Authorization": ""})).status_code == 401

    async def test_reading_a_file_leaves_a_line_that_nobody_can_wipe(self, client_for: Service) -> None:
        service = await client_for("recruitment", COORDINATOR)
        person, _ = await recruited(service)
        await service.get(f"/candidates/{person}")
        await service.get("/candidates")

        async with service.database.transaction("gm0637") as tx:
            driver = await tx.driver()
            lines = await driver.fetch("SELECT person_id, subject, roles, read_at FROM access_log")
            rights = await driver.fetchval("SELECT has_table_privilege(current_user, 'access_log', 'UPDATE, DELETE')")
        assert [(str(line["person_id"]), line["subject"], line["roles"]) for line in lines] == [
            (person, "test-user", ["ambassador_coordinator"])
        ]
        assert lines[0]["read_at"] is not None
        assert not rights
