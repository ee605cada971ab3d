"""The house rules on Python files. Each rule takes one file and gives a sentence per breach, with the line.

A rule is a small function and is itself tested on a bad sample. What is banned is in tables, each line with what
to use instead and with the places that may, and why.
"""

import ast
import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from codebase import Source, dotted

SOURCE_LINES_MAX = 300
TEST_LINES_MAX = 400
FUNCTION_LINES_MAX = 50
CREATE_APP_LINES_MAX = 60
DOCSTRING_LINES_MAX = 10

Rule = Callable[[Source], Iterator[str]]
Function = ast.FunctionDef | ast.AsyncFunctionDef


def file_is_short(source: Source) -> Iterator[str]:
    limit = TEST_LINES_MAX if source.is_test else SOURCE_LINES_MAX
    if len(source.lines) > limit:
        yield f"{source.path}: {len(source.lines)} lines, {limit} is the most: split it by noun."


def functions_are_short(source: Source) -> Iterator[str]:
    if "/migrations/versions/" in source.path:  # a table of statements, never changed once it has run somewhere
        return
    for node in ast.walk(source.tree):
        if isinstance(node, Function):
            first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
            lines = (node.end_lineno or first) - first + 1
            limit = CREATE_APP_LINES_MAX if node.name == "create_app" else FUNCTION_LINES_MAX
            if lines > limit:
                yield f"{source.path}:{first} {node.name} has {lines} lines, {limit} is the most: name its parts."


def module_states_its_promise(source: Source) -> Iterator[str]:
    if not source.tree.body:
        return
    docstring = ast.get_docstring(source.tree)
    if docstring is None:
        yield f"{source.path}:1 opens without a docstring: say in one to ten lines what it promises."
    elif len(docstring.splitlines()) > DOCSTRING_LINES_MAX:
        yield f"{source.path}:1 opens with more than {DOCSTRING_LINES_MAX} lines of docstring: say it shorter."


@dataclass(frozen=True)
class Ban:
    """A call that is not to be made. `name` matches the end of the dotted name; `.name` any object's method."""

    name: str
    instead: str
    within: tuple[str, ...] = ("services/", "shared/", "meedoen/", "demo/", "bench/", "tests/")
    allowed: dict[str, str] = field(default_factory=dict)

    def holds_for(self, path: str) -> bool:
        return path.startswith(self.within) and not path.startswith(tuple(self.allowed))

    def matches(self, call: str) -> bool:
        return call == self.name or call.endswith(self.name if self.name[0] == "." else f".{self.name}")


_CODE = ("services/", "shared/", "meedoen/", "demo/", "bench/")
_CLOCK = "take the day or the moment as an argument; days come with DayStarted"
_EDGES = {
    "shared/events/envelope.py": "the moment a fact is logged is this moment",
    "services/calendar/app.py": "the calendar is the one clock",
    "shared/database/access_log.py": "when somebody was shown something",
    "shared/clock.py": "a day is plausible or not by the clock of this machine",
    "meedoen/cli/local.py": "the day it is for the person at the keyboard",
    "meedoen/cli/relief/parsing.py": "the day it is for the person at the keyboard",
    "meedoen/cli/partner/receiver.py": "a delivery is fresh or not by the clock of who gets it",
    "meedoen/stack/": "the age of a local run and of its files",
    "bench/": "measuring is the purpose",
}
_WAIT = "wait with shared.testing.eventually, which has a deadline"
_LATE = {
    "tests/integration/meedoen/stack/test_embedded_broker.py": "a member that is late on purpose",
    "tests/integration/attacker.py": "a program whose slowness is the attack",
    "tests/unit/shared/http/test_bodies.py": "a body that drips, and callers in their order",
}
_PEERS = {f"bench/{name}.py": "what others do, to compare with" for name in ("peers", "run_peer")}
_COMMITS = {
    "shared/database/transactions.py": "the one commit",
    "shared/messaging/handling.py": "ends a savepoint",
    "shared/messaging/consumer.py": "offsets of Kafka",
    "tests/": "a test may arrange what it likes",
} | _PEERS

BANS = (
    Ban("datetime.now", _CLOCK, _CODE, _EDGES),
    Ban("datetime.utcnow", _CLOCK),
    Ban("datetime.today", _CLOCK, _CODE),
    Ban("date.today", _CLOCK, _CODE),
    Ban(
        "time.time",
        _CLOCK,
        _CODE,
        _EDGES
        | {
            "shared/auth/local_issuer.py": "when a local token ends",
            "shared/messaging/access_tokens.py": "when a token for Kafka ends",
            "services/notifications/webhooks/worker.py": "the moment of an attempt, which its signature covers",
        },
    ),
    Ban(
        "print",
        "log an event in snake_case with structlog",
        allowed={"meedoen/": "it speaks to a person", "demo/": "it speaks to a person", "bench/": "it prints figures"},
    ),
    Ban("time.sleep", _WAIT, ("tests/",)),
    Ban("asyncio.sleep", _WAIT, ("tests/",), _LATE),
    Ban("KafkaRouter", "a line in SUBSCRIPTIONS; a router in two brokers feeds only one of them"),
    Ban(".subscriber", "a line in SUBSCRIPTIONS; shared/messaging subscribes", _CODE, {"shared/": "there"} | _PEERS),
    Ban(".commit", "database.transaction(): it commits state, inbox mark and outbox together", allowed=_COMMITS),
    Ban(".rollback", "raise inside database.transaction()", allowed=_COMMITS),
    Ban("os.getenv", "a field of the service's Settings", ("services/", "shared/")),
    Ban("os.environ.get", "a field of the service's Settings", ("services/", "shared/")),
)


def nothing_banned_is_called(source: Source) -> Iterator[str]:
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Call):
            call = dotted(node.func)
            for ban in BANS:
                if ban.matches(call) and ban.holds_for(source.path):
                    yield f"{source.path}:{node.lineno} calls {ban.name}: instead, {ban.instead}."


_UNFINISHED = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")
_NOQA = re.compile(r"#\s*noqa\b(?P<codes>:\s*[A-Z]+[0-9]+(?:,\s*[A-Z]+[0-9]+)*)?(?P<reason>.*)")
_TYPE_IGNORE = re.compile(r"#\s*type:\s*ignore\b(?P<codes>\[[a-z-]+(?:,\s*[a-z-]+)*\])?(?P<reason>.*)")


def nothing_is_unfinished(source: Source) -> Iterator[str]:
    for line, comment in source.comments.items():
        if match := _UNFINISHED.search(comment):
            yield f"{source.path}:{line} says {match[0]}: finish it, or write an issue and take the mark out."


def exceptions_carry_reasons(source: Source) -> Iterator[str]:
    """Yield each noqa and type: ignore without its codes and a reason on the same line."""
    for line, comment in source.comments.items():
        for kind, pattern in (("noqa", _NOQA), ("type: ignore", _TYPE_IGNORE)):
            for found in pattern.finditer(comment):
                if not found["codes"]:
                    yield f"{source.path}:{line} has a bare {kind}: name its code and its reason."
                elif not re.search(r"[^\W\d_]{4,}", found["reason"]):
                    yield f"{source.path}:{line} has a {kind} without a reason: say why on the same line."


RULES_MAY_IMPORT = ("shared.events", "shared.identity", "shared.money", "shared.calendar", "shared.errors.refusals")
_IMPURE = re.compile(
    "asyncio|concurrent|http|io|logging|multiprocessing|os|pathlib|random|secrets|select|selectors|shutil|signal|"
    "socket|sqlite3|ssl|subprocess|tempfile|threading|time|urllib"
)
_MAKES_IDS = ("uuid1", "uuid4", "uuid6", "uuid7", "getrandbits")


# What some rules may import beside that, and why.
_CHECKED_WHEN_READ = (("pydantic", "shared.policies"), "a policy file is checked when it is read")
RULES_ALSO_IMPORT = {
    "services/recruitment/policies/rules": _CHECKED_WHEN_READ,
    "services/intake/policies/rules": _CHECKED_WHEN_READ,
    "services/ontzorgen/policies/rules/": _CHECKED_WHEN_READ,
    "services/notifications/policies/rules": _CHECKED_WHEN_READ,
}


def rules_import_only_the_contract(source: Source) -> Iterator[str]:
    if not source.is_rules:
        return
    also = tuple(
        name for path, (names, _) in RULES_ALSO_IMPORT.items() if source.path.startswith(path) for name in names
    )
    for line, name in source.imports:
        top = name.partition(".")[0]
        is_rule = re.match(rf"services\.{source.service}\.[a-z_]+\.rules\b", name) is not None
        is_value = any(name == allowed or name.startswith(f"{allowed}.") for allowed in (*RULES_MAY_IMPORT, *also))
        if not is_rule and not is_value and (_IMPURE.fullmatch(top) or top not in sys.stdlib_module_names):
            yield f"{source.path}:{line} imports {name}: rules know the contract and values, and do no I/O."


def rules_are_pure(source: Source) -> Iterator[str]:
    """Yield coroutines, clocks, random ids and files in rules: days and ids are arguments."""
    if not source.is_rules:
        return
    for node in ast.walk(source.tree):
        if isinstance(node, ast.AsyncFunctionDef | ast.Await | ast.AsyncFor | ast.AsyncWith):
            yield f"{source.path}:{node.lineno} is asynchronous: rules compute, handlers wait."
        elif isinstance(node, ast.Call):
            name = dotted(node.func)
            if name.rpartition(".")[2] in {*_MAKES_IDS, "now", "today", "utcnow", "open"}:
                yield f"{source.path}:{node.lineno} calls {name}: let the handler give the day or the id."


def services_keep_apart(source: Source) -> Iterator[str]:
    if source.service is None:
        return
    for line, name in source.imports:
        parts = name.split(".")
        if parts[0] == "meedoen" or (parts[0] == "services" and len(parts) > 1 and parts[1] != source.service):
            yield f"{source.path}:{line} imports {name}: learn it from an event, or move it to shared/."


def shared_stands_alone(source: Source) -> Iterator[str]:
    if source.path.startswith("shared/"):
        for line, name in source.imports:
            if name.partition(".")[0] in {"services", "meedoen", "demo", "bench", "tests"}:
                yield f"{source.path}:{line} imports {name}: shared serves them and knows none of them."


RULES: tuple[Rule, ...] = (
    file_is_short,
    functions_are_short,
    module_states_its_promise,
    nothing_banned_is_called,
    nothing_is_unfinished,
    exceptions_carry_reasons,
    rules_import_only_the_contract,
    rules_are_pure,
    services_keep_apart,
    shared_stands_alone,
)
