"""Help to save energy over HTTP, in its order."""

from uuid import UUID

import pytest
from independence_desk import ask

from shared.testing.running_service import RunningService


@pytest.mark.row("energy-boxes")
async def test_help_to_save_energy_is_offered_accepted_and_delivered_in_that_order(
    service: RunningService, household: UUID
) -> None:
    path = f"/households/{household}/energy-steps"
    box = {"help": "energy_box", "on_day": "2026-10-01"}
    assert "was not offered yet" in await ask(service, path, 409, state="delivered", **box)
    for state in ("offered", "offered", "accepted"):
        await ask(service, path, state=state, **box)
    await ask(service, path, help="saving_visit", state="offered", on_day="2026-10-02")
    early = {"help": "energy_box", "state": "delivered", "on_day": "2026-09-30"}
    assert "step before was on 2026-10-01" in await ask(service, path, 400, **early)
    await ask(service, path, **early | {"on_day": "2026-10-20"})
    steps = (await service.get(path)).json()["items"]
    assert [(step["help"], step["state"]) for step in steps] == [
        ("energy_box", "offered"),
        ("energy_box", "accepted"),
        ("saving_visit", "offered"),
        ("energy_box", "delivered"),
    ]
