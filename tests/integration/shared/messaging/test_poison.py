"""What no handler can be asked about is set aside with its reason, and the rest of its batch goes on."""

import asyncio
import json
import random
from typing import Any

from core_rig import HERE, CoreDatabase, effects, fact, held, inbox, message, opened, person, take, value, written

from shared.messaging.decoding import Message

WHO, OTHER = person(1), person(2)


def changed(**attributes: Any) -> bytes:
    """A good event but for these attributes; None leaves one out."""
    document: dict[str, Any] = json.loads(written(fact(WHO, 1)).payload)
    return json.dumps({name: it for name, it in {**document, **attributes}.items() if it is not None}).encode()


def binary(**headers: bytes | None) -> list[tuple[str, bytes | None]]:
    """The headers of a good event in binary mode but for these."""
    document: dict[str, Any] = json.loads(written(fact(WHO, 1)).payload)
    names = ("specversion", "id", "source", "type", "subject", "time", "municipality")
    good: dict[str, bytes | None] = {f"ce_{name}": document[name].encode() for name in names}
    return list({"content-type": b"application/json", **good, **headers}.items())


DATA = json.dumps({"person_id": str(WHO), "withdrawn_on": "2026-07-01"}).encode()
POISON: dict[str, tuple[str, dict[str, Any]]] = {
    "no JSON": ("unreadable", {"value": b"hello"}),
    "half a document": ("unreadable", {"value": changed()[:-20]}),
    "not UTF-8": ("unreadable", {"value": b'{"id": "\xff\xfe"}'}),
    "an array": ("unreadable", {"value": b"[1, 2]"}),
    "a lone surrogate": ("unreadable", {"value": changed(subject="@").replace(b"@", rb"\ud800")}),
    "nested without end": ("unreadable", {"value": b'{"data":' * 100_000}),
    "nothing": ("unreadable", {"value": None}),
    "an empty value": ("unreadable", {"value": b""}),
    "an id that is a number": ("unreadable", {"value": changed(id=7)}),
    "no source": ("unreadable", {"value": changed(source=None)}),
    "another specversion": ("unreadable", {"value": changed(specversion="2.0")}),
    "a time that is none": ("unreadable", {"value": changed(time="yesterday")}),
    "a municipality that is none": ("unreadable", {"value": changed(municipality="Zoetermeer")}),
    "a batch of events": ("unreadable", {"headers": [("content-type", b"application/cloudevents-batch+json")]}),
    "a content type that is not UTF-8": ("unreadable", {"headers": [("content-type", b"\xff")]}),
    "an attribute header that is not UTF-8": ("unreadable", {"headers": binary(ce_type=b"\xff"), "value": DATA}),
    "an attribute header that is null": ("unreadable", {"headers": binary(ce_id=None), "value": DATA}),
    "binary data that is no JSON": ("unreadable", {"headers": binary(), "value": b"<xml/>"}),
    "data of wrong types": ("invalid_data", {"value": changed(data={"person_id": 7, "withdrawn_on": "soon"})}),
    "data that is an array": ("invalid_data", {"value": changed(data=[])}),
    "no data": ("invalid_data", {"value": changed(data=None)}),
    "a number too large for anything": ("invalid_data", {"value": changed(data="@").replace(b'"@"', b"9" * 5_000)}),
    "an unknown type": ("unknown_type", {"value": changed(type="nl.meedoen.recruitment.candidate-flew.v1")}),
    "a type with a zero byte": ("unknown_type", {"value": changed(type="nl.meedoen.\0.v1")}),
    "a very long type": ("unknown_type", {"value": changed(type="x" * 50_000)}),
    "a newer version": ("newer_version", {"value": changed(type="nl.meedoen.recruitment.candidate-withdrawn.v2")}),
    "a municipality not served": ("unknown_municipality", {"value": changed(municipality="gm9999")}),
    "no municipality": ("unknown_municipality", {"value": changed(municipality=None)}),
    "a key with a zero byte": ("unreadable", {"key": b"a\0b", "value": b"hello"}),
    "a key that is not UTF-8": ("unreadable", {"key": b"\xff\xfe", "value": b"hello"}),
    "a very long key": ("unreadable", {"key": random.Random(1).randbytes(20_000), "value": b"hello"}),
    "no key, and a subject with a zero byte": ("unknown_type", {"key": None, "value": changed(type="x", subject="\0")}),
    "a header with a zero byte": ("unreadable", {"headers": [("x", b"\0"), ("y\0", b"z")], "value": b"hello"}),
    "a header that is no text": ("unreadable", {"headers": [("x", bytes(range(256)))], "value": b"hello"}),
}


def poisonous(name: str, offset: int) -> Message:
    """The message of that name, under a key of its own where the key is not what is wrong."""
    differs = {"key": name.encode(), "value": changed(), **POISON[name][1]}
    return message(written(fact(WHO, 1)), offset=offset, **differs)


async def test_poison_is_parked_with_its_reason_and_the_rest_of_its_batch_goes_on(database: CoreDatabase) -> None:
    poison = {name: poisonous(name, offset) for offset, name in enumerate(POISON)}
    good = [written(fact(OTHER, step)) for step in range(len(POISON))]
    batch = [one for pair in zip(good, poison.values(), strict=True) for one in pair]
    async with opened(database) as service, asyncio.timeout(30):
        box = inbox(service)
        for name, one in poison.items():
            assert box.decoder.decode(one).problem is not None, name
        assert await take(box, *batch) == len(POISON)
        assert await take(box, *batch) == 0

    assert await effects(database) == {OTHER: list(range(len(POISON)))}
    rows = await held(database)
    assert {row["state"] for row in rows} == {"parked"}
    assert dict(zip(POISON, [row["reason"] for row in rows], strict=True)) == {
        name: reason for name, (reason, _) in POISON.items()
    }
    assert [row["payload"] for row in rows] == [one.value for one in poison.values()]
    assert all(row["sentence"].endswith(".") for row in rows)


async def test_a_good_event_under_a_strange_key_has_its_effect(database: CoreDatabase) -> None:
    strange = [None, b"", b"\0", b"\xff", b"k" * 20_000]
    async with opened(database) as service:
        for step, key in enumerate(strange):
            await take(inbox(service), message(written(fact(WHO, step)), key=key))

    assert await effects(database) == {WHO: list(range(len(strange)))}


async def test_later_good_events_of_a_poisoned_key_wait_behind_it(database: CoreDatabase) -> None:
    for key in (str(WHO).encode(), b"\0", random.Random(1).randbytes(5_000)):
        async with opened(database) as service:
            box = inbox(service)
            assert await take(box, message(written(fact(WHO, 1)), key=key, value=key)) == 1
            assert await take(box, message(written(fact(WHO, 2)), key=key)) == 1

    assert await effects(database) == {}
    assert [row["state"] for row in await held(database)] == ["parked", "waiting"] * 3


async def test_two_unreadable_messages_that_stood_at_one_place_are_two(database: CoreDatabase) -> None:
    """A broker that was wiped begins again at offset 0."""
    event = written(fact(WHO, 1))
    async with opened(database) as service:
        await take(inbox(service), message(event, value=b"one"))
        await take(inbox(service), message(event, value=b"another"), message(event, value=b"one"))

    assert [row["payload"] for row in await held(database)] == [b"one", b"another"]


async def test_an_event_that_comes_again_after_its_mark_was_dropped_is_still_held_once(database: CoreDatabase) -> None:
    poison = message(written(fact(WHO, 1)), value=changed(municipality="gm9999"))
    async with opened(database) as service, asyncio.timeout(20):
        await take(inbox(service), poison)
        await value(database.admin_url, "DELETE FROM messaging.inbox RETURNING 1")
        await take(inbox(service), poison, written(fact(OTHER, 1)))

    assert len(await held(database)) == 1
    assert await effects(database) == {OTHER: [1]}


async def test_no_sentence_repeats_what_the_message_said(database: CoreDatabase) -> None:
    name = "Abel Zonnebloem"
    talking: list[dict[str, Any]] = [
        {"value": changed(data={"person_id": name, name: name})},
        {"value": name.encode()},
        {"headers": [("content-type", f"application/{name}".encode())]},
        {"headers": [("content-type", f"application/cloudevents+{name}".encode())]},
        {"value": changed(type=name)},
        {"value": changed(specversion=name)},
        {"value": changed(municipality=name)},
        {"value": changed(time=name)},
    ]
    async with opened(database) as service:
        for number, differs in enumerate(talking):
            await take(inbox(service), message(written(fact(person(number), 1)), offset=number, **differs))

    sentences = [row["sentence"] for row in await held(database)]
    assert len(sentences) == len(talking)
    assert "zonnebloem" not in " ".join(sentences).lower()


def test_the_municipality_of_these_tests_is_served() -> None:
    assert json.loads(changed())["municipality"] == HERE
