"""Rules on several files at once: file sets of services, files nobody imports, who tells which event, their names.

Each takes what it looks at as an argument, so that it can be tried on a bad sample.
"""

import ast
import re
from collections.abc import Iterable, Iterator, Mapping

from codebase import Source, dotted

# Learn one, know four. A name may be a file or, once it is too long, a package.
SERVICE_FILES = frozenset(
    ("README.md", "app", "api", "handlers", "domain", "repository", "tables", "settings", "metrics", "policies")
) | {"migrations"}
# What one service has beyond that, and why it can not be under one of the common names.
SERVICE_EXTRAS = {
    "notifications": {
        "delivery": "the port that messages leave by, with its adapters",
        "templates": "the words of each message in each language",
        "rendering": "templates become messages",
    },
    "ontzorgen": {
        "sepa": "the bank's file formats: pain.001, pain.002, camt.053",
    },
}

# Names that something other than an import leads to.
ENTRY_POINTS = (
    re.compile(r"meedoen\.__main__"),  # python -m meedoen
    re.compile(r"services\.[a-z]+\.(app|settings)"),  # found by the service's name
    re.compile(r"services\.[a-z]+\.migrations(\..*)?"),  # found by Alembic
    re.compile(r"shared\.testing(\..*)?"),  # used by the tests
)

# Modules that are run by their name, or imported from text.
_NAMED = re.compile(r"[\"']((?:meedoen|services|shared)(?:\.[a-z_]+)+)[\"']")

_EVENT_WORDS_MAX = 4
_PADDING = frozenset({"Event", "Status", "Message", "Data", "Info"})
_PAST_TENSE = re.compile(
    ".*ed|Begun|Bought|Broken|Built|Chosen|Drawn|Found|Given|Gone|Held|Kept|Left|Lent|Lost|Made|Met|Paid|Put|Seen|Sent|"
    "Set|Shown|Sold|Spent|Taken|Told|Withdrawn|Won|Written"
)


def file_set(names: Iterable[str]) -> set[str]:
    """What a service folder holds, a file and a package of one name being the same."""
    return {name.removesuffix(".py") for name in names if name not in {"__init__.py", "__pycache__"}}


def service_folder_breaches(service: str, names: Iterable[str]) -> Iterator[str]:
    found, extras = file_set(names), SERVICE_EXTRAS.get(service, {})
    for missing in sorted(SERVICE_FILES - found):
        yield f"services/{service} lacks {missing}: every service has the same files."
    for more in sorted(found - SERVICE_FILES - extras.keys()):
        yield f"services/{service} has {more}: put it under one of the common names, or enter it with its reason."


def orphans(code: Iterable[Source]) -> Iterator[str]:
    """Modules that no other one imports or names, other than entry points and packages."""
    code = tuple(code)
    users: dict[str, set[str]] = {}
    for source in code:
        for name in {name for _, name in source.imports} | set(_NAMED.findall(source.text)):
            users.setdefault(name, set()).add(source.path)
            users.setdefault(name.rpartition(".")[0], set()).add(source.path)
    for source in code:
        is_entered = any(pattern.fullmatch(source.module) for pattern in ENTRY_POINTS)
        is_used = bool(users.get(source.module, set()) - {source.path})
        if not is_entered and not is_used and not source.path.endswith("__init__.py"):
            yield f"{source.path} is imported by nobody: use it or delete it."


def foreign_tellers(source: Source, tellers: Mapping[str, str]) -> Iterator[str]:
    """Events constructed in code that is not their publishing service's. `tellers`: event class to service."""
    if source.is_test or source.path.startswith(("shared/testing/", "meedoen/bench/")):
        return
    allowed = source.service or ("calendar" if source.path.startswith("meedoen/") else "")
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Call):
            name = dotted(node.func)
            event = next((part for part in reversed(name.split(".")) if part in tellers), None)
            is_made = event is not None and (name.endswith(event) or ".model_" in name)
            if event is not None and is_made and tellers[event] != allowed:
                place = f"{source.path}:{node.lineno}"
                yield f"{place} makes {event}, which {tellers[event]} tells: let that service tell it."


def name_breaches(event: str) -> Iterator[str]:
    """A past-tense fact in domain words, four at most, without padding."""
    words = re.findall(r"[A-Z]+(?=[A-Z][a-z]|$)|[A-Z][a-z0-9]+", re.sub(r"V\d+$", "", event))
    if len(words) > _EVENT_WORDS_MAX:
        yield f"{event} has {len(words)} words, {_EVENT_WORDS_MAX} is the most: name the fact."
    if padding := _PADDING & set(words):
        yield f"{event} is padded with {', '.join(sorted(padding))}: leave it out."
    if not words or not _PAST_TENSE.fullmatch(words[-1]):
        yield f"{event} does not end in a past tense: say what happened."
