"""The Compose file starts the whole chain in order, bounded, with health that can fail, and holds no secret."""

import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from draining import drained_seconds_max
from telemetry import ROOT

from meedoen.stack.kafka_jars import KAFKA_VERSION
from services.calendar.app import ACKNOWLEDGE_SECONDS_MAX
from services.notifications.settings import Settings as NotificationsSettings
from shared.policies import find_service_folder
from shared.service_names import SERVICES

DEPLOY = ROOT / "deploy"
COMPOSE: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text("utf-8"))
PARTS: dict[str, dict[str, Any]] = COMPOSE["services"]
JOBS = {"databases", "topics", "operate", *(f"migrate-{service}" for service in SERVICES)}
STANDING = PARTS.keys() - JOBS
EXAMPLES = sorted((DEPLOY / "env").glob("*.env.example"))


def seconds(text: str) -> float:
    (number, unit) = re.fullmatch(r"(\d+)(ms|s|m)", text).groups()  # type: ignore[union-attr]  # no match fails as well
    return float(number) * {"ms": 0.001, "s": 1.0, "m": 60.0}[unit]


def variables(path: Path) -> dict[str, str]:
    lines = (line.partition("=") for line in path.read_text("utf-8").splitlines() if line[:1].isalpha())
    return {name: value for name, _, value in lines}


class TestOrder:
    def test_everything_that_belongs_to_the_chain_is_there(self) -> None:
        assert PARTS.keys() == {*SERVICES, *JOBS, "kafka", "postgres", "calendar", "prometheus", "grafana"}

    @pytest.mark.parametrize("service", SERVICES)
    def test_a_service_starts_after_its_own_tables_and_the_topics(self, service: str) -> None:
        assert PARTS[service]["command"] == ["serve", service]
        assert PARTS[service]["depends_on"] == {
            f"migrate-{service}": {"condition": "service_completed_successfully"},
            "topics": {"condition": "service_completed_successfully"},
        }
        migration = PARTS[f"migrate-{service}"]
        assert migration["command"] == ["migrate", service]
        assert migration["depends_on"] == {"databases": {"condition": "service_completed_successfully"}}

    def test_what_is_waited_for_can_be_waited_for(self) -> None:
        for part in PARTS.values():
            for other, how in part.get("depends_on", {}).items():
                if how["condition"] == "service_healthy":
                    assert "healthcheck" in PARTS[other]
                else:
                    assert PARTS[other]["restart"] == "no"


class TestHealth:
    def test_everything_with_a_port_is_asked_and_may_fail(self) -> None:
        probed = {name for name, part in PARTS.items() if "healthcheck" in part}
        assert probed == STANDING - {"calendar"}
        for name in probed:
            check = PARTS[name]["healthcheck"]
            assert check["test"][0] == "CMD", "A shell could swallow the exit code."
            assert seconds(check["timeout"]) <= seconds(check["interval"])
            assert check["retries"] * seconds(check["interval"]) <= 90

    @pytest.mark.parametrize("service", SERVICES)
    def test_a_service_is_asked_whether_it_can_work(self, service: str) -> None:
        (program,) = [part for part in PARTS[service]["healthcheck"]["test"] if "urlopen" in part]
        assert "/health/ready" in program

    def test_the_grace_period_is_longer_than_everything_that_drains(self) -> None:
        for service in SERVICES:
            assert seconds(PARTS[service]["stop_grace_period"]) > drained_seconds_max()
        assert seconds(PARTS["calendar"]["stop_grace_period"]) > ACKNOWLEDGE_SECONDS_MAX
        assert all("stop_grace_period" in PARTS[name] for name in STANDING)


def test_files_of_the_bank_stand_on_disk_while_they_are_read() -> None:
    """Those may be larger than /tmp, which lies in memory."""
    ontzorgen = PARTS["ontzorgen"]
    assert f"bank-files:{ontzorgen['environment']['TMPDIR']}" in ontzorgen["volumes"]
    assert "bank-files" in COMPOSE["volumes"]
    assert f"--owner 10001 --group 10001 {ontzorgen['environment']['TMPDIR']}" in (DEPLOY / "Dockerfile").read_text()


@pytest.mark.parametrize("service", SERVICES)
def test_policy_files_of_ones_own_are_mounted_where_the_settings_say_and_only_read(service: str) -> None:
    folder = variables(DEPLOY / "env" / "common.env.example")["POLICIES_FOLDER"]
    assert f"./policies:{folder}:ro" in PARTS[service]["volumes"]
    assert find_service_folder(DEPLOY / "policies", service) == DEPLOY / "policies" / service


def test_every_image_of_others_can_be_pinned_by_digest_and_has_a_version_until_then() -> None:
    images = {part["image"] for name, part in PARTS.items() if name in {"kafka", "postgres", "prometheus", "grafana"}}
    for image in images:
        assert re.fullmatch(r"\$\{[A-Z]+_IMAGE:-[a-z/]+:v?[0-9][0-9.]*\}", image), image


class TestRights:
    @pytest.mark.parametrize("name", PARTS)
    def test_it_is_bounded_and_gains_no_privileges(self, name: str) -> None:
        part = PARTS[name]
        assert part["deploy"]["resources"]["limits"].keys() == {"cpus", "memory", "pids"}
        assert "no-new-privileges:true" in part["security_opt"]
        assert "privileged" not in part
        assert ":latest" not in part["image"]
        assert ":" in part["image"]

    @pytest.mark.parametrize("name", [*SERVICES, *sorted(JOBS), "calendar"])
    def test_what_is_ours_is_read_only_and_nobody_special(self, name: str) -> None:
        part = PARTS[name]
        assert part["read_only"] is True
        assert part["user"] == "10001:10001"
        assert part["cap_drop"] == ["ALL"]

    def test_ports_are_for_this_machine_alone(self) -> None:
        ports = [port for part in PARTS.values() for port in part.get("ports", [])]
        assert all(port.startswith("127.0.0.1:") for port in ports)
        assert len({port.rpartition(":")[0] for port in ports}) == len(ports)
        assert not {"kafka", "postgres"} & {name for name, part in PARTS.items() if "ports" in part}


class TestSecrets:
    def test_every_file_of_secrets_has_its_example_and_no_real_one_can_be_committed(self) -> None:
        expected_files = {file for part in PARTS.values() for file in part.get("env_file", [])}
        assert {f"env/{path.name.removesuffix('.example')}" for path in EXAMPLES} == expected_files
        assert "*.env" in (DEPLOY / "env" / ".gitignore").read_text("utf-8").splitlines()

    @pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.name)
    def test_an_example_names_settings_that_exist_and_holds_no_secret(self, path: Path) -> None:
        known_settings = {name.upper() for name in NotificationsSettings.model_fields} | {
            "MIGRATION_DATABASE_URL",
            *(f"{way}DATABASE_URL_{service.upper()}" for way in ("", "AUDIT_") for service in SERVICES),
            "POSTGRES_PASSWORD",
            "GF_SECURITY_ADMIN_PASSWORD",
        }
        for name, value in variables(path).items():
            assert name in known_settings or re.fullmatch(
                r"(RECRUITMENT|INTAKE|ONTZORGEN|NOTIFICATIONS)(_OWNER|_RELAY|_OPERATOR|_AUDITOR)?_SECRET", name
            )
            if any(word in name for word in ("SECRET", "PASSWORD", "DATABASE_URL")):
                assert re.search(r"@[A-Z_]+_SECRET@", value), f"{name} holds something"

    @pytest.mark.parametrize("service", SERVICES)
    def test_a_service_has_its_own_secret_and_no_other(self, service: str) -> None:
        assert PARTS[service]["env_file"] == ["env/common.env", f"env/{service}.env"]
        assert PARTS[f"migrate-{service}"]["env_file"] == [f"env/{service}-owner.env"]

    def test_filling_in_makes_every_secret_once_and_keeps_it(self, tmp_path: Path) -> None:
        folder = tmp_path / "env"
        shutil.copytree(DEPLOY / "env", folder, ignore=shutil.ignore_patterns("*.env"))
        subprocess.run([folder / "fill"], check=True, capture_output=True)
        secrets_made = {path.name: path.read_text("utf-8") for path in folder.glob("*.env")}
        assert secrets_made.keys() >= {path.name.removesuffix(".example") for path in EXAMPLES}
        assert not any(re.search(r"@[A-Z_]+@", text) for name, text in secrets_made.items() if name != "common.env")
        server, own = variables(folder / "postgres.env"), variables(folder / "intake.env")
        assert f":{server['INTAKE_SECRET']}@postgres" in own["DATABASE_URL"]
        assert f":{server['INTAKE_RELAY_SECRET']}@postgres" in own["RELAY_DATABASE_URL"]
        assert len(set(server.values())) == len(server)
        assert all(path.stat().st_mode & 0o077 == 0 for path in folder.glob("*.env"))
        subprocess.run([folder / "fill"], check=True, capture_output=True)
        assert {path.name: path.read_text("utf-8") for path in folder.glob("*.env")} == secrets_made


def test_the_broker_is_the_one_that_is_tested_and_makes_no_topic_unasked() -> None:
    assert PARTS["kafka"]["image"] == f"${{KAFKA_IMAGE:-apache/kafka:{KAFKA_VERSION}}}"
    assert PARTS["kafka"]["environment"]["KAFKA_AUTO_CREATE_TOPICS_ENABLE"] == "false"
    assert PARTS["kafka"]["environment"]["KAFKA_PROCESS_ROLES"] == "broker,controller"


def test_prometheus_asks_every_service_and_grafana_asks_prometheus() -> None:
    config = yaml.safe_load((DEPLOY / "prometheus" / "prometheus.yml").read_text("utf-8"))
    (job,) = config["scrape_configs"]
    scrape_targets = {target["labels"]["service"]: target["targets"] for target in job["static_configs"]}
    assert scrape_targets == {service: [f"{service}:8000"] for service in SERVICES}
    (rules,) = config["rule_files"]
    assert (DEPLOY / "prometheus" / rules).exists()
    (source,) = yaml.safe_load((DEPLOY / "grafana/provisioning/datasources/prometheus.yaml").read_text())["datasources"]
    assert source["url"] == "http://prometheus:9090"
    (provider,) = yaml.safe_load((DEPLOY / "grafana/provisioning/dashboards/meedoen.yaml").read_text())["providers"]
    mounted = dict(volume.split(":")[:2] for volume in PARTS["grafana"]["volumes"])
    assert mounted["./grafana/dashboards"] == provider["options"]["path"]


def test_docker_compose_reads_it(tmp_path: Path) -> None:
    docker = shutil.which("docker")
    if docker is None or subprocess.run([docker, "compose", "version"], capture_output=True, check=False).returncode:
        pytest.skip("Docker Compose is not installed: the file is checked by its structure alone.")
    shutil.copytree(DEPLOY, tmp_path / "deploy", ignore=shutil.ignore_patterns("*.env"))
    subprocess.run([tmp_path / "deploy" / "env" / "fill"], check=True, capture_output=True)
    subprocess.run(
        [docker, "compose", "--file", "deploy/compose.yaml", "config", "--quiet"],
        check=True,
        cwd=tmp_path,
        env={"PATH": os.environ["PATH"], "HOME": str(tmp_path)},
    )
