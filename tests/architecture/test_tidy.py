"""The code base keeps the house rules; and each rule finds what it is for in a bad sample, and leaves a good one be."""

import pytest
import rules
from codebase import Source, sources
from rules import Rule

SAMPLES: list[tuple[Rule, str, str, str]] = [
    (rules.file_is_short, "shared/x.py", "a = 1\n" * 301, "a = 1\n" * 300),
    (rules.file_is_short, "tests/unit/test_x.py", "a = 1\n" * 401, "a = 1\n" * 400),
    (rules.functions_are_short, "shared/x.py", "def f():\n" + "    a = 1\n" * 50, "def f():\n" + "    a = 1\n" * 49),
    (rules.functions_are_short, "shared/x.py", "@d\ndef f():\n" + "    a = 1\n" * 49, "async def f(): ..."),
    (
        rules.functions_are_short,
        "services/intake/app.py",
        "def create_app():\n" + "    a = 1\n" * 60,
        "def create_app():\n" + "    a = 1\n" * 59,
    ),
    (
        rules.functions_are_short,
        "services/intake/migrations/x.py",
        "def upgrade():\n" + "    a = 1\n" * 50,
        "def upgrade():\n    a = 1",
    ),
    (rules.module_states_its_promise, "shared/x.py", "import os", '"""What it does."""'),
    (rules.module_states_its_promise, "shared/x.py", '"""' + "a\n" * 11 + '"""', ""),
    (
        rules.nothing_banned_is_called,
        "services/intake/plan/handlers.py",
        "import datetime as dt\ndt.datetime.now()",
        "now()",
    ),
    (rules.nothing_banned_is_called, "shared/x.py", "datetime.now(UTC)", "moment.date()"),
    (rules.nothing_banned_is_called, "shared/x.py", "print('hello')", "blueprint()"),
    (rules.nothing_banned_is_called, "tests/unit/test_x.py", "await asyncio.sleep(1)", "await eventually(check)"),
    (rules.nothing_banned_is_called, "tests/unit/test_x.py", "time.sleep(1)", "'time.sleep(1)'"),
    (rules.nothing_banned_is_called, "meedoen/x.py", "KafkaRouter()", "APIRouter()"),
    (rules.nothing_banned_is_called, "services/intake/app.py", "broker.subscriber('t')(f)", "broker.subscribers"),
    (
        rules.nothing_banned_is_called,
        "services/intake/plan/handlers.py",
        "await tx.session.commit()",
        "count_on_commit(tx)",
    ),
    (rules.nothing_banned_is_called, "meedoen/x.py", "make()[0].commit()", "commit"),
    (rules.nothing_banned_is_called, "services/intake/settings.py", "os.environ.get('X')", "settings.x"),
    (rules.nothing_is_unfinished, "shared/x.py", "a = 1  # TODO later", "a = 'TODO later'"),
    (rules.nothing_is_unfinished, "shared/x.py", "# FIXME", "# fixed"),
    (rules.exceptions_carry_reasons, "shared/x.py", "f()  # noqa", "f()  # noqa: S608 - the columns are a constant"),
    (rules.exceptions_carry_reasons, "shared/x.py", "f()  # noqa: S608", "f()  # noqa: S1, PT018 - both are there"),
    (rules.exceptions_carry_reasons, "shared/x.py", "f()  # type: ignore", "'# type: ignore'"),
    (
        rules.exceptions_carry_reasons,
        "shared/x.py",
        "f()  # type: ignore[arg-type]",
        "f()  # type: ignore[arg-type]  # aiokafka is typed in part",
    ),
    (
        rules.rules_import_only_the_contract,
        "services/intake/plan/rules/signing.py",
        "from sqlmodel import SQLModel",
        "from services.intake.file.rules import Newcomer",
    ),
    (
        rules.rules_import_only_the_contract,
        "services/intake/plan/rules.py",
        "from shared.database.transactions import Database",
        "from shared.events import PIPSigned\nfrom datetime import date",
    ),
    (rules.rules_import_only_the_contract, "services/intake/plan/rules.py", "import logging", "import math"),
    (
        rules.rules_import_only_the_contract,
        "services/intake/plan/rules.py",
        "from services.intake.plan import repository",
        "from services.intake.plan.rules import signing",
    ),
    (rules.rules_are_pure, "services/intake/plan/rules.py", "async def f(): ...", "def f(): ..."),
    (rules.rules_are_pure, "services/intake/plan/rules/signing.py", "day = date.today()", "day = date(2026, 7, 1)"),
    (rules.rules_are_pure, "services/intake/plan/rules.py", "id = uuid4()", "id = uuid5(space, name)"),
    (
        rules.services_keep_apart,
        "services/intake/x.py",
        "import services.ontzorgen.tables",
        "import services.intake.tables",
    ),
    (
        rules.services_keep_apart,
        "services/intake/x.py",
        "from services import recruitment",
        "from services import intake",
    ),
    (rules.services_keep_apart, "services/intake/x.py", "from meedoen import cli", "from shared import money"),
    (
        rules.shared_stands_alone,
        "shared/x.py",
        "from services.intake.app import create_app",
        "from shared import money",
    ),
    (
        rules.shared_stands_alone,
        "shared/testing/x.py",
        "def f():\n    import meedoen.cli.main",
        "def f():\n    import shared",
    ),
]


def broken(rule: Rule, path: str, text: str) -> list[str]:
    return list(rule(Source(path, text)))


@pytest.mark.parametrize("rule", rules.RULES, ids=lambda rule: rule.__name__)
def test_the_code_base_keeps(rule: Rule) -> None:
    breaches = [sentence for source in sources() for sentence in rule(source)]
    assert not breaches, "\n" + "\n".join(breaches)


@pytest.mark.parametrize(("rule", "path", "bad", "good"), SAMPLES, ids=lambda value: getattr(value, "__name__", None))
def test_finds_the_bad_sample_and_leaves_the_good_one(rule: Rule, path: str, bad: str, good: str) -> None:
    (sentence,) = broken(rule, path, bad)
    assert sentence.startswith(path)
    assert broken(rule, path, good) == []


def test_every_rule_has_a_bad_sample() -> None:
    assert {rule for rule, *_ in SAMPLES} == set(rules.RULES)


def test_every_path_that_a_ban_allows_exists() -> None:
    """An exception that outlives its file would let the next file of that name through."""
    paths = tuple(source.path for source in sources())
    missing = [
        entry for ban in rules.BANS for entry in ban.allowed if not any(path.startswith(entry) for path in paths)
    ]
    assert missing == []
