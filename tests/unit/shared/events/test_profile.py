"""Each MUST of the NLGov profile for CloudEvents 1.1, and of its draft URN rules, on every event that we write."""

import json
import re
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from shared.events import DayStarted, EventType, catalogue
from shared.events.envelope import (
    CONTENT_TYPE,
    EVENT_SIZE_BYTES_MAX,
    Envelope,
    EventTooLargeError,
    read_event,
    source_urn,
    write_event,
)
from shared.events.guard import PersonalDataFoundError
from shared.events.intake import PIPSigned
from shared.events.recruitment import CandidateRecruited
from shared.testing.samples import sample

DOCS = Path(__file__).resolve().parents[4] / "docs" / "events"
TRACEPARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
NUMBERS = ("integer", "number")
ENTRIES = list(catalogue().values())
every_event = pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.type)


def published_schema(entry: EventType) -> dict[str, Any]:
    schema: dict[str, Any] = json.loads((DOCS / "schemas" / f"{entry.type}.json").read_text("utf-8"))
    return schema


def written(entry: EventType, **details: Any) -> dict[str, Any]:
    event = write_event(sample(entry.model), municipality="gm0637", traceparent=TRACEPARENT, **details)
    document: dict[str, Any] = json.loads(event.payload)
    return document


@every_event
class TestAttributes:
    def test_names_are_lower_case_letters_and_digits_and_at_most_twenty(self, entry: EventType) -> None:
        assert all(re.fullmatch(r"[a-z0-9]{1,20}", name) for name in written(entry))

    def test_values_are_texts_without_control_characters_and_none_is_null_or_empty(self, entry: EventType) -> None:
        attributes = {name: value for name, value in written(entry).items() if name != "data"}
        assert all(isinstance(value, str) and value and value.isprintable() for value in attributes.values())

    def test_specversion_is_1_0(self, entry: EventType) -> None:
        assert written(entry)["specversion"] == "1.0"

    def test_datacontenttype_is_json(self, entry: EventType) -> None:
        assert written(entry)["datacontenttype"] == "application/json"

    def test_subject_is_the_record_key_and_stands_in_the_data(self, entry: EventType) -> None:
        event = write_event(sample(entry.model), municipality="gm0637")
        document = json.loads(event.payload)
        assert document["subject"] == event.key == document["data"][entry.topic.key_field]


@every_event
class TestId:
    def test_id_is_a_random_uuid_of_version_7_and_differs_each_time(self, entry: EventType) -> None:
        ids = {written(entry)["id"] for _ in range(50)}
        assert len(ids) == 50
        assert all(re.fullmatch(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", i) for i in ids)

    def test_the_schema_behind_dataschema_says_that_the_id_is_random(self, entry: EventType) -> None:
        schema = published_schema(entry)
        assert schema["$id"] == written(entry)["dataschema"]
        assert schema["x-id"] == entry.id_kind
        assert "random UUID" in entry.id_kind or entry.model is DayStarted  # its id is derived, and the schema says so


@every_event
class TestSource:
    def test_source_is_an_rfc_8141_urn_in_namespace_nld(self, entry: EventType) -> None:
        # RFC 8141: urn:NID:NSS, the NID of 2 to 32 letters, digits and hyphens, the NSS of pchar and slashes.
        assert re.fullmatch(r"urn:nld:[A-Za-z0-9\-._~!$&'()*+,;=:@/]+", written(entry)["source"])

    def test_source_names_the_organisation_by_oin_and_then_the_system_split_by_colons(self, entry: EventType) -> None:
        assert re.fullmatch(rf"urn:nld:oin:[0-9]{{20}}:systeem:meedoen-{entry.service}", written(entry)["source"])

    def test_source_is_no_place_to_fetch_data_from(self, entry: EventType) -> None:
        assert "//" not in written(entry)["source"]


@every_event
class TestType:
    def test_type_is_a_reverse_domain_name_with_exactly_one_number_with_prefix_v(self, entry: EventType) -> None:
        assert re.fullmatch(r"nl\.meedoen\.[a-z]+\.[a-z]+(?:-[a-z]+)*\.v[1-9][0-9]*", written(entry)["type"])

    def test_type_names_a_past_tense_fact_of_at_most_four_words_without_padding(self, entry: EventType) -> None:
        words = entry.type.split(".")[3].split("-")
        assert len(words) <= 4
        says_what_changed = {"changed"} if "change" in entry.model.model_fields else set()
        assert not {"event", "status", "changed", "updated"} & (set(words) - says_what_changed)
        verb = words[-2] if words[-1] == "over" else words[-1]
        assert verb.endswith("ed") or verb in ("held", "found", "paid", "sent", "taken", "withdrawn")

    def test_type_can_be_looked_up_in_the_catalogue_page(self, entry: EventType) -> None:
        page = (DOCS / "catalogue.md").read_text("utf-8")
        section = page.partition(f"## {entry.type}\n")[2].partition("\n## ")[0]
        for text in (entry.meaning, entry.classification, entry.legal_basis, f"{entry.retention_days} days"):
            assert text in section
        assert all(f"`{field}`" in section for field in entry.model.model_fields)

    def test_dataschema_differs_per_version_and_is_an_absolute_uri(self, entry: EventType) -> None:
        assert re.fullmatch(r"https://[a-z.]+/schemas/" + re.escape(entry.type) + r"\.json", entry.dataschema)


@every_event
class TestTime:
    def test_time_is_rfc_3339_in_utc(self, entry: EventType) -> None:
        moment = datetime(2026, 7, 1, 11, 30, tzinfo=timezone(timedelta(hours=2)))
        assert written(entry, logged_at=moment)["time"] == "2026-07-01T09:30:00.000000Z"

    def test_time_is_when_it_was_logged_and_its_meaning_is_published(self, entry: EventType) -> None:
        before = datetime.now(UTC)
        assert before <= datetime.fromisoformat(written(entry)["time"]) <= datetime.now(UTC)
        assert published_schema(entry)["x-time"] == entry.time_meaning


@every_event
class TestPrivacy:
    def test_no_field_asks_for_a_name_a_number_or_an_address(self, entry: EventType) -> None:
        field_words = set(re.findall(r"[a-z]+", " ".join(_field_names(written(entry)["data"]))))
        assert not field_words & {
            "name",
            "bsn",
            "iban",
            "email",
            "phone",
            "street",
            "postcode",
            "birth",
            "gender",
            "health",
        }

    def test_every_text_is_closed_by_a_format_a_pattern_or_a_code_list(self, entry: EventType) -> None:
        open_texts = [
            path
            for path, schema in _schemas(published_schema(entry), "")
            if schema.get("type") == "string" and not schema.keys() & {"format", "pattern", "enum", "const"}
        ]
        assert open_texts == []


@every_event
def test_every_number_is_a_whole_one_within_bounds_of_signed_32_bit(entry: EventType) -> None:
    """Sums over all households of a run are larger; every reader of JSON still holds them to the cent."""
    is_of_a_run = entry.topic.key_field == "run_id"
    numbers = [schema for _, schema in _schemas(published_schema(entry), "") if schema.get("type") in NUMBERS]
    assert all(schema["type"] == "integer" for schema in numbers)
    bound = 2**53 if is_of_a_run else 2**31
    assert all(-bound <= schema["minimum"] <= schema["maximum"] < bound for schema in numbers)


@pytest.mark.parametrize(
    ("entry", "field"),
    [
        pytest.param(entry, name, id=f"{entry.name}.{name}")
        for entry in ENTRIES
        for name, field in entry.model.model_fields.items()
        if field.annotation is str
    ],
)
def test_every_text_field_and_the_subject_are_guarded(entry: EventType, field: str) -> None:
    fact = sample(entry.model).model_copy(update={field: "somebody@a.example"})
    with pytest.raises(PersonalDataFoundError, match=f"'(data.{field}|subject)' holds an e-mail address"):
        write_event(fact, municipality="gm0637")


class TestSize:
    def test_the_largest_event_is_64_kib_of_the_whole_document(self) -> None:
        fact = sample(CandidateRecruited)
        room = EVENT_SIZE_BYTES_MAX - len(write_event(fact, municipality="gm0637").payload) + len("wijk-3401")
        fits = fact.model_copy(update={"neighbourhood": "x" * room})
        too_large = fact.model_copy(update={"neighbourhood": "x" * (room + 1)})
        assert len(write_event(fits, municipality="gm0637").payload) == EVENT_SIZE_BYTES_MAX
        with pytest.raises(EventTooLargeError, match="65537 bytes and the largest event is 65536: split the event"):
            write_event(too_large, municipality="gm0637")

    def test_an_event_of_64_kib_is_read(self) -> None:
        room = EVENT_SIZE_BYTES_MAX - len(b'{"specversion":"1.0","id":"1","source":"s","type":"t","data":""}')
        value = b'{"specversion":"1.0","id":"1","source":"s","type":"t","data":"' + b"x" * room + b'"}'
        assert len(bytes(read_event(value).data)) == room + 2


class TestRefusals:
    @pytest.mark.parametrize("municipality", ["", "GM0637", "gm637", "0637", "gm0637\n", "Zoetermeer"])
    def test_a_municipality_that_is_no_cbs_code_is_refused(self, municipality: str) -> None:
        with pytest.raises(ValueError, match="is not a municipality: give its CBS code"):
            write_event(sample(CandidateRecruited), municipality=municipality)

    @pytest.mark.parametrize("oin", ["", "123", "0000000000000000000x", "urn:nld"])
    def test_an_organisation_without_a_twenty_digit_oin_is_refused(self, oin: str) -> None:
        with pytest.raises(ValueError, match="OIN of the organisation is not twenty digits"):
            source_urn("intake", oin)

    def test_a_moment_without_offset_is_refused(self) -> None:
        without_offset = datetime(2026, 7, 1, tzinfo=UTC).replace(tzinfo=None)
        with pytest.raises(ValueError, match="has no offset"):
            write_event(sample(CandidateRecruited), municipality="gm0637", logged_at=without_offset)

    @pytest.mark.parametrize("traceparent", ["", "00", "00-xyz", TRACEPARENT + "-more", TRACEPARENT.upper()])
    def test_an_unreadable_traceparent_is_left_out_and_the_fact_goes_on(self, traceparent: str) -> None:
        event = write_event(sample(CandidateRecruited), municipality="gm0637", traceparent=traceparent)
        assert "traceparent" not in json.loads(event.payload)


def test_what_is_not_known_is_left_out_and_not_null() -> None:
    agreed = sample(PIPSigned)
    assert isinstance(agreed, PIPSigned)
    plain = PIPSigned(person_id=agreed.person_id, signed_on=agreed.signed_on, route=agreed.route, relief_agreed=False)
    document = json.loads(write_event(plain, municipality="gm0637").payload)
    assert document["data"].keys() == {"person_id", "signed_on", "route", "relief_agreed"}
    assert "traceparent" not in document


def test_the_content_type_is_that_of_one_structured_json_event() -> None:
    assert CONTENT_TYPE == "application/cloudevents+json; charset=utf-8"


def test_what_is_written_is_read_back_the_same() -> None:
    event = write_event(sample(CandidateRecruited), municipality="gm0637", traceparent=TRACEPARENT)
    envelope = read_event(event.payload, {"content-type": CONTENT_TYPE.encode()})
    assert isinstance(envelope, Envelope)
    assert envelope.deduplication_id == event.event_id
    assert CandidateRecruited.model_validate_json(bytes(envelope.data)) == sample(CandidateRecruited)


def _field_names(node: Any) -> list[str]:
    if isinstance(node, dict):
        return [name for key, value in node.items() for name in (key, *_field_names(value))]
    return [name for item in node for name in _field_names(item)] if isinstance(node, list) else []


def _schemas(node: Any, path: str) -> list[tuple[str, dict[str, Any]]]:
    if isinstance(node, list):
        return [schema for index, item in enumerate(node) for schema in _schemas(item, f"{path}[{index}]")]
    if not isinstance(node, dict):
        return []
    return [(path, node), *(schema for key, value in node.items() for schema in _schemas(value, f"{path}.{key}"))]
