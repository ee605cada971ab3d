"""Neighbourhood mothers over HTTP: what they do in paid minutes, for whom, and until when."""

from uuid import UUID, uuid4

import pytest
from independence_desk import ask

from shared.testing.running_service import RunningService


@pytest.mark.row("buurtmoeders")
class TestNeighbourhoodMothers:
    async def test_she_guides_a_household_and_recruits_a_volunteer_in_paid_minutes(
        self, service: RunningService, household: UUID
    ) -> None:
        mother = await ask(service, "/neighbourhood-mothers", languages=["ti", "ar"], from_day="2026-09-01")
        path = f"/neighbourhood-mothers/{mother['id']}/engagements"
        guiding = {"engagement": "guiding", "on_day": "2026-10-01", "minutes": 90}
        assert "Name a household" in await ask(service, path, 400, **guiding)
        await ask(service, path, household_id=str(household), **guiding)
        recruiting = {"engagement": "recruiting", "on_day": "2026-10-08", "minutes": 60}
        await ask(service, path, volunteer_id=str(uuid4()), **recruiting)
        for engagement in ("intake", "training"):
            await ask(service, path, engagement=engagement, on_day="2026-10-09", minutes=120)
        done = (await service.get(path)).json()["items"]
        assert sorted(engagement["engagement"] for engagement in done) == [
            "guiding",
            "intake",
            "recruiting",
            "training",
        ]
        assert sum(engagement["minutes"] for engagement in done) == 390

    async def test_she_is_not_paid_after_she_stopped_and_nobodys_household_is_not_found(
        self, service: RunningService
    ) -> None:
        body = {"id": str(uuid4()), "languages": ["so"], "from_day": "2026-09-01"}
        await ask(service, "/neighbourhood-mothers", **body)
        stopped = await ask(service, "/neighbourhood-mothers", **body, until_day="2026-12-31")
        assert (await service.get("/neighbourhood-mothers")).json()["items"] == [stopped]
        path = f"/neighbourhood-mothers/{body['id']}/engagements"
        late = {"engagement": "intake", "on_day": "2027-01-01", "minutes": 30}
        assert "until 2026-12-31" in await ask(service, path, 400, **late)
        stranger = {"engagement": "guiding", "on_day": "2026-10-01", "minutes": 30, "household_id": str(uuid4())}
        await ask(service, path, 404, **stranger)
        await ask(service, f"/neighbourhood-mothers/{uuid4()}/engagements", 404, **late)
