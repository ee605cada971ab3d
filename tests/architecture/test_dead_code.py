"""Code that nobody but tests calls is deleted: vulture finds it, and what it cannot see is entered with a reason."""

from collections.abc import Iterable
from pathlib import Path

import vulture
from codebase import CODE_FOLDERS, ROOT

KINDS = {"class", "function", "method", "property", "import"}  # fields of models are read by their names in JSON
CALLED_BY_FRAMEWORKS = [
    "@router.*",
    "@app.*",
    "@*_app.*",
    "@*command*",
    "@event.*",
    "@field_validator*",
    "@model_validator*",
]
USED_OUT_OF_SIGHT = {
    "planned": "demo/report.html.j2 reads it",
    "unmarked_rows": "the rule that tests/architecture holds on the rows",
    "unknown_row_sentences": "the rule that tests/architecture holds on the rows",
    "open_database": "programs and tests that call ontzorgen's handlers outside its application",
    "protect_tenant_table": "migrations call it",
    "install_messaging": "migrations call it",
    "separate_messaging_roles": "migrations call it",
    "install_access_log": "migrations call it",
    "add_access_log_retention": "migrations call it",
    "bound_access_moments": "migrations call it",
    "remove_messaging": "migrations call it",
    "connect_unix_socket": "httpcore calls it",
    "PaymentOrderRow": "a test compares the rows with the migrated tables; the queries are SQL",
    "PaymentInstructionRow": "the same",
    "WebhookRow": "the same",
    "WebhookWaitRow": "the same",
    "PaymentFileEntryRow": "the same",
    "PaymentRefusalRow": "the same",
    "BankStatementRow": "the same",
    "BankEntryRow": "the same",
    "DataclassInstance": "a type, imported for annotations in quotes",
    "Template": "the same",
    "SpanProcessor": "the same",
}


def find_dead_code(folders: Iterable[Path], root: Path) -> dict[str, str]:
    """Return each unused name with its file and line."""
    scan = vulture.Vulture(ignore_decorators=CALLED_BY_FRAMEWORKS)
    scan.scavenge([str(folder) for folder in folders], exclude=["*/migrations/*"])
    return {
        str(item.name): f"{Path(item.filename).relative_to(root)}:{item.first_lineno} {item.typ} {item.name} is unused"
        for item in scan.get_unused_code()
        if item.typ in KINDS and "/shared/testing/" not in str(item.filename)  # tests call those
    }


def test_every_function_class_and_import_is_used_by_code() -> None:
    dead = find_dead_code((ROOT / folder for folder in CODE_FOLDERS), ROOT)
    assert [sentence for name, sentence in dead.items() if name not in USED_OUT_OF_SIGHT] == []
    assert [name for name in USED_OUT_OF_SIGHT if name not in dead] == [], "these entries have outlived their reason"


def test_a_function_that_nobody_calls_is_found(tmp_path: Path) -> None:
    (tmp_path / "sample.py").write_text("def used():\n    pass\n\n\ndef unused():\n    pass\n\n\nused()\n")
    assert find_dead_code([tmp_path], tmp_path) == {"unused": "sample.py:5 function unused is unused"}
