"""Messages over HTTP on a real PostgreSQL."""

from collections.abc import Callable
from uuid import uuid4

from notifications_desk import build_recruited, deliver_fact, wait_for_sent

from services.notifications.messages.rules.messages import message_id
from services.notifications.messages.rules.notices import Audience
from shared.identity import Role
from shared.testing.running_service import RunningService


async def test_a_message_is_read_by_a_case_manager_on_record_and_by_nobody_else(
    service: RunningService, token: Callable[..., str]
) -> None:
    event_id = uuid4()
    await deliver_fact(service, build_recruited("nl"), event_id)
    path = f"/messages/{message_id(event_id, Audience.PERSON)}"
    assert "Welkom" in (await service.get(path)).json()["subject"]
    assert "Goedendag" in (await service.get(path)).json()["text"]
    for role, municipality, status in ((Role.OPERATOR, "gm0637", 403), (Role.CASE_MANAGER, "gm0080", 404)):
        headers = {"Authorization": f"Bearer {token(role, municipality)}"}
        assert (await service.get(path, headers=headers)).status_code == status
    lines = await service.list_access()
    assert [line["operation"] for line in lines] == [f"GET /v1{path}"] * 2
    assert all(line["about"] for line in lines)


async def test_totals_are_counted_from_the_messages(service: RunningService) -> None:
    for language in ("ti", "ti", "ar"):
        await deliver_fact(service, build_recruited(language, person_id=uuid4()))
    await wait_for_sent(service, 3)
    assert (await service.get("/message-totals")).json() == {
        "total": 3,
        "by_language": {"ar": 1, "ti": 2},
        "by_template": {"welcome": 3},
        "by_state": {"sent": 3},
        "by_channel": {"letter": 3},
    }
    page = (await service.get("/messages", params={"personId": str(uuid4())})).json()
    assert page == {"items": [], "next_cursor": None}


async def test_messages_come_page_by_page_without_names(service: RunningService) -> None:
    for _ in range(3):
        await deliver_fact(service, build_recruited("nl"))
    first = (await service.get("/messages", params={"limit": 2})).json()
    rest = (await service.get("/messages", params={"limit": 2, "cursor": first["next_cursor"]})).json()
    ids = [message["id"] for message in (*first["items"], *rest["items"])]
    assert (len(first["items"]), ids, rest["next_cursor"]) == (2, sorted(ids), None)
    assert (await service.get("/messages", params={"limit": 3})).json()["next_cursor"] is None
