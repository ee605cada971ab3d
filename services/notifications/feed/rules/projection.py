"""The part of an event that a partner may have: the fields of its purpose, and of several creditors its own alone."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from services.notifications.partners.rules.partners import Link, Partner
from services.notifications.partners.rules.purposes import PURPOSES
from shared.events import EventData

_CREDITOR: Final = "creditor"
_MANDATE: Final = "mandate_id"


def project(event: EventData, partner: Partner, links: Iterable[Link]) -> dict[str, Any] | None:
    """Return the fields that a partner's purpose allows; None if none of it concerns the partner.

    `links` are those of the person to this partner. A charge gets the mandate that the partner knows it by.
    """
    allowed = PURPOSES[partner.purpose].events.get(type(event))
    if allowed is None:
        return None
    values = event.model_dump(mode="json", exclude_none=True)
    if _CREDITOR in type(event).model_fields and values.get(_CREDITOR) not in partner.creditors:
        return None
    projected = {name: values[name] for name in allowed if name in values}
    for name, value in projected.items():
        if _is_charges(value):
            projected[name] = _select_own(value, partner, links)
            if not projected[name]:
                return None
    return projected


def select_fields(values: Mapping[str, Any], fields: Iterable[str]) -> dict[str, Any]:
    """Return the values of the fields that a subscription asks for; all of them if it names none."""
    wanted = set(fields)
    return {name: value for name, value in values.items() if not wanted or name in wanted}


def _is_charges(value: Any) -> bool:
    return isinstance(value, list) and any(isinstance(line, dict) and "due_cents" in line for line in value)


def _select_own(lines: Iterable[Mapping[str, Any]], partner: Partner, links: Iterable[Link]) -> list[dict[str, Any]]:
    """Return the lines of this creditor, each with the mandate instead of the creditor."""
    mandates = {(link.creditor, link.kind): str(link.id) for link in links}
    own = []
    for line in lines:
        creditor = line.get(_CREDITOR)
        if creditor in partner.creditors:
            mandate = mandates.get((creditor, line["kind"]))
            rest = {name: value for name, value in line.items() if name != _CREDITOR}
            own.append({**rest, _MANDATE: mandate} if mandate else rest)
    return own
