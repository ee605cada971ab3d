"""A message's draft and what becomes of it: the fact is kept with the message and put into words when it leaves.

Handling facts is then one statement on arrays, and a month's run is not held up by thousands of letters. A draft
holds all that the words depend on but the name: so the same draft gives the same message, on whatever day. Once it
is in words these are kept and the draft is gone.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any

import msgspec

from services.notifications.domain import NOTICES
from services.notifications.policies import policy_in_force
from services.notifications.tables import MessageRow
from services.notifications.templates import Rendered, render
from shared.events import EventData

_EVENT_OF: Mapping[str, type[EventData]] = {
    notice.template: event for event, notices in NOTICES.items() for notice in notices
}


class Draft(msgspec.Struct, frozen=True):
    """What a message will say: the fact, the languages, and the day whose policy says who writes."""

    languages: tuple[str, ...]
    policy_on: date
    fact: msgspec.Raw


_DECODER = msgspec.json.Decoder(Draft)


def drafted(fact_json: str, languages: tuple[str, ...], policy_on: date) -> str:
    """The draft as it is kept; `fact_json` is the fact's data as it came."""
    return msgspec.json.encode(Draft(languages, policy_on, msgspec.Raw(fact_json))).decode()


def rendered(template: str, municipality: str, name: str | None, draft: str) -> Rendered:
    """The draft in words; the same each time for the same name."""
    kept = _DECODER.decode(draft)
    policy = policy_in_force(municipality, kept.policy_on)
    fact = _EVENT_OF[template].model_validate_json(bytes(kept.fact))
    around = {
        "name": name or "",
        "help_email": policy.help_email,
        "municipality_name": policy.municipality_name,
    }
    return render(template, kept.languages, {**fact.model_dump(), **around})


def in_words(message: MessageRow, name: str | None = None) -> Mapping[str, Any]:
    """A message's fields as they are read; a draft says what it would say if it left now."""
    fields = message.model_dump(exclude={"draft"})
    if message.draft is None:
        return fields
    words = rendered(message.template, message.municipality, name, message.draft)
    return fields | {"subject": words.subject, "body_text": words.text, "body_html": words.html}
