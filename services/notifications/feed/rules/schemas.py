"""The JSON Schema of what a partner receives in `data`, for each type and purpose."""

from functools import cache
from typing import Any, Final

from services.notifications.partners.rules.purposes import PURPOSES, PartnerPurpose
from shared.events.partner_notices import TYPES

_DRAFT: Final = "https://json-schema.org/draft/2020-12/schema"
_MANDATE: Final = {"type": "string", "format": "uuid", "description": "The mandate that the creditor knows it by"}


@cache
def build_schema(purpose: PartnerPurpose, type_name: str) -> dict[str, Any] | None:
    """Return the schema of a type as a purpose shows it; None if it does not show it.

    No field is required: a subscription may ask for some of them, and what is unknown is left out.
    """
    notice = next((model for model, name in TYPES.items() if name == type_name), None)
    if notice is not None:
        return {"$schema": _DRAFT, **notice.model_json_schema()}
    terms = PURPOSES[purpose]
    event = terms.find_event(type_name)
    if event is None:
        return None
    schema = event.model_json_schema()
    schema["properties"] = {name: schema["properties"][name] for name in terms.events[event]}
    schema.pop("required", None)
    if line := schema.get("$defs", {}).get("ChargeLine"):
        properties = {name: value for name, value in line["properties"].items() if name != "creditor"}
        line["properties"] = {**properties, "mandate_id": _MANDATE}
    return {"$schema": _DRAFT, "title": event.event_type.name, "description": event.event_type.meaning, **schema}
