"""Deliveries to a partner's own server: signed, in order per person, tried again, and never to a foreign address."""

import hmac
from base64 import b64decode, b64encode
from email import message_from_bytes
from hashlib import sha256
from typing import Any
from uuid import uuid4

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from partner_desk import PartnerDesk
from webhook_receiver import ReceivedDocument, Receiver

from shared.events import DayStarted
from shared.testing import eventually
from shared.testing.samples import sample


async def subscribe(desk: PartnerDesk, receiver: Receiver) -> dict[str, Any]:
    return await desk.subscribe(protocol="webhook", sink=receiver.sink)


async def wait_for(receiver: Receiver, count: int) -> list[ReceivedDocument]:
    async def look() -> list[ReceivedDocument]:
        return receiver.deliveries if len(receiver.deliveries) >= count else []

    return await eventually(look)


async def list_deliveries(desk: PartnerDesk, subscription: dict[str, Any]) -> list[dict[str, Any]]:
    path = f"/subscriptions/{subscription['id']}/deliveries"
    items: list[dict[str, Any]] = (await desk.service.get(path, headers=desk.as_partner())).json()["items"]
    return items


def verify(delivery: ReceivedDocument, secret: str, public_key: str) -> list[str]:
    """Return the kinds of the signatures that hold, by the standard's own words."""
    content = f"{delivery.headers['webhook-id']}.{delivery.headers['webhook-timestamp']}.".encode() + delivery.body
    kinds = []
    for part in delivery.headers["webhook-signature"].split():
        kind, _, signature = part.partition(",")
        if kind == "v1":
            key = b64decode(secret.removeprefix("whsec_"))
            holds = b64encode(hmac.digest(key, content, sha256)).decode() == signature
        else:
            Ed25519PublicKey.from_public_bytes(b64decode(public_key.removeprefix("whpk_"))).verify(
                b64decode(signature), content
            )
            holds = True
        kinds += [kind] if holds else []
    return kinds


async def test_a_delivery_is_signed_by_both_ways_and_says_what_the_cursor_would(
    desk: PartnerDesk, receiver: Receiver
) -> None:
    await desk.register()
    subscription = await subscribe(desk, receiver)
    await desk.deliver(desk.grant())
    (delivery,) = await wait_for(receiver, 1)
    assert verify(delivery, subscription["key"]["secret"], subscription["key"]["public_key"]) == ["v1", "v1a"]
    assert delivery.headers["content-type"] == "application/cloudevents+json; charset=utf-8"
    assert delivery.headers["webhook-id"] == delivery.document["id"]
    assert delivery.headers["webhook-request-origin"]
    assert delivery.document["sequence"] == "1"


async def test_a_new_key_signs_beside_the_old_one(desk: PartnerDesk, receiver: Receiver) -> None:
    await desk.register()
    subscription = await subscribe(desk, receiver)
    path = f"/subscriptions/{subscription['id']}/keys"
    new = (await desk.service.post(path, headers=desk.as_partner())).json()
    await desk.deliver(desk.grant())
    (delivery,) = await wait_for(receiver, 1)
    assert delivery.headers["webhook-signature"].count("v1,") == 2
    for key in (new, subscription["key"]):
        content = f"{delivery.headers['webhook-id']}.{delivery.headers['webhook-timestamp']}.".encode() + delivery.body
        signature = b64encode(hmac.digest(b64decode(key["secret"].removeprefix("whsec_")), content, sha256)).decode()
        assert f"v1,{signature}" in delivery.headers["webhook-signature"]


async def count_retries_beside_others(desk: PartnerDesk, receiver: Receiver) -> int:
    """Return how often a person who has to wait is tried again as documents of others go out."""
    async with desk.service.database.transaction(desk.municipality) as tx:
        await tx.rows("UPDATE webhook_wait SET retry_at = now() + interval '1 hour' RETURNING subject")
    tries = []
    for kind in ("energy", "water"):  # a round that was under way has ended once the first of them is there
        await desk.deliver(desk.grant(kind=kind))
        await eventually(lambda kind=kind: has_arrived(receiver, kind))
        tries.append([document["sequence"] for document in receiver.accepted].count("2"))
    return tries[1] - tries[0]


async def has_arrived(receiver: Receiver, kind: str) -> bool:
    return receiver.accepted[-1]["data"].get("kind") == kind


async def test_a_document_that_is_rejected_holds_back_its_own_person_alone(
    desk: PartnerDesk, receiver: Receiver
) -> None:
    await desk.register()
    subscription = await subscribe(desk, receiver)
    first = desk.grant()
    await desk.deliver(first)
    (delivery,) = await wait_for(receiver, 1)
    rejected = delivery.document["subject"]
    receiver.answer = lambda document: 422 if document.get("subject") == rejected else 204
    await desk.deliver(desk.grant(kind="water"), desk.revoke(first))
    desk.person = uuid4()
    await desk.deliver(desk.grant())

    async def has_settled() -> bool:
        states = [each["state"] for each in await list_deliveries(desk, subscription)]
        return states == ["delivered", "waiting", "waiting", "delivered"]

    await eventually(has_settled)
    failed = (await list_deliveries(desk, subscription))[1]
    assert (failed["status"], failed["problem"]) == (422, "rejected")
    assert list(dict.fromkeys(document["sequence"] for document in receiver.accepted)) == ["1", "2", "4"]
    assert await count_retries_beside_others(desk, receiver) == 0
    receiver.answer = lambda _: 204
    before = len(receiver.deliveries)
    path = f"/subscriptions/{subscription['id']}/replays"
    body = {"first_sequence": 2, "last_sequence": 3}
    assert (await desk.service.post(path, json=body, headers=desk.as_partner())).json() == {"documents": 2}
    await wait_for(receiver, before + 2)
    assert [document["sequence"] for document in receiver.accepted][-2:] == ["2", "3"]


async def test_a_partner_that_is_gone_is_paused_and_gets_everything_once_it_is_back(
    desk: PartnerDesk, receiver: Receiver, tmp_path: Any
) -> None:
    await desk.register()
    subscription = await subscribe(desk, receiver)
    receiver.answer = lambda _: 410
    await desk.deliver(desk.grant())
    path = f"/subscriptions/{subscription['id']}"

    async def read_state() -> tuple[str, str] | None:
        answer = (await desk.service.get(path, headers=desk.as_partner())).json()
        return (answer["state"], answer["pause_reason"]) if answer["state"] != "active" else None

    assert await eventually(read_state) == ("paused", "gone")
    await desk.deliver(desk.grant(kind="water"))
    receiver.answer = lambda _: 204
    assert (await desk.service.post(f"{path}/resumptions", headers=desk.as_partner())).status_code == 201
    await wait_for(receiver, 3)
    assert [document["sequence"] for document in receiver.accepted] == ["1", "1", "2"]
    mails = [message_from_bytes(each.read_bytes()) for each in (tmp_path / "spool").rglob("*") if each.is_file()]
    texts = [str(part.get_payload(decode=True)) for mail in mails for part in mail.walk() if not part.is_multipart()]
    assert any("gepauzeerd" in text for text in texts)


async def test_a_server_that_does_not_consent_gets_no_document(desk: PartnerDesk, receiver: Receiver) -> None:
    await desk.register()
    receiver.consents_to = "somebody-else.example"
    subscription = await subscribe(desk, receiver)
    await desk.deliver(desk.grant())

    async def has_failed() -> bool:
        metrics = (await desk.service.get("http://service/metrics")).text
        return 'meedoen_webhook_rounds_failed_total{problem="no_consent"} 1.0' in metrics

    await eventually(has_failed)
    assert receiver.deliveries == []
    assert [each["state"] for each in await list_deliveries(desk, subscription)] == ["waiting"]


@pytest.mark.parametrize(
    "sink",
    [
        "http://woonstad.example/events",
        "https://user:secret@woonstad.example/events",
        "https://10.0.0.1/events",
        "https://2130706433/events",
        "https://0x7f.1/events",
        "https://[::ffff:127.0.0.1]/events",
        "https://woonstad.example:22/events",
        "https://WOONSTAD.example/events",
        "https://localhost/events#x",
    ],
)
async def test_an_address_that_is_no_public_server_is_refused_at_once(desk: PartnerDesk, sink: str) -> None:
    await desk.register()
    body = {"types": ["nl.meedoen.ontzorgen.mandate-granted.v1"], "protocol": "webhook", "sink": sink}
    answer = await desk.service.post("/subscriptions", json=body, headers=desk.as_partner())
    assert answer.status_code == 400
    assert [error["code"] for error in answer.json()["errors"]] == ["sink_refused"]


async def test_what_is_past_its_retention_is_not_delivered_either(desk: PartnerDesk, receiver: Receiver) -> None:
    await desk.register()
    subscription = await subscribe(desk, receiver)
    path = f"/subscriptions/{subscription['id']}"
    assert (await desk.service.post(f"{path}/pauses", headers=desk.as_partner())).status_code == 201
    await desk.deliver(desk.grant())
    async with desk.service.database.transaction(desk.municipality) as tx:
        await tx.rows("UPDATE feed_entry SET recorded_at = recorded_at - interval '400 days' RETURNING sequence")
    await desk.deliver(sample(DayStarted))
    assert [each["sequence"] for each in await list_deliveries(desk, subscription)] == [2]
    assert (await desk.service.post(f"{path}/resumptions", headers=desk.as_partner())).status_code == 201
    (delivery,) = await wait_for(receiver, 1)
    assert delivery.document["type"] == "nl.meedoen.subscriptions.digest-published.v1"
