"""Every secret that a deployment has stands in the runbook, with a section on how it is renewed."""

import re
from pathlib import Path
from subprocess import run

import pytest
import yaml
from pydantic import SecretStr
from telemetry import ROOT

from services.notifications.settings import Settings
from shared.service_names import SERVICES

DEPLOY = ROOT / "deploy"
RUNBOOK = (ROOT / "docs" / "operations.md").read_text("utf-8")
_NAMED_LIKE_ONE = re.compile(r"SECRET|PASSWORD|TOKEN$|KEY_FILE$|DATABASE_URL")
_SERVICE = re.compile("|".join(SERVICES).upper())


def list_in_env_files() -> set[str]:
    """Return every variable of a single machine that holds a secret, and the name of each secret in it."""
    found = set()
    for path in (DEPLOY / "env").glob("*.env.example"):
        for name, value in re.findall(r"^#?([A-Z_]+)=(.*)$", path.read_text("utf-8"), re.MULTILINE):
            secrets = re.findall(r"@([A-Z_]+)@", value)
            found |= {*secrets, *([name] if secrets or _NAMED_LIKE_ONE.search(name) else [])}
    return found


def list_in_cluster() -> set[str]:
    documents = yaml.safe_load_all((DEPLOY / "k8s" / "secrets.example.yaml").read_text("utf-8"))
    return {name for document in documents for name in document["stringData"]}


def list_in_settings() -> set[str]:
    """Return the settings that hold a secret, or the file of one."""
    fields = Settings.model_fields.items()
    return {
        name.upper()
        for name, field in fields
        if SecretStr in _list_types(field.annotation) or name.endswith("key_file")
    }


def _list_types(annotation: object) -> tuple[object, ...]:
    return (annotation, *getattr(annotation, "__args__", ()))


def list_in_runbook() -> dict[str, str]:
    """Return the address of the section on each secret."""
    table = RUNBOOK.partition("\n## Secrets\n")[2].partition("\n### ")[0]
    rows = re.findall(r"^\| (.*?) \|.*\(#([a-z-]+)\) \|$", table, re.MULTILINE)
    return {name: section for names, section in rows for name in re.findall(r"`([^`]+)`", names)}


def find_section(address: str) -> str:
    """Return the text under a heading; empty if there is none."""
    for part in re.split(r"^#{2,4} ", RUNBOOK, flags=re.MULTILINE)[1:]:
        heading, _, text = part.partition("\n")
        if re.sub(r"[^a-z0-9 -]", "", heading.lower()).replace(" ", "-") == address:
            return text
    return ""


SECRETS = sorted({_SERVICE.sub("X", name) for name in list_in_env_files() | list_in_cluster() | list_in_settings()})


@pytest.mark.parametrize("secret", SECRETS)
def test_the_runbook_says_how_it_is_renewed(secret: str) -> None:
    section = list_in_runbook().get(secret)
    assert section is not None, f"Add {secret} to the table under Secrets in docs/operations.md."
    assert find_section(section).strip(), f"There is no section #{section} in docs/operations.md."


def test_each_way_of_keeping_a_secret_is_looked_at() -> None:
    looked_at = {"X_OWNER_SECRET", "SMTP_PASSWORD", "GF_SECURITY_ADMIN_PASSWORD", "user.key", "KAFKA_SASL_PASSWORD"}
    assert set(SECRETS) >= looked_at | {"KAFKA_SSL_KEY_FILE", "AUDIT_DATABASE_URL_X", "MIGRATION_DATABASE_URL"}


def test_a_secret_is_renewed_wherever_it_stands_and_nothing_else_is(tmp_path: Path) -> None:
    for source in (DEPLOY / "env").iterdir():
        (tmp_path / source.name).write_bytes(source.read_bytes())
        (tmp_path / source.name).chmod(source.stat().st_mode)
    assert run([tmp_path / "fill"], check=False, capture_output=True).returncode == 0
    before = {path.name: path.read_text("utf-8") for path in tmp_path.glob("*.env")}
    old = dict(line.split("=") for line in before["secrets.env"].splitlines())
    assert run([tmp_path / "renew", "INTAKE_SECRET"], check=False, capture_output=True).returncode == 0
    after = {path.name: path.read_text("utf-8") for path in tmp_path.glob("*.env")}
    new = dict(line.split("=") for line in after["secrets.env"].splitlines())
    assert {name for name in old if old[name] != new[name]} == {"INTAKE_SECRET"}
    replaced = {name: text.replace(old["INTAKE_SECRET"], new["INTAKE_SECRET"]) for name, text in before.items()}
    assert after == replaced
    assert {name for name in before if before[name] != after[name]} == {"secrets.env", "intake.env", "postgres.env"}
    assert all(path.stat().st_mode & 0o077 == 0 for path in tmp_path.glob("*.env"))
    assert run([tmp_path / "renew", "NOTHING"], check=False, capture_output=True).returncode == 1
