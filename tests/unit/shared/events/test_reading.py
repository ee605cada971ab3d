"""What a consumer makes of any message: structured, binary, mirrored, broken."""

import json
from datetime import datetime
from typing import Any
from uuid import UUID

import pytest

from shared.events import PIPSigned
from shared.events.envelope import (
    CONTENT_TYPE,
    UnreadableEventError,
    deduplication_id,
    find_type,
    is_newer_version,
    read_data,
    read_event,
    write_event,
)
from shared.messaging import Received
from shared.testing.samples import sample

FACT = sample(PIPSigned)
WRITTEN = write_event(FACT, municipality="gm0637")
DOCUMENT: dict[str, Any] = json.loads(WRITTEN.payload)
DATA = json.dumps(DOCUMENT["data"]).encode()
BINARY = {f"ce_{name}": value.encode() for name, value in DOCUMENT.items() if name not in ("data", "datacontenttype")}
JSON_TYPE = {"content-type": b"application/json"}


def changed(**attributes: Any) -> bytes:
    return json.dumps({**DOCUMENT, **attributes}).encode()


@pytest.mark.parametrize(
    ("time", "moment"),
    [
        ("2026-07-01t10:00:00.123456789z", "2026-07-01T10:00:00.123456+00:00"),
        ("2026-07-01T10:00:00+02:00", "2026-07-01T10:00:00+02:00"),
        ("2016-12-31T23:59:60Z", "2016-12-31T23:59:59+00:00"),
    ],
)
def test_every_way_to_write_a_moment_by_rfc_3339_is_read(time: str, moment: str) -> None:
    envelope = read_event(changed(time=time))
    assert Received(FACT, WRITTEN.event_id, "gm0637", envelope.time).logged_at == datetime.fromisoformat(moment)


class TestStructured:
    @pytest.mark.parametrize(
        "headers",
        [
            {"content-type": CONTENT_TYPE.encode()},
            {"content-type": b"application/cloudevents+json"},
            {"Content-Type": b"APPLICATION/CloudEvents+JSON; Charset=UTF-8"},
            {"content-type": CONTENT_TYPE},
            {"content-type": b"application/cloudevents"},
            {},
            None,
        ],
        ids=["ours", "bare", "upper case", "text", "no format", "no content type", "no headers"],
    )
    def test_the_event_is_the_value(self, headers: Any) -> None:
        assert read_data(read_event(WRITTEN.payload, headers)) == FACT

    def test_mirrored_headers_on_a_structured_message_are_not_taken_for_a_binary_one(self) -> None:
        mirrored = {**BINARY, "ce_id": b"another", "content-type": CONTENT_TYPE.encode()}
        envelope = read_event(WRITTEN.payload, mirrored)
        assert envelope.id == str(WRITTEN.event_id)
        assert read_data(envelope) == FACT

    def test_null_attributes_are_absent(self) -> None:
        envelope = read_event(changed(subject=None, time=None, traceparent=None, dataschema=None, municipality=None))
        absent = (envelope.subject, envelope.time, envelope.traceparent, envelope.dataschema, envelope.municipality)
        assert absent == (None, None, None, None, None)

    def test_extensions_that_nobody_here_knows_are_passed_over(self) -> None:
        assert read_data(read_event(changed(sequence="0001", ttl=3, flag=True, other={"a": 1}))) == FACT

    def test_fields_of_a_later_compatible_writer_are_passed_over(self) -> None:
        assert read_data(read_event(changed(data={**DOCUMENT["data"], "later_field": "x"}))) == FACT

    def test_json_data_may_come_as_base64(self) -> None:
        plain = {name: value for name, value in DOCUMENT.items() if name != "data"}
        value = json.dumps({**plain, "data_base64": "eyJhIjoxfQ=="}).encode()
        assert bytes(read_event(value).data) == b'{"a":1}'


class TestBinary:
    def test_the_attributes_are_the_headers_and_the_value_is_the_data(self) -> None:
        envelope = read_event(DATA, {**BINARY, **JSON_TYPE})
        assert envelope.deduplication_id == WRITTEN.event_id
        assert read_data(envelope) == FACT

    def test_names_of_headers_may_be_in_any_case_and_data_in_any_json_type(self) -> None:
        headers = {name.upper(): value for name, value in BINARY.items()}
        assert read_data(read_event(DATA, {**headers, "CONTENT-TYPE": b"application/problem+json; v=1"})) == FACT

    def test_without_content_type_the_ce_headers_tell(self) -> None:
        assert read_data(read_event(DATA, BINARY)) == FACT

    def test_a_message_without_value_has_no_data(self) -> None:
        assert bytes(read_event(None, {**BINARY, **JSON_TYPE}).data) == b"null"

    def test_a_header_without_value_is_absent(self) -> None:
        assert read_event(DATA, {**BINARY, "ce_subject": None, **JSON_TYPE}).subject is None

    def test_other_headers_may_hold_any_bytes(self) -> None:
        assert read_event(DATA, {**BINARY, **JSON_TYPE, "trace-bin": b"\xff\xfe"}).id == str(WRITTEN.event_id)


@pytest.mark.parametrize(
    ("value", "headers", "sentence"),
    [
        (None, {}, "The message is empty"),
        (b"", {}, "not a CloudEvents JSON document"),
        (b"{", {}, "not a CloudEvents JSON document"),
        (b"\xff\xfe", {}, "not a CloudEvents JSON document"),
        (b"null", {}, "not a CloudEvents JSON document"),
        (b'"text"', {}, "not a CloudEvents JSON document"),
        (b"[" * 100_000, {}, "not a CloudEvents JSON document"),
        (b'{"data":' + b"[" * 100_000, {}, "not a CloudEvents JSON document"),
        (b"[" + WRITTEN.payload + b"]", {"content-type": b"application/cloudevents-batch+json"}, "one event in JSON"),
        (b"[" + WRITTEN.payload + b"]", {}, "Expected `object`, got `array`"),
        (b"\x00", {"content-type": b"application/cloudevents+avro"}, r"not that of one event"),
        (b'{"id":"1"}', {}, "missing required field `specversion`"),
        (changed(id=None), {}, "at `\\$.id`"),
        (changed(id=7), {}, "at `\\$.id`"),
        (changed(id=""), {}, "The id of the event is empty"),
        (changed(source=""), {}, "source of the event is empty"),
        (changed(type=""), {}, "type of the event is empty"),
        (changed(specversion="0.3"), {}, "specversion of the event is not 1.0"),
        (changed(time="yesterday"), {}, "time of the event is not an RFC 3339 time"),
        (changed(time="2026-07-01T10:00:00"), {}, "time of the event is not an RFC 3339 time"),
        (changed(time="2026-13-01T10:00:00Z"), {}, "time of the event is not an RFC 3339 time"),
        (changed(time="2026-07-01T10:00:00+24:00"), {}, "time of the event is not an RFC 3339 time"),
        (changed(municipality="Zoetermeer"), {}, "municipality of the event is not a CBS code"),
        (changed(municipality="gm0637\n"), {}, "municipality of the event is not a CBS code"),
        (changed(datacontenttype="text/xml"), {}, "datacontenttype of the event is not JSON"),
        (changed(data_base64="e30="), {}, "both data and data_base64"),
        (changed(data=None, data_base64="%%"), {}, "not base64"),
        (changed(data=None, data_base64="ew=="), {}, "data of the event is not JSON"),
        (DATA, JSON_TYPE, "lacks the header ce_specversion"),
        (DATA, {**BINARY, "ce_type": None}, "lacks the header ce_type"),
        (b"{", {**BINARY, **JSON_TYPE}, "data of the event is not JSON"),
        (b"<a/>", {**BINARY, "content-type": b"text/xml"}, "data of the event is not JSON"),
        (b"1", {**BINARY, "content-type": b"text/plain"}, "datacontenttype of the event is not JSON"),
        (DATA, {**BINARY, "ce_id": b"\xff"}, "not UTF-8"),
    ],
)
def test_what_is_not_an_event_is_refused_with_a_sentence(value: Any, headers: Any, sentence: str) -> None:
    with pytest.raises(UnreadableEventError, match=sentence) as refusal:
        read_event(value, headers)
    assert str(refusal.value).endswith(".")


class TestData:
    def test_data_that_breaks_the_schema_is_refused_by_field_and_never_by_value(self) -> None:
        envelope = read_event(changed(data={"person_id": "secret-value", "signed_on": "2026-13-01"}))
        with pytest.raises(UnreadableEventError, match="at: person_id, signed_on, route, relief_agreed") as refusal:
            read_data(envelope)
        assert "secret-value" not in str(refusal.value)

    def test_data_of_a_type_that_nobody_declared_is_refused(self) -> None:
        with pytest.raises(UnreadableEventError, match=r"nl.elsewhere.v1 is not in the catalogue"):
            read_data(read_event(changed(type="nl.elsewhere.v1")))


class TestVersions:
    def test_a_known_type_has_its_entry(self) -> None:
        assert find_type(read_event(WRITTEN.payload)) is PIPSigned.event_type

    @pytest.mark.parametrize(
        ("type_name", "newer"),
        [
            ("nl.meedoen.intake.pip-signed.v1", False),
            ("nl.meedoen.intake.pip-signed.v2", True),
            ("nl.meedoen.intake.pip-signed.v10", True),
            ("nl.meedoen.intake.pip-signed.v²", False),
            ("nl.meedoen.intake.pip-signed.v1.1", False),
            ("nl.meedoen.intake.pip-signed.v" + "9" * 5000, False),
            ("nl.meedoen.intake.pip-signed", False),
            ("nl.meedoen.intake.other.v2", False),
        ],
    )
    def test_only_a_higher_number_of_a_known_type_is_newer(self, type_name: str, *, newer: bool) -> None:
        envelope = read_event(changed(type=type_name))
        assert is_newer_version(envelope) is newer
        assert (find_type(envelope) is None) is (type_name != PIPSigned.event_type.type)


class TestDeduplication:
    def test_our_own_id_is_the_uuid_itself(self) -> None:
        source = DOCUMENT["source"]
        assert deduplication_id(source, str(WRITTEN.event_id)) == WRITTEN.event_id

    def test_the_same_foreign_id_from_two_sources_is_two_events(self) -> None:
        uuid = str(UUID(int=1))
        ids = {deduplication_id(source, event_id) for source in ("urn:a", "urn:b") for event_id in (uuid, "1")}
        assert len(ids) == 4

    def test_an_event_has_one_id_in_both_modes(self) -> None:
        structured = read_event(WRITTEN.payload, {"content-type": CONTENT_TYPE})
        assert read_event(DATA, {**BINARY, **JSON_TYPE}).deduplication_id == structured.deduplication_id
