"""Ask a service for its answers on a database of the last version, and let it take a next step there.

The maker of the dumps records both with the code of its version; the test asks the same of the code of today.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from importlib import import_module
from typing import Any

import asyncpg

from shared.events import CandidateRecruited, DayStarted, EventData, RunShardOpened
from shared.events.envelope import CONTENT_TYPE, read_event
from shared.identity import Role
from shared.testing.delivery import deliver, encode_events
from shared.testing.eventually import eventually
from shared.testing.running_service import RunningService
from shared.testing.samples import sample

HOME_TOWN, _ = TOWNS = ("gm0637", "gm0779")
ROLES = ",".join(Role)
ON, NEXT_DAY, MONTH = "2026-12-06", "2026-12-07", "2026-11"
# Lists; below each, what is asked of every item in it.
_PATHS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "recruitment": {
        "/neighbourhoods": (),
        "/ambassadors": (),
        "/candidates": ("/candidates/{id}",),
        f"/targets?on={ON}": (),
        "/figures": (),
    },
    "intake": {"/newcomers": ("/newcomers/{id}",), "/figures": ()},
    "ontzorgen": {
        "/households": (
            "/households/{id}",
            "/households/{id}/statements",
            "/households/{id}/ledger-entries",
            "/households/{id}/means",
            "/households/{id}/assets",
            "/households/{id}/loans",
            "/households/{id}/regeldagen",
            "/households/{id}/enrolments",
            "/households/{id}/energy-steps",
            f"/households/{{id}}/coaching?month={MONTH}",
            f"/households/{{id}}/independence?on={ON}",
            f"/households/{{id}}/creditors-to-tell?on={ON}",
            "/households/{id}/history?limit=200",
        ),
        "/runs": ("/runs/{id}", "/runs/{id}/months"),
        "/tasks?open_only=false": (),
        "/ledger-totals": (),
        "/creditors": (),
        "/bank-accounts": (),
        "/bank-entries": (),
        "/payment-files": (),
        "/discount-agreements": (),
        "/sounding-board-meetings": (),
        "/neighbourhood-mothers": ("/neighbourhood-mothers/{id}/engagements",),
        "/guidance-providers": (),
    },
    "notifications": {"/messages": ("/messages/{id}",), "/message-totals": ()},
}
# Field -> why it is answered otherwise on purpose; the list is emptied when a new dump is made.
ANSWERED_OTHERWISE: Mapping[str, str] = {
    "needs_confirmation": "an account on which nothing was paid yet needs a second person",
}
_ADDRESS = {"street": "Voorbeeldweg", "house_number": 12, "postcode": "2799 ZZ", "town": "Zoetermeer"}
_HEADERS = {"content-type": CONTENT_TYPE}
Authorise = Callable[[str, str], Mapping[str, str]]  # of a municipality and a subject: the headers of a request


async def read_answers(service: RunningService, name: str, authorise: Authorise) -> dict[str, Any]:
    """Every answer by municipality and path."""
    found: dict[str, Any] = {}
    for town in TOWNS:
        headers = authorise(town, "reader")
        for path, below in _PATHS[name].items():
            answer = found[f"{town} {path}"] = await _get(service, path, headers)
            for inner in (template.format(id=item["id"]) for template in below for item in answer["items"]):
                found[f"{town} {inner}"] = await _get(service, inner, headers)
    return found


async def _get(service: RunningService, path: str, headers: Mapping[str, str]) -> Any:
    response = await service.get(path, headers=headers)
    assert response.is_success, f"GET {path}: {response.text}"
    return response.json()


async def take_next_step(service: RunningService, name: str, authorise: Authorise) -> dict[str, Any]:
    """A step of today on what stands there: what the service answers, and how many events of each type it publishes."""
    earlier = Counter(fact.envelope.type for fact in await service.list_published())
    answers = await _STEPS[name](service, authorise)
    published = Counter(fact.envelope.type for fact in await service.list_published()) - earlier
    return {"answers": answers, "published": dict(sorted(published.items()))}


async def _withdraw_candidate(service: RunningService, authorise: Authorise) -> list[Any]:
    headers = authorise(HOME_TOWN, "coordinator")
    candidate = (await _get(service, "/candidates", headers))["items"][-1]
    path = f"/candidates/{candidate['id']}/withdrawals"
    answer = await service.post(path, json={"withdrawn_on": ON}, headers=headers)
    assert answer.status_code == 201, answer.text
    return [answer.json(), await _get(service, "/figures", headers)]


async def _open_file(service: RunningService, authorise: Authorise) -> list[Any]:
    fact = sample(CandidateRecruited)
    await consume(service, "intake", encode_events(fact, build_next_day()))
    headers = authorise(HOME_TOWN, "case manager")
    return [await _get(service, f"/newcomers/{fact.key}", headers), await _get(service, "/figures", headers)]


async def _send_message(service: RunningService, authorise: Authorise) -> list[Any]:
    """A new person is welcomed: the answer is taken once the message has left."""
    fact = sample(CandidateRecruited)
    await consume(service, "notifications", encode_events(fact))
    headers, path = authorise(HOME_TOWN, "case manager"), f"/messages?person_id={fact.key}"
    reader = {"name": "Lezer", "language": fact.language, "channel": "letter", "address": _ADDRESS}
    answer = await service.put(f"/people/{fact.key}/contact", json=reader, headers=headers)
    assert answer.is_success, answer.text

    async def sent() -> list[Any]:
        items: list[Any] = (await _get(service, path, headers))["items"]
        return items if items and all(message["state"] == "sent" for message in items) else []

    messages = await eventually(sent, 60)
    totals = await _get(service, "/message-totals", headers)
    return [sorted((message["template"], message["language"], message["state"]) for message in messages), totals]


async def _release_month(service: RunningService, authorise: Authorise) -> list[Any]:
    """The month that the last version proposed is approved, sealed and released, and a day starts."""
    headers, releaser = authorise(HOME_TOWN, "approver"), authorise(HOME_TOWN, "releaser")
    runs = (await _get(service, "/runs", headers))["items"]
    (run,) = (candidate for candidate in runs if candidate["state"] == "proposed")
    for step in ("approvals", "seals", "releases"):
        who = releaser if step == "releases" else headers
        answer = await service.post(f"/runs/{run['id']}/{step}", json={"on": ON}, headers=who)
        assert answer.status_code == 201, f"{step}: {answer.text}"
        opened = [fact.data for fact in await service.list_published() if isinstance(fact.data, RunShardOpened)]
        await consume(
            service, "ontzorgen", encode_events(*(shard for shard in opened if str(shard.run_id) == run["id"]))
        )
    await consume(service, "ontzorgen", encode_events(build_next_day()))
    return [await _get(service, path, headers) for path in (f"/runs/{run['id']}", "/ledger-totals")]


_STEPS: Mapping[str, Callable[[RunningService, Authorise], Any]] = {
    "recruitment": _withdraw_candidate,
    "intake": _open_file,
    "ontzorgen": _release_month,
    "notifications": _send_message,
}


def build_next_day() -> EventData:
    return DayStarted.model_validate({"municipality": HOME_TOWN, "date": NEXT_DAY})


async def consume(service: RunningService, name: str, payloads: Iterable[bytes]) -> None:
    """Let the service consume events through its inbox; none may be held."""
    subscriptions = import_module(f"services.{name}.app").SUBSCRIPTIONS
    wanted = {subscription.event.event_type.type for subscription in subscriptions}
    events = [payload for payload in payloads if read_event(payload, _HEADERS).type in wanted]
    assert await deliver(service, subscriptions, events) == 0


async def read_log(connection: asyncpg.Connection) -> list[bytes]:
    """The events of a service's log that are of the home town, as they travelled."""
    rows = await connection.fetch("SELECT payload FROM messaging.outbox ORDER BY position")
    payloads = [bytes(row["payload"]) for row in rows]
    return [payload for payload in payloads if read_event(payload, _HEADERS).municipality == HOME_TOWN]


def drop_new_fields(answer: Any, recorded: Any) -> Any:
    """The answer without fields that are new since, and with those as recorded that differ on purpose."""
    if isinstance(answer, dict) and isinstance(recorded, dict):
        return {
            name: recorded[name] if name in ANSWERED_OTHERWISE else drop_new_fields(value, recorded[name])
            for name, value in answer.items()
            if name in recorded
        }
    if isinstance(answer, list) and isinstance(recorded, list) and len(answer) == len(recorded):
        return [drop_new_fields(*pair) for pair in zip(answer, recorded, strict=True)]
    return answer
