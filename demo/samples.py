"""Two messages in each language that has a translation, as they went out in the season's own towns."""

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
class _Found:
    municipality: str
    message: Mapping[str, Any]


async def samples(chain: Chain, season: Season) -> tuple[Sample, ...]:
    found = []
    for municipality in season.towns:
        sent = await chain.items("notifications", "/messages", Role.CASE_MANAGER, municipality, state="sent")
        found += [_Found(municipality, message) for message in sent]
    chosen = [_chosen(found, templates) for templates in TEMPLATES]
    return tuple([await _read(chain, one[language]) for one in chosen for language in LANGUAGES if language in one])


def _chosen(found: Iterable[_Found], templates: Iterable[str]) -> Mapping[str, _Found]:
    """By language, all of one template; of several the first by person and subject, so that a rerun shows the same."""
    by_template: dict[str, dict[str, _Found]] = {template: {} for template in templates}
    for one in sorted(found, key=lambda one: (str(one.message["person_id"]), str(one.message["subject"]))):
        by_template.get(one.message["template"], {}).setdefault(one.message["language"], one)
    return max(by_template.values(), key=lambda chosen: sum(language in chosen for language in LANGUAGES))


async def _read(chain: Chain, one: _Found) -> Sample:
    path = f"/messages/{one.message['id']}"
    message = await chain.get("notifications", path, Role.CASE_MANAGER, one.municipality)
    return Sample(*(message[name] for name in ("language", "template", "channel", "subject", "text")))
