"""The sounding board over HTTP: meetings as counts, where the policy has one."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from independence_desk import ask

from shared.identity import Role
from shared.testing.running_service import RunningService


@pytest.mark.row("klankbordgroep-dongemond")
class TestSoundingBoard:
    MEETING: dict[str, Any] = {  # noqa: RUF012 - never changed
        "held_on": "2026-11-12",
        "participants": 9,
        "found_it_helps": 6,
        "found_it_does_not": 1,
    }

    async def test_a_meeting_is_counts_and_is_kept_once(self, service: RunningService) -> None:
        body = self.MEETING | {"id": str(uuid4())}
        recorded = await ask(service, "/sounding-board-meetings", **body)
        assert body.items() <= recorded.items()
        assert recorded["done_well"] is None, "that question was not asked"
        await ask(service, "/sounding-board-meetings", **body)
        assert (await service.get("/sounding-board-meetings")).json()["items"] == [recorded]
        assert "other content" in await ask(service, "/sounding-board-meetings", 409, **body | {"participants": 10})

    async def test_more_judgements_than_participants_and_names_are_refused(self, service: RunningService) -> None:
        wrong = self.MEETING | {"found_it_helps": 9}
        assert "More judged than took part" in await ask(service, "/sounding-board-meetings", 400, **wrong)
        named = self.MEETING | {"names": ["someone"]}
        assert "not known here" in await ask(service, "/sounding-board-meetings", 400, **named)

    async def test_where_the_policy_has_none_it_is_refused(
        self, service: RunningService, token: Callable[..., str]
    ) -> None:
        service.headers["Authorization"] = f"Bearer {token(Role.CASE_MANAGER, 'gm0637')}"
        assert "no sounding board" in await ask(service, "/sounding-board-meetings", 409, **self.MEETING)
