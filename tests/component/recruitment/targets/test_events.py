"""A signed plan counts once for each ambassador who brought the person."""

import json
from datetime import date
from uuid import UUID, uuid4

from recruitment_desk import appoint_ambassadors, recruit_candidate

from services.recruitment.app import SUBSCRIPTIONS
from shared.events import AmbassadorCredited, PIPSigned
from shared.events.codes import LearningRoute
from shared.testing.delivery import deliver, encode_events
from shared.testing.golden import golden
from shared.testing.running_service import RunningService


def build_signed_plan(person: str, day: int = 1) -> PIPSigned:
    return PIPSigned(
        person_id=UUID(person), signed_on=date(2026, 4, day), route=LearningRoute.B1_ROUTE, relief_agreed=False
    )


async def list_credits(service: RunningService) -> list[AmbassadorCredited]:
    return [fact.data for fact in await service.list_published() if isinstance(fact.data, AmbassadorCredited)]


class TestSignedPlans:
    async def test_a_signed_plan_counts_for_each_of_the_pair(self, recruitment: RunningService) -> None:
        person, pair = await recruit_candidate(recruitment)

        assert await deliver(recruitment, SUBSCRIPTIONS, encode_events(build_signed_plan(person))) == 0

        credited = await list_credits(recruitment)
        assert {str(fact.ambassador_id) for fact in credited} == set(pair)
        assert {(str(fact.person_id), fact.credited_on) for fact in credited} == {(person, date(2026, 4, 1))}
        targets = (await recruitment.get("/targets", params={"on": "2026-06-30"})).json()
        assert (targets["signed_plans"], [target["credited"] for target in targets["ambassadors"]]) == (1, [1, 1])
        figures = (await recruitment.get("/figures")).json()
        assert figures["signed_plans"] == 1

    async def test_delivered_again_or_signed_again_it_counts_no_second_time(self, recruitment: RunningService) -> None:
        person, _ = await recruit_candidate(recruitment)
        first = encode_events(build_signed_plan(person))
        for payloads in (first, first, [*first, *first], encode_events(build_signed_plan(person, day=20))):
            assert await deliver(recruitment, SUBSCRIPTIONS, payloads) == 0
        assert len(await list_credits(recruitment)) == 2
        assert (await recruitment.get(f"/candidates/{person}")).json()["plan_signed_on"] == "2026-04-01"

    async def test_a_plan_of_someone_who_was_not_recruited_here_is_done_without_effect(
        self, recruitment: RunningService
    ) -> None:
        assert await deliver(recruitment, SUBSCRIPTIONS, encode_events(build_signed_plan(str(uuid4())))) == 0
        assert await recruitment.list_published() == []

    async def test_the_same_person_id_in_another_municipality_counts_nothing_here(
        self, recruitment: RunningService
    ) -> None:
        person, _ = await recruit_candidate(recruitment)
        elsewhere = encode_events(build_signed_plan(person), municipality="gm0080")
        assert await deliver(recruitment, SUBSCRIPTIONS, elsewhere) == 0
        assert await list_credits(recruitment) == []

    async def test_what_intake_promised_is_understood(self, recruitment: RunningService) -> None:
        promised = golden("PIPSigned", "recruitment")
        person, pair = await recruit_candidate(recruitment)
        promised = promised.replace(json.loads(promised)["subject"].encode(), person.encode())
        assert await deliver(recruitment, SUBSCRIPTIONS, [promised]) == 0
        assert {str(fact.person_id) for fact in await list_credits(recruitment)} == {person}
        assert len(await list_credits(recruitment)) == len(pair)


async def test_the_targets_share_out_the_groups(recruitment: RunningService) -> None:
    await appoint_ambassadors(recruitment, 2)
    targets = (await recruitment.get("/targets", params={"on": "2026-06-30"})).json()
    assert (targets["group_target"], targets["evaluation_interval_weeks"]) == (75, 2)
    assert [target["personal_target"] for target in targets["ambassadors"]] == [38, 37]
    assert (await recruitment.get("/targets", params={"on": "1999-01-01"})).status_code == 409
