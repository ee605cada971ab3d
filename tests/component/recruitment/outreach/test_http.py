"""Outreaches over HTTP on a real PostgreSQL."""

from uuid import uuid4

from http_refusals import list_faults
from recruitment_desk import appoint_ambassadors

from shared.events import OutreachHeld
from shared.testing.running_service import RunningService


async def test_a_pair_that_went_out_is_published_once(recruitment: RunningService) -> None:
    pair = await appoint_ambassadors(recruitment, 2)
    body = {
        "id": str(uuid4()),
        "channel": "school",
        "neighbourhood": "meerzicht",
        "people_reached": 14,
        "held_on": "2026-02-01",
    }
    alone = await recruitment.post("/outreaches", json={**body, "ambassador_ids": pair[:1]})
    assert list_faults(alone) == {("body.ambassador_ids", "works_in_pairs")}
    for _ in range(2):
        assert (await recruitment.post("/outreaches", json={**body, "ambassador_ids": pair})).status_code == 201
    other = await recruitment.post("/outreaches", json={**body, "ambassador_ids": pair, "people_reached": 15})
    assert other.status_code == 409
    assert [type(fact.data) for fact in (await recruitment.list_published())[2:]] == [OutreachHeld]
