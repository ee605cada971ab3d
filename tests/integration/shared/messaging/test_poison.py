"""An event that no handler can take is parked with its reason, and the rest of its batch goes on."""

import asyncio
import json
import random
from collections import Counter
from typing import Any

from core_rig import (
    HERE,
    CoreDatabase,
    build_inbox,
    build_message,
    deliver,
    fetch_value,
    load_effects,
    load_held,
    make_event,
    open_database,
    person_id,
)

from shared.events.envelope import EVENT_SIZE_BYTES_MAX
from shared.messaging.decoding import Message
from shared.messaging.outcome import APART

WHO, OTHER = person_id(1), person_id(2)
SUBJECT = f'"subject": "{WHO}"'.encode()


def change_event(**attributes: Any) -> bytes:
    """Return a good event with these attributes changed; None leaves one out."""
    document: dict[str, Any] = json.loads(make_event(WHO, 1).payload)
    return json.dumps({name: item for name, item in {**document, **attributes}.items() if item is not None}).encode()


def build_binary_headers(**headers: bytes | None) -> list[tuple[str, bytes | None]]:
    """Return the headers of a good event in binary mode with these changed."""
    document: dict[str, Any] = json.loads(make_event(WHO, 1).payload)
    names = ("specversion", "id", "source", "type", "subject", "time", "municipality")
    good: dict[str, bytes | None] = {f"ce_{name}": document[name].encode() for name in names}
    return list({"content-type": b"application/json", **good, **headers}.items())


DATA = json.dumps({"person_id": str(WHO), "withdrawn_on": "2026-07-01"}).encode()
POISON: dict[str, tuple[str, dict[str, Any]]] = {
    "not JSON": ("unreadable", {"value": b"hello"}),
    "half a document": ("unreadable", {"value": change_event()[:-20]}),
    "not UTF-8": ("unreadable", {"value": b'{"id": "\xff\xfe"}'}),
    "an array": ("unreadable", {"value": b"[1, 2]"}),
    "a lone surrogate": ("unreadable", {"value": change_event(subject="@").replace(b"@", rb"\ud800")}),
    "nested without end": ("unreadable", {"value": b'{"data":' * 100_000}),
    "nothing": ("unreadable", {"value": None}),
    "an empty value": ("unreadable", {"value": b""}),
    "an id that is a number": ("unreadable", {"value": change_event(id=7)}),
    "no source": ("unreadable", {"value": change_event(source=None)}),
    "another specversion": ("unreadable", {"value": change_event(specversion="2.0")}),
    "a wrong time": ("unreadable", {"value": change_event(time="yesterday")}),
    "a wrong municipality": ("unreadable", {"value": change_event(municipality="Zoetermeer")}),
    "a batch of events": ("unreadable", {"headers": [("content-type", b"application/cloudevents-batch+json")]}),
    "a content type that is not UTF-8": ("unreadable", {"headers": [("content-type", b"\xff")]}),
    "an attribute header that is not UTF-8": (
        "unreadable",
        {"headers": build_binary_headers(ce_type=b"\xff"), "value": DATA},
    ),
    "an attribute header that is null": ("unreadable", {"headers": build_binary_headers(ce_id=None), "value": DATA}),
    "binary data that is not JSON": ("unreadable", {"headers": build_binary_headers(), "value": b"<xml/>"}),
    "data of wrong types": ("invalid_data", {"value": change_event(data={"person_id": 7, "withdrawn_on": "soon"})}),
    "data that is an array": ("invalid_data", {"value": change_event(data=[])}),
    "no data": ("invalid_data", {"value": change_event(data=None)}),
    "a number too large for anything": (
        "invalid_data",
        {"value": change_event(data="@").replace(b'"@"', b"9" * 5_000)},
    ),
    "an unknown type": ("unknown_type", {"value": change_event(type="nl.meedoen.recruitment.candidate-flew.v1")}),
    "a type with a zero byte": ("unknown_type", {"value": change_event(type="nl.meedoen.\0.v1")}),
    "a very long type": ("unknown_type", {"value": change_event(type="x" * 50_000)}),
    "a newer version": ("newer_version", {"value": change_event(type="nl.meedoen.recruitment.candidate-withdrawn.v2")}),
    "a municipality not served": ("unknown_municipality", {"value": change_event(municipality="gm9999")}),
    "no municipality": ("unknown_municipality", {"value": change_event(municipality=None)}),
    "a key with a zero byte": ("unreadable", {"key": b"a\0b", "value": b"hello"}),
    "a key that is not UTF-8": ("unreadable", {"key": b"\xff\xfe", "value": b"hello"}),
    "a very long key": ("unreadable", {"key": random.Random(1).randbytes(20_000), "value": b"hello"}),
    "no key, and a subject with a zero byte": (
        "wrong_key",
        {"key": None, "value": change_event(type="x", subject="\0")},
    ),
    "the key of somebody else": ("wrong_key", {"key": str(OTHER).encode(), "value": change_event()}),
    "no key": ("wrong_key", {"key": None}),
    "data of somebody else": (
        "wrong_key",
        {"value": change_event(data={"person_id": str(OTHER), "withdrawn_on": "2026-07-01"})},
    ),
    "another topic": ("wrong_topic", {"topic": "meedoen.calendar.day"}),
    "another service's name": (
        "wrong_source",
        {"value": change_event(source="urn:nld:oin:00000099000000099000:systeem:meedoen-intake")},
    ),
    "another organisation": (
        "wrong_source",
        {"value": change_event(source="urn:nld:oin:00000099000000088000:systeem:meedoen-recruitment")},
    ),
    "a type of nobody from somebody else": ("wrong_source", {"value": change_event(type="x", source="urn:x")}),
    "a header with a zero byte": ("unreadable", {"headers": [("x", b"\0"), ("y\0", b"z")], "value": b"hello"}),
    "a header that is not text": ("unreadable", {"headers": [("x", bytes(range(256)))], "value": b"hello"}),
}


def build_poison(name: str, offset: int) -> Message:
    """Return the message of that name; one that is believed and has its place in an order has a key of its own."""
    reason, changes = POISON[name]
    differs: dict[str, Any] = {"value": change_event(), **changes}
    if reason not in APART:
        subject = json.dumps(name).encode()
        differs = {
            "key": name.encode(),
            **differs,
            "value": differs["value"].replace(SUBJECT, b'"subject": ' + subject),
        }
    return build_message(make_event(WHO, 1), offset=offset, **differs)


async def test_poison_is_parked_with_its_reason_and_the_rest_of_its_batch_goes_on(database: CoreDatabase) -> None:
    poison = {name: build_poison(name, offset) for offset, name in enumerate(POISON)}
    good = [make_event(OTHER, step) for step in range(len(POISON))]
    batch = [item for pair in zip(good, poison.values(), strict=True) for item in pair] + [make_event(WHO, 7)]
    async with open_database(database) as service, asyncio.timeout(30):
        box = build_inbox(service)
        for name, poisoned in poison.items():
            assert box.decoder.decode(poisoned).problem is not None, name
        assert await deliver(box, *batch) == len(POISON)
        assert await deliver(box, *batch) == 0

    assert await load_effects(database) == {OTHER: list(range(len(POISON))), WHO: [7]}
    rows = await load_held(database)
    assert {row["state"] for row in rows} == {"parked"}
    assert Counter(row["reason"] for row in rows) == Counter(reason for reason, _ in POISON.values())
    assert {row["payload"] for row in rows} == {
        poisoned.value and poisoned.value[:EVENT_SIZE_BYTES_MAX] for poisoned in poison.values()
    }
    assert all(row["sentence"].endswith(".") for row in rows)
    assert {row["is_believed"] for row in rows if row["reason"] in APART} == {False}
    assert all(row["is_believed"] for row in rows if row["reason"] not in APART)


async def test_a_good_event_under_a_strange_key_has_no_place_in_an_order_and_is_parked(database: CoreDatabase) -> None:
    strange = [None, b"", b"\0", b"\xff", b"k" * 20_000]
    async with open_database(database) as service:
        for step, key in enumerate(strange):
            assert await deliver(build_inbox(service), build_message(make_event(WHO, step), key=key)) == 1

    assert await load_effects(database) == {}
    assert [row["reason"] for row in await load_held(database)] == ["wrong_key"] * len(strange)


async def test_an_unreadable_message_does_not_hold_back_the_key_that_it_claims(database: CoreDatabase) -> None:
    async with open_database(database) as service:
        box, key = build_inbox(service), str(WHO).encode()
        assert await deliver(box, build_message(make_event(WHO, 1), key=key, value=b"?")) == 1
        assert await deliver(box, make_event(WHO, 2)) == 0

    assert await load_effects(database) == {WHO: [2]}


async def test_what_the_service_of_a_topic_publishes_and_this_code_does_not_know_holds_its_key_back(
    database: CoreDatabase,
) -> None:
    newer = change_event(type="nl.meedoen.recruitment.candidate-withdrawn.v2")
    async with open_database(database) as service:
        box = build_inbox(service)
        assert await deliver(box, build_message(make_event(WHO, 1), value=newer)) == 1
        assert await deliver(box, make_event(WHO, 2)) == 1

    assert await load_effects(database) == {}
    assert [row["state"] for row in await load_held(database)] == ["parked", "waiting"]


async def test_two_unreadable_messages_at_the_same_offset_are_two(database: CoreDatabase) -> None:
    """A broker that was wiped begins again at offset 0."""
    event = make_event(WHO, 1)
    async with open_database(database) as service:
        await deliver(build_inbox(service), build_message(event, value=b"one"))
        await deliver(build_inbox(service), build_message(event, value=b"another"), build_message(event, value=b"one"))

    assert [row["payload"] for row in await load_held(database)] == [b"one", b"another"]


async def test_an_event_that_comes_again_after_its_mark_was_dropped_is_still_held_once(database: CoreDatabase) -> None:
    poison = build_message(make_event(WHO, 1), value=change_event(municipality="gm9999"))
    async with open_database(database) as service, asyncio.timeout(20):
        await deliver(build_inbox(service), poison)
        await fetch_value(database.admin_url, "DELETE FROM messaging.inbox RETURNING 1")
        await deliver(build_inbox(service), poison, make_event(OTHER, 1))

    assert len(await load_held(database)) == 1
    assert await load_effects(database) == {OTHER: [1]}


async def test_no_sentence_repeats_the_content_of_the_message(database: CoreDatabase) -> None:
    name = "Abel Zonnebloem"
    messages: list[dict[str, Any]] = [
        {"value": change_event(data={"person_id": name, name: name})},
        {"value": name.encode()},
        {"headers": [("content-type", f"application/{name}".encode())]},
        {"headers": [("content-type", f"application/cloudevents+{name}".encode())]},
        {"value": change_event(type=name)},
        {"value": change_event(specversion=name)},
        {"value": change_event(municipality=name)},
        {"value": change_event(time=name)},
    ]
    async with open_database(database) as service:
        for number, differs in enumerate(messages):
            await deliver(
                build_inbox(service),
                build_message(make_event(person_id(number), 1), offset=number, **differs),
            )

    sentences = [row["sentence"] for row in await load_held(database)]
    assert len(sentences) == len(messages)
    assert "zonnebloem" not in " ".join(sentences).lower()


def test_the_municipality_of_these_tests_is_served() -> None:
    assert json.loads(change_event())["municipality"] == HERE
