"""One golden file per event and consumer: the publisher writes exactly it, the consumer reads exactly it."""

import json
from datetime import datetime
from uuid import UUID

import pytest
from jsonschema import Draft202012Validator
from jsonschema.protocols import Validator

from meedoen.docs.pages import ROOT, load_contract, load_contracts, service_names
from shared.events import catalogue
from shared.events.envelope import CONTENT_TYPE, read_data, read_event, write_event
from shared.messaging.decoding import Decoder, Message
from shared.testing.golden import GoldenFile, event_id_of, golden, golden_files, missing_golden_files

FILES = golden_files()
each_file = pytest.mark.parametrize("file", FILES, ids=lambda file: f"{file.type}-{file.consumer}")


@each_file
class TestFile:
    def test_the_publisher_writes_exactly_these_bytes(self, file: GoldenFile) -> None:
        envelope = read_event(file.path.read_bytes(), {"content-type": CONTENT_TYPE})
        assert envelope.time is not None
        assert envelope.municipality is not None
        written = write_event(
            read_data(envelope),
            municipality=envelope.municipality,
            logged_at=datetime.fromisoformat(envelope.time),
            event_id=UUID(envelope.id),
            traceparent=envelope.traceparent,
        )
        assert written.payload == file.path.read_bytes()

    def test_the_consumer_reads_every_field_of_it(self, file: GoldenFile) -> None:
        payload = golden(file.type, file.consumer)
        fact = read_data(read_event(payload))
        assert fact.event_type.type == file.type
        assert fact.model_dump(mode="json", exclude_none=True) == json.loads(payload)["data"]

    def test_the_consumer_finds_its_handler_for_it(self, file: GoldenFile) -> None:
        decoder = Decoder(load_contract(file.consumer).module.SUBSCRIPTIONS, frozenset({"gm0637"}))
        payload = file.path.read_bytes()
        envelope = read_event(payload)
        key, topic = (envelope.subject or "").encode(), catalogue()[envelope.type].topic.name
        arrival = decoder.decode(Message(topic, 0, 0, key, payload, [("content-type", CONTENT_TYPE.encode())]))
        assert arrival.problem is None
        assert arrival.received is not None
        assert arrival.received.data == read_data(envelope)

    def test_the_data_holds_to_the_committed_schema(self, file: GoldenFile) -> None:
        schema = json.loads((ROOT / "docs" / "events" / "schemas" / f"{file.type}.json").read_text("utf-8"))
        validator = Draft202012Validator(schema, format_checker=Draft202012Validator.FORMAT_CHECKER)
        assert [error.message for error in validator.iter_errors(json.loads(file.path.read_bytes())["data"])] == []

    def test_the_document_holds_to_the_schema_of_cloudevents(
        self, file: GoldenFile, cloudevents_schema: Validator
    ) -> None:
        document = json.loads(file.path.read_bytes())
        assert [error.message for error in cloudevents_schema.iter_errors(document)] == []


@pytest.mark.parametrize("name", catalogue(), ids=str)
def test_every_event_of_the_catalogue_holds_to_the_schema_of_cloudevents(
    name: str, cloudevents_schema: Validator
) -> None:
    (payload,) = missing_golden_files([(catalogue()[name].model, "nobody")]).values()
    assert [error.message for error in cloudevents_schema.iter_errors(json.loads(payload))] == []


@pytest.mark.parametrize("service", service_names())
def test_each_subscription_has_its_golden_file_and_no_file_is_left_over(service: str) -> None:
    contract = next(contract for contract in load_contracts() if contract.name == service)
    subscribed = {event.event_type.type for event in contract.subscriptions}
    assert {file.type for file in FILES if file.consumer == service} == subscribed


def test_golden_files_are_for_services_that_exist() -> None:
    assert {file.consumer for file in FILES} <= set(service_names())


def test_no_two_types_share_an_id_that_would_make_one_a_duplicate_of_the_other() -> None:
    ids = {name: event_id_of(name) for name in catalogue()}
    assert len(set(ids.values())) == len(ids)
    assert {(file.type, json.loads(file.path.read_bytes())["id"]) for file in FILES} <= {
        (name, str(event_id)) for name, event_id in ids.items()
    }


def test_a_golden_file_that_is_not_there_says_how_to_make_it() -> None:
    with pytest.raises(FileNotFoundError, match=r"subscribe nobody to it in services/nobody/app.py and run"):
        golden("PIPSigned", "nobody")
    with pytest.raises(KeyError, match="No event is called Unheard: take a name from 'meedoen events'"):
        golden("Unheard", "intake")
