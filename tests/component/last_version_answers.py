"""What a service answers on a database of the last version, and a next step that it takes there.

The maker of the dumps records both with the code of its version; the test asks the same of the code of today.
"""

from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from importlib import import_module
from typing import Any

import asyncpg

from shared.events import CandidateRecruited, DayStarted, EventData, RunShardOpened
from shared.events.envelope import CONTENT_TYPE, read_event
from shared.identity import Role
from shared.testing.delivering import deliver, on_the_wire
from shared.testing.eventually import eventually
from shared.testing.running import RunningService
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
Authorise = Callable[[str, str], Mapping[str, str]]  # of a municipality and a subject: the headers of a request


async def read_answers(service: RunningService, name: str, authorise: Authorise) -> dict[str, Any]:
    """Every answer by municipality and path."""
    return {f"{town} {path}": answer async for town, path, answer in _answers(service, name, authorise)}


async def _answers(service: RunningService, name: str, authorise: Authorise) -> AsyncIterator[tuple[str, str, Any]]:
    for town in TOWNS:
        for path, below in _PATHS[name].items():
            answer = await _get(service, path, authorise(town, "reader"))
            yield town, path, answer
            for item in answer["items"] if below else ():
                for inner in (one.format(id=item["id"]) for one in below):
                    yield town, inner, await _get(service, inner, authorise(town, "reader"))


async def _get(service: RunningService, path: str, headers: Mapping[str, str]) -> Any:
    response = await service.get(path, headers=headers)
    assert response.is_success, f"GET {path}: {response.text}"
    return response.json()


async def take_next_step(service: RunningService, name: str, authorise: Authorise) -> dict[str, Any]:
    """A step of today on what stands there: what the service answers, and how many events of each type it publishes."""
    earlier = Counter(one.envelope.type for one in await service.told())
    answers = await _STEPS[name](service, authorise)
    published = Counter(one.envelope.type for one in await service.told()) - earlier
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
    await take(service, "intake", on_the_wire(fact, next_day()))
    headers = authorise(HOME_TOWN, "case manager")
    return [await _get(service, f"/newcomers/{fact.key}", headers), await _get(service, "/figures", headers)]


async def _send_message(service: RunningService, authorise: Authorise) -> list[Any]:
    """A new person is welcomed: the answer is taken once the message has left."""
    fact = sample(CandidateRecruited)
    await take(service, "notifications", on_the_wire(fact))
    headers, path = authorise(HOME_TOWN, "case manager"), f"/messages?person_id={fact.key}"

    async def sent() -> list[Any]:
        items: list[Any] = (await _get(service, path, headers))["items"]
        return items if items and all(one["state"] == "sent" for one in items) else []

    messages = await eventually(sent)
    totals = await _get(service, "/message-totals", headers)
    return [sorted((one["template"], one["language"], one["state"]) for one in messages), totals]


async def _release_month(service: RunningService, authorise: Authorise) -> list[Any]:
    """The month that the last version proposed is approved, sealed and released, and a day starts."""
    headers = authorise(HOME_TOWN, "approver")
    runs = (await _get(service, "/runs", headers))["items"]
    (run,) = (one for one in runs if one["state"] == "proposed")
    for step in ("approvals", "seals", "releases"):
        answer = await service.post(f"/runs/{run['id']}/{step}", json={"on": ON}, headers=headers)
        assert answer.status_code == 201, f"{step}: {answer.text}"
        opened = [one for one in await service.told() if isinstance(one.data, RunShardOpened)]
        await take(
            service, "ontzorgen", on_the_wire(*(one.data for one in opened if str(one.data.run_id) == run["id"]))
        )
    await take(service, "ontzorgen", on_the_wire(next_day()))
    return [await _get(service, path, headers) for path in (f"/runs/{run['id']}", "/ledger-totals")]


_STEPS: Mapping[str, Callable[[RunningService, Authorise], Any]] = {
    "recruitment": _withdraw_candidate,
    "intake": _open_file,
    "ontzorgen": _release_month,
    "notifications": _send_message,
}


def next_day() -> EventData:
    return DayStarted.model_validate({"municipality": HOME_TOWN, "date": NEXT_DAY})


async def take(service: RunningService, name: str, payloads: Iterable[bytes]) -> None:
    """Let the service take events through its inbox; none may be held."""
    subscriptions = import_module(f"services.{name}.app").SUBSCRIPTIONS
    wanted = {one.event.event_type.type for one in subscriptions}
    events = [one for one in payloads if read_event(one, {"content-type": CONTENT_TYPE}).type in wanted]
    assert await deliver(service, subscriptions, events) == 0


async def read_log(connection: asyncpg.Connection) -> list[bytes]:
    """The events of a service's log that are of the home town, as they travelled."""
    rows = await connection.fetch("SELECT payload FROM messaging.outbox ORDER BY position")
    payloads = [bytes(row["payload"]) for row in rows]
    return [one for one in payloads if read_event(one, {"content-type": CONTENT_TYPE}).municipality == HOME_TOWN]


def as_recorded(answer: Any, recorded: Any) -> Any:
    """The answer without fields that are new since: whoever reads it does not mind those."""
    if isinstance(answer, dict) and isinstance(recorded, dict):
        return {name: as_recorded(value, recorded[name]) for name, value in answer.items() if name in recorded}
    if isinstance(answer, list) and isinstance(recorded, list) and len(answer) == len(recorded):
        return [as_recorded(*pair) for pair in zip(answer, recorded, strict=True)]
    return answer
