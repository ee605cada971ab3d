"""One AsyncAPI 3 document per service: what it sends and receives, with the CloudEvents envelope around each fact.

Built from the catalogue, as the broker only sees bytes. Each message follows the structured pattern of the
CloudEvents working draft for AsyncAPI: the envelope's schema and the type's own, both of which hold (`allOf`).
"""

from collections.abc import Iterable
from typing import Any

from shared.contracts.schemas import JsonObject, build_schema, inline_definitions
from shared.events.base import ID_KIND, TIME_MEANING, EventData, EventType
from shared.events.envelope import CONTENT_TYPE, DATA_CONTENT_TYPE, EVENT_SIZE_BYTES_MAX, SPECVERSION
from shared.identity import MUNICIPALITY_PATTERN

CONTRACT_VERSION = "1.0.0"
KAFKA_BINDING_VERSION = "0.5.0"


def asyncapi_document(
    service: str, subscriptions: Iterable[type[EventData]], published: Iterable[type[EventData]]
) -> JsonObject:
    """Return the document of one service from the events it receives and sends; equal input gives an equal document."""
    received = sorted({event.event_type for event in subscriptions}, key=lambda entry: entry.type)
    sent = sorted({event.event_type for event in published}, key=lambda entry: entry.type)
    entries = sorted({*received, *sent}, key=lambda entry: entry.type)
    return {
        "asyncapi": "3.1.0",
        "id": f"urn:meedoen:{service}",
        "info": {
            "title": f"Meedoen {service}",
            "version": CONTRACT_VERSION,
            "description": f"The facts that {service} tells and those it listens to. Each is one CloudEvents "
            f"{SPECVERSION} document in structured JSON, at most {EVENT_SIZE_BYTES_MAX // 1024} KiB.",
            "license": {"name": "EUPL-1.2"},
        },
        "defaultContentType": CONTENT_TYPE,
        "servers": {"kafka": _server()},
        "channels": _channels(entries),
        "operations": {
            **{f"receive{_message_name(entry)}": _operation("receive", entry, service) for entry in received},
            **{f"send{_message_name(entry)}": _operation("send", entry, service) for entry in sent},
        },
        "components": {
            "messages": {_message_name(entry): _message(entry) for entry in entries},
            "messageTraits": {"CloudEvent": _trait()},
            "schemas": {"CloudEvent": _envelope(), **{_message_name(entry): _data(entry) for entry in entries}},
        },
    }


def _server() -> JsonObject:
    return {
        "host": "{bootstrap}",
        "protocol": "kafka",
        "description": "The municipality's or the region's Kafka; the address is a setting (KAFKA_BOOTSTRAP_SERVERS).",
        "variables": {"bootstrap": {"default": "localhost:9092", "description": "Host and port of a broker"}},
    }


def _message_name(entry: EventType) -> str:
    return f"{entry.name}V{entry.version}"


def _channel_name(entry: EventType) -> str:
    return "".join(word.capitalize() for word in entry.topic.name.split("."))


def _channels(entries: Iterable[EventType]) -> JsonObject:
    channels: JsonObject = {}
    for entry in entries:
        channel = channels.setdefault(_channel_name(entry), _channel(entry))
        channel["messages"][_message_name(entry)] = {"$ref": f"#/components/messages/{_message_name(entry)}"}
    return channels


def _channel(entry: EventType) -> JsonObject:
    topic = entry.topic
    return {
        "address": topic.name,
        "description": f"Facts of {entry.service}, in order per {topic.key_field}.",
        "messages": {},
        "bindings": {
            "kafka": {"topic": topic.name, "partitions": topic.partitions, "bindingVersion": KAFKA_BINDING_VERSION}
        },
    }


def _operation(action: str, entry: EventType, service: str) -> JsonObject:
    channel = f"#/channels/{_channel_name(entry)}"
    operation: JsonObject = {
        "action": action,
        "summary": entry.meaning,
        "channel": {"$ref": channel},
        "messages": [{"$ref": f"{channel}/messages/{_message_name(entry)}"}],
    }
    if action == "receive":
        group = {"type": "string", "const": f"meedoen-{service}"}
        operation["bindings"] = {"kafka": {"groupId": group, "bindingVersion": KAFKA_BINDING_VERSION}}
    return operation


def _message(entry: EventType) -> JsonObject:
    envelope: JsonObject = {
        "type": "object",
        "properties": {
            "type": {"const": entry.type},
            "dataschema": {"const": entry.dataschema},
            "data": {"$ref": f"#/components/schemas/{_message_name(entry)}"},
        },
        "required": ["data"],
    }
    return {
        "name": entry.type,
        "title": entry.name,
        "summary": entry.meaning,
        "traits": [{"$ref": "#/components/messageTraits/CloudEvent"}],
        "payload": {"allOf": [{"$ref": "#/components/schemas/CloudEvent"}, envelope]},
        "bindings": {"kafka": {"key": _key(entry), "bindingVersion": KAFKA_BINDING_VERSION}},
    }


def _key(entry: EventType) -> JsonObject:
    """Return the schema of the record key, which is the text of one field of the data."""
    field: JsonObject = _data(entry)["properties"][entry.topic.key_field]
    return {name: value for name, value in field.items() if name != "title"}


def _trait() -> JsonObject:
    return {
        "contentType": CONTENT_TYPE,
        "headers": {
            "type": "object",
            "description": "Nothing of the event is repeated here; other headers belong to transport and tracing.",
            "properties": {"content-type": {"type": "string", "const": CONTENT_TYPE}},
            "required": ["content-type"],
        },
    }


def _envelope() -> JsonObject:
    """Return the schema of the envelope of every event, narrower than CloudEvents prescribes."""
    text = {"type": "string", "minLength": 1}
    return {
        "type": "object",
        "description": "The CloudEvents attributes by the NLGov profile 1.1.",
        "required": ["specversion", "id", "source", "type", "subject", "time", "dataschema", "municipality", "data"],
        "properties": {
            "specversion": {"type": "string", "const": SPECVERSION},
            "id": {"type": "string", "format": "uuid", "description": ID_KIND},
            "source": {**text, "pattern": "^urn:nld:oin:[0-9]{20}:systeem:[a-z-]+$"},
            "type": {**text, "pattern": "^[a-z]+(\\.[a-z-]+)+\\.v[1-9][0-9]*$"},
            "subject": {**text, "description": "The record key: the person, household or thing the fact is about"},
            "time": {"type": "string", "format": "date-time", "description": TIME_MEANING},
            "datacontenttype": {"type": "string", "const": DATA_CONTENT_TYPE},
            "dataschema": {"type": "string", "format": "uri"},
            "municipality": {"type": "string", "pattern": MUNICIPALITY_PATTERN, "description": "CBS code, lower case"},
            "traceparent": {"type": "string", "description": "Where the fact's trace began (W3C trace context)"},
        },
    }


def _data(entry: EventType) -> JsonObject:
    """Return the schema of the data in the dialect that AsyncAPI reads by itself, without definitions of its own."""
    schema = inline_definitions(build_schema(entry))
    narrowed: dict[str, Any] = {name: value for name, value in schema.items() if name not in ("$schema", "$id")}
    return narrowed
