"""Two messages in each language that has a translation, as they were sent in the season's own towns."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from demo.chain import Chain
from demo.story import Season
from shared.identity import Role

LANGUAGES = ("nl", "en", "ar", "ti")
# Of each group the one that was sent in most languages, the first of several.
TEMPLATES = (("relief_started", "pip_signed", "intake_completed", "welcome"), ("month_deducted",))


@dataclass(frozen=True)
class Sample:
    """A rendered message."""

    language: str
    template: str
    channel: str
    subject: str
    text: str


@dataclass(frozen=True)
class _SentMessage:
    municipality: str
    message: Mapping[str, Any]


async def collect_samples(chain: Chain, season: Season) -> tuple[Sample, ...]:
    sent_messages = []
    for municipality in season.towns:
        messages = await chain.list_items("notifications", "/messages", Role.CASE_MANAGER, municipality, state="sent")
        sent_messages += [_SentMessage(municipality, message) for message in messages]
    by_language = [_choose(sent_messages, templates) for templates in TEMPLATES]
    return tuple(
        [
            await _read_sample(chain, by_language_[language])
            for by_language_ in by_language
            for language in LANGUAGES
            if language in by_language_
        ]
    )


def _choose(sent_messages: Iterable[_SentMessage], templates: Iterable[str]) -> Mapping[str, _SentMessage]:
    """Return one template's messages by language, each the first by person and subject: a rerun chooses the same."""
    by_template: dict[str, dict[str, _SentMessage]] = {template: {} for template in templates}
    for sent_message in sorted(
        sent_messages,
        key=lambda sent_message: (str(sent_message.message["person_id"]), str(sent_message.message["subject"])),
    ):
        by_template.get(sent_message.message["template"], {}).setdefault(sent_message.message["language"], sent_message)
    return max(
        by_template.values(),
        key=lambda messages_by_language: sum(language in messages_by_language for language in LANGUAGES),
    )


async def _read_sample(chain: Chain, sent_message: _SentMessage) -> Sample:
    path = f"/messages/{sent_message.message['id']}"
    message = await chain.get("notifications", path, Role.CASE_MANAGER, sent_message.municipality)
    return Sample(*(message[name] for name in ("language", "template", "channel", "subject", "text")))
