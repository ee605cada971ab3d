"""A message's draft and what becomes of it: the fact is stored with the message and put into words when it leaves.

Handling facts is then one statement on arrays, and a month's run is not held up by thousands of letters. A draft
holds all that the words depend on but the name, and for a decision the day on which it is sent: from then on one may
object. Once it is in words these are stored and the draft is gone; for what depends on the day, once it is sent.
"""

from collections.abc import Mapping
from dataclasses import asdict, replace
from datetime import date
from typing import Any

import msgspec

from services.notifications.messages.rules.decisions import find_decision
from services.notifications.messages.rules.languages import BASE_LANGUAGE, language_code
from services.notifications.messages.rules.messages import MessageText
from services.notifications.messages.rules.notices import NOTICES
from services.notifications.messages.templates.rendering import render
from services.notifications.policies.handlers import policy_in_force
from services.notifications.policies.rules import LetterPolicy
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


def write_draft(fact_json: str, languages: tuple[str, ...], policy_on: date) -> str:
    """Return the draft as it is stored; `fact_json` is the fact's data as it came."""
    return msgspec.json.encode(Draft(languages, policy_on, msgspec.Raw(fact_json))).decode()


def put_into_words(
    template: str, municipality: str, name: str | None, draft_json: str, sent_on: date, *, is_letter: bool = False
) -> MessageText:
    """Return what a draft says if it is sent on a day; the same each time for the same name and day.

    A letter says it in Dutch too, so that whoever helps the reader can read it.
    """
    draft = _DECODER.decode(draft_json)
    policy = policy_in_force(municipality, draft.policy_on)
    fact = _EVENT_OF[template].model_validate_json(bytes(draft.fact))
    frame: Mapping[str, Any] = {
        "name": name or "",
        "help_email": policy.help_email,
        "municipality_name": policy.municipality_name,
        "decision": _frame_decision(fact, policy, sent_on),
    }
    beside = (BASE_LANGUAGE,) if is_letter and BASE_LANGUAGE not in draft.languages else ()
    text = render(template, (*draft.languages, *beside), {**fact.model_dump(), **frame})
    return replace(text, language=language_code(draft.languages), is_dated=frame["decision"] is not None)


def _frame_decision(fact: EventData, policy: LetterPolicy, sent_on: date) -> Mapping[str, Any] | None:
    """Return what the letter says of the decision and of objecting to it; None for a notice."""
    decision = find_decision(fact, sent_on)
    if decision is None:
        return None
    contact = {"authority": policy.authority, "address": policy.objection_address, "page": policy.objection_page}
    return {**asdict(decision), **contact}
