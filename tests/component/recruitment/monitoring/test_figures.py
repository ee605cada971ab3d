"""What recruitment counts, in its figures and in its metrics."""

from recruitment_desk import appoint_ambassadors, build_candidate

from shared.testing.running_service import RunningService


async def test_what_is_on_record_is_counted_and_measured(recruitment: RunningService) -> None:
    pair = await appoint_ambassadors(recruitment, 2)
    for channel in ("market", "market", "home_visit"):
        await recruitment.post("/candidates", json=build_candidate(*pair, channel=channel))
    for people_reached in (14, 6):
        outreach = {"channel": "school", "neighbourhood": "meerzicht", "held_on": "2026-02-01"}
        await recruitment.post(
            "/outreaches", json={**outreach, "ambassador_ids": pair, "people_reached": people_reached}
        )
    assert (await recruitment.get("/figures")).json() == {
        "ambassadors": 2,
        "outreaches": 2,
        "people_reached": 20,
        "candidates": 3,
        "candidates_by_channel": {"market": 2, "home_visit": 1},
        "withdrawn": 0,
        "signed_plans": 0,
    }
    metrics = (await recruitment.get("http://service/metrics")).text
    for line in (
        "meedoen_ambassadors_appointed 2.0",
        'meedoen_candidates_registered{channel="market"} 2.0',
        'meedoen_candidates_registered{channel="school"} 0.0',
        'meedoen_outreaches_held{channel="school"} 2.0',
        'meedoen_people_reached{channel="school"} 20.0',
        "meedoen_candidates_withdrawn 0.0",
    ):
        assert f"\n{line}\n" in metrics, line
