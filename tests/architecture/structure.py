"""Rules on several files at once: file sets of services, unused files, publishers of events, names.

Each takes what it looks at as an argument, so that it can be tried on a bad sample.
"""

import ast
import re
from collections.abc import Iterable, Iterator, Mapping

from codebase import Source, dotted

# What a service folder holds besides its capabilities.
SERVICE_FILES = frozenset(("README.md", "app", "settings", "metrics", "tables", "policies", "migrations"))
# What each capability holds: learn one, know all. A name may be a file or, once it is too long, a package.
LAYERS = frozenset(("api", "handlers", "rules", "repository", "tables"))
# Names beside these, and why they cannot be under one of them.
ENTRIES = {
    "services/calendar/settings": "the calendar is one file: it has no database, no API and no capabilities",
    "services/recruitment/fields": "who may call, and fields that the requests of several capabilities share",
    "services/intake/fields": "who may call, and models of requests and responses that several capabilities nest",
    "services/ontzorgen/fields": "fields that the requests of several capabilities share, with who may call",
    "services/notifications/fields": "who may call",
    "services/notifications/messages/templates": "one text per message and language, and what renders them",
    "services/notifications/delivery/adapters": "the ways by which messages leave, behind one port",
    "services/notifications/delivery/worker": "runs beside HTTP and Kafka: claims, delivers, settles",
    "services/notifications/printing/adapters": "letters as PDF and the folder of the printer",
    "services/notifications/printing/worker": "runs beside HTTP and Kafka: opens a batch, makes it, settles it",
    "services/notifications/webhooks/adapters": "connections to partners' servers, and the signatures on deliveries",
    "services/notifications/webhooks/worker": "runs beside HTTP and Kafka: claims, delivers, settles",
    "services/ontzorgen/household/formats": "the form of a mandate as a file, from plain values",
    "services/ontzorgen/bank/formats": "the bank's file formats (pain.001, pain.002, camt.053) as files and values",
}

# Names that something other than an import leads to.
ENTRY_POINTS = (
    re.compile(r"meedoen\.__main__"),  # python -m meedoen
    re.compile(r"services\.[a-z]+\.(app|settings)"),  # found by the service's name
    re.compile(r"services\.[a-z]+\.migrations(\..*)?"),  # found by Alembic
    re.compile(r"shared\.testing(\..*)?"),  # used by the tests
)

# Modules that are run by their name, or imported from text.
_NAMED = re.compile(r"[\"']((?:bench|demo|meedoen|services|shared)(?:\.[a-z_]+)+)[\"']")

_EVENT_WORDS_MAX = 4
_PADDING = frozenset({"Event", "Status", "Message", "Data", "Info"})
_PAST_TENSE = re.compile(
    ".*ed|Begun|Bought|Broken|Built|Chosen|Drawn|Found|Given|Gone|Held|Kept|Left|Lent|Lost|Made|Met|Paid|Put|Seen|Sent|"
    "Set|Shown|Sold|Spent|Taken|Told|Withdrawn|Won|Written"
)


def list_capabilities(sources: Iterable[Source]) -> dict[str, set[str]]:
    """Return each capability by `service/capability`, with the names that it holds."""
    capabilities: dict[str, set[str]] = {}
    for source in sources:
        if source.capability is not None and source.layer != "__init__":
            capabilities.setdefault(f"{source.service}/{source.capability}", set()).add(str(source.layer))
    return capabilities


def service_folder_breaches(service: str, names: Iterable[str]) -> Iterator[str]:
    """Yield files that every service has and this one lacks."""
    present = {name.removesuffix(".py") for name in names}
    for missing in sorted(SERVICE_FILES - present):
        yield f"services/{service} lacks {missing}: every service has the same files."


def capability_breaches(source: Source) -> Iterator[str]:
    """Yield a file of a service outside the five names of a capability and the files of the service."""
    if source.service is None or source.path.endswith("/__init__.py") or "/migrations/" in source.path:
        return
    is_known = source.layer in LAYERS if source.capability is not None else source.module.split(".")[2] in SERVICE_FILES
    if not is_known and not any(
        source.path.startswith(f"{entry}.py") or source.path.startswith(f"{entry}/") for entry in ENTRIES
    ):
        yield f"{source.path} is under none of {', '.join(sorted(LAYERS))}: move it, or enter it with its reason."


def noun_breaches(sources: Iterable[Source]) -> Iterator[str]:
    """Yield nouns (modules in a capability's packages) that two capabilities of one service use."""
    homes: dict[tuple[str, str], set[str]] = {}
    for source in sources:
        parts = source.path.split("/")
        if source.capability is not None and len(parts) > 4 and parts[-1] != "__init__.py":
            homes.setdefault((parts[1], parts[-1].removesuffix(".py")), set()).add(parts[2])
    for (service, noun), capabilities in sorted(homes.items()):
        if len(capabilities) > 1:
            yield f"services/{service}: {noun} is a noun of {' and of '.join(sorted(capabilities))}: rename one."


def border_breaches(source: Source) -> Iterator[str]:
    """Yield imports across a border: another capability is reached by its rules and its handlers alone."""
    if source.capability is None:
        return
    for line, name in source.imports:
        parts = name.split(".")
        if parts[:2] != ["services", source.service] or len(parts) < 4:
            continue
        if parts[2] in {"tables", "fields", "metrics", "settings"}:  # the service's own
            continue
        if parts[2] != source.capability and parts[3] not in {"rules", "handlers"}:
            yield f"{source.path}:{line} imports {name}: ask a function of {parts[2]}'s handlers, or take the value."


def alias_breaches(source: Source) -> Iterator[str]:
    """Yield imports under the name of a layer, which hide the capability of a module."""
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            for alias in node.names:
                if alias.asname is not None and alias.asname.lstrip("_") in LAYERS:
                    yield f"{source.path}:{node.lineno} imports {alias.name} as {alias.asname}: keep its own name."


def facade_breaches(source: Source) -> Iterator[str]:
    """Yield an `__init__` of a service that imports: a reader of an import must see where a name is defined."""
    if source.service is not None and source.path.endswith("/__init__.py") and source.imports:
        yield f"{source.path}:1 re-exports names: import each from the module that defines it."


def orphans(code: Iterable[Source]) -> Iterator[str]:
    """Yield modules that no other one imports or names, other than entry points and packages."""
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
            yield f"{source.path} is imported nowhere: use it or delete it."


def foreign_publishers(source: Source, publishers: Mapping[str, str]) -> Iterator[str]:
    """Yield events constructed outside their publishing service. `publishers`: event class to service."""
    if source.is_test or source.path.startswith(("shared/testing/", "bench/")):
        return
    allowed = source.service or ""
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Call):
            name = dotted(node.func)
            event = next((part for part in reversed(name.split(".")) if part in publishers), None)
            is_made = event is not None and (name.endswith(event) or ".model_" in name)
            if event is not None and is_made and publishers[event] != allowed:
                line = f"{source.path}:{node.lineno}"
                yield f"{line} constructs {event}, which {publishers[event]} publishes: let that service do it."


def name_breaches(event: str) -> Iterator[str]:
    """Yield names of events that are not past-tense facts in domain words, four at most, without padding."""
    words = re.findall(r"[A-Z]+(?=[A-Z][a-z]|$)|[A-Z][a-z0-9]+", re.sub(r"V\d+$", "", event))
    if len(words) > _EVENT_WORDS_MAX:
        yield f"{event} has {len(words)} words, {_EVENT_WORDS_MAX} is the most: name the fact."
    if padding := _PADDING & set(words):
        yield f"{event} is padded with {', '.join(sorted(padding))}: leave it out."
    verb = words[-2:-1] if words[-1:] == ["Over"] else words[-1:]
    if not verb or not _PAST_TENSE.fullmatch(verb[0]):
        yield f"{event} does not end in a past tense: say what happened."
