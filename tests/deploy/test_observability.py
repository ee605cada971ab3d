"""Dashboards and alerts ask only for what the code tells, and every alert leads to a page that says what to do."""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from telemetry import ROOT, asked_series, expression_breaches, log_events, metrics, series, series_at_start

from services.ontzorgen.tasks.rules import TaskKind
from shared.messaging import HoldReason

DEPLOY = ROOT / "deploy"
DASHBOARDS = sorted((DEPLOY / "grafana" / "dashboards").glob("*.json"))
ALERTS: list[dict[str, Any]] = [
    rule
    for group in yaml.safe_load((DEPLOY / "prometheus" / "alerts.yml").read_text("utf-8"))["groups"]
    for rule in group["rules"]
]
RUNBOOK = (ROOT / "docs" / "operations.md").read_text("utf-8")
HEADINGS = {
    re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-"): title
    for title in re.findall(r"^#+ (.+)$", RUNBOOK, re.MULTILINE)
}
GRAFANA_VARIABLE = re.compile(r"\$(?:__\w+|\{?\w+\}?)")


def section(anchor: str) -> str:
    """The text below a heading, up to the next."""
    _, _, rest = RUNBOOK.partition(f"# {HEADINGS[anchor]}\n")
    return re.split(r"^#+ ", rest, maxsplit=1, flags=re.MULTILINE)[0].strip()


def rows(anchor: str) -> list[str]:
    """The rows of the table in a section, without its head."""
    return [line for line in section(anchor).splitlines() if line.startswith("|")][2:]


def find_promtool() -> str | None:
    """Return the path of promtool, in PROMETHEUS_FOLDER or else on the PATH."""
    folder = os.environ.get("PROMETHEUS_FOLDER")
    return shutil.which("promtool", path=folder) if folder else shutil.which("promtool")


def list_fired_and_ended(looks: list[dict[str, Any]]) -> set[str]:
    """The alerts that a case of promtool sees firing and, at a later look, no more."""

    def seconds(look: dict[str, Any]) -> int:
        units = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}
        return sum(int(number) * units[unit] for number, unit in re.findall(r"(\d+)([smhd])", look["eval_time"]))

    fired: set[str] = set()
    ended: set[str] = set()
    for look in sorted(looks, key=seconds):
        if look["exp_alerts"]:
            fired.add(look["alertname"])
        elif look["alertname"] in fired:
            ended.add(look["alertname"])
    return ended


class TestAlerts:
    @pytest.mark.parametrize("alert", ALERTS, ids=lambda alert: alert["alert"])
    def test_it_asks_for_series_and_labels_that_exist(self, alert: dict[str, Any]) -> None:
        assert list(expression_breaches(alert["expr"], series())) == []

    @pytest.mark.parametrize("alert", ALERTS, ids=lambda alert: alert["alert"])
    def test_it_leads_to_its_own_section_of_the_runbook(self, alert: dict[str, Any]) -> None:
        page, _, anchor = alert["annotations"]["runbook"].partition("#")
        assert page == "docs/operations.md"
        assert anchor == alert["alert"].lower()
        assert len(section(anchor)) > 100, "The section is there and says little."

    @pytest.mark.parametrize("alert", ALERTS, ids=lambda alert: alert["alert"])
    def test_it_says_how_urgent_it_is_and_what_is_wrong_in_a_sentence(self, alert: dict[str, Any]) -> None:
        assert alert["labels"]["severity"] in {"page", "ticket", "info"}
        assert alert["annotations"]["summary"].endswith(".")

    def test_no_section_is_of_an_alert_that_is_gone(self) -> None:
        listed = re.findall(r"^### ([A-Z]\w+)$", RUNBOOK, re.MULTILINE)
        assert sorted(listed) == sorted(alert["alert"] for alert in ALERTS)

    def test_the_rules_and_the_configuration_are_valid_prometheus(self) -> None:
        promtool = find_promtool()
        if promtool is None:
            pytest.skip("promtool is not installed: on Debian it comes with the package prometheus.")
        for kind, name in (("rules", "alerts.yml"), ("config", "prometheus.yml")):
            path = DEPLOY / "prometheus" / name
            done = subprocess.run([promtool, "check", kind, path], capture_output=True, text=True, check=False)
            assert done.returncode == 0, done.stdout + done.stderr

    def test_alerts_fire_on_what_they_are_for_and_on_nothing_else(self) -> None:
        promtool = find_promtool()
        if promtool is None:
            pytest.skip("promtool is not installed: on Debian it comes with the package prometheus.")
        cases = sorted(Path(__file__).parent.glob("alerts*.test.yml"))
        done = subprocess.run([promtool, "test", "rules", *cases], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr

    @pytest.mark.parametrize("alert", ALERTS, ids=lambda alert: alert["alert"])
    def test_every_counter_it_asks_is_there_from_the_start_or_its_first_appearance_is_asked_too(
        self, alert: dict[str, Any]
    ) -> None:
        """A rise is seen only of a series that was there before."""
        at_start = series_at_start()
        for name in {name for name, _ in asked_series(alert["expr"]) if name.endswith("_total")}:
            asks_first_appearance = re.search(rf"{name}(\{{[^}}]*\}})?\s+unless\s+{name}\s+offset", alert["expr"])
            assert name in at_start or asks_first_appearance, name

    def test_every_alert_is_seen_to_fire_and_to_end(self) -> None:
        """By promtool's tests above; tests/ops makes each fault on a running stack, too, in shorter times."""
        files = sorted(Path(__file__).parent.glob("alerts*.test.yml"))
        cases = [case for path in files for case in yaml.safe_load(path.read_text("utf-8"))["tests"]]
        seen = {alert for case in cases for alert in list_fired_and_ended(case["alert_rule_test"])}
        assert {alert["alert"] for alert in ALERTS} - seen == set()

    @pytest.mark.parametrize(("fires", "is_seen"), [([True, False], True), ([False, True], False), ([False], False)])
    def test_an_alert_that_never_ends_is_found(self, fires: list[bool], *, is_seen: bool) -> None:
        looks = [
            {"alertname": "Late", "eval_time": f"{minute}m", "exp_alerts": [{}] if fired else []}
            for minute, fired in enumerate(fires)
        ]
        assert list_fired_and_ended(looks) == ({"Late"} if is_seen else set())

    def test_every_rule_has_the_fields_of_a_rule(self) -> None:
        for alert in ALERTS:
            assert alert.keys() <= {"alert", "expr", "for", "labels", "annotations"}
            assert re.fullmatch(r"[0-9]+[smhd]", alert.get("for", "0s"))


class TestDashboards:
    @pytest.mark.parametrize("path", DASHBOARDS, ids=lambda path: path.stem)
    def test_it_asks_for_series_and_labels_that_exist(self, path: Path) -> None:
        known_series = series()
        breaches = [
            f"{panel['title']}: {breach}"
            for panel in json.loads(path.read_text("utf-8"))["panels"]
            for target in panel.get("targets", [])
            for breach in expression_breaches(GRAFANA_VARIABLE.sub("x", target["expr"]), known_series)
        ]
        assert not breaches, "\n" + "\n".join(breaches)

    @pytest.mark.parametrize("path", DASHBOARDS, ids=lambda path: path.stem)
    def test_its_panels_do_not_overlap_and_read_the_provisioned_source(self, path: Path) -> None:
        board = json.loads(path.read_text("utf-8"))
        occupied: set[tuple[int, int]] = set()
        for panel in board["panels"]:
            at = panel["gridPos"]
            cells = {(x, y) for x in range(at["x"], at["x"] + at["w"]) for y in range(at["y"], at["y"] + at["h"])}
            assert not cells & occupied, panel["title"]
            assert at["x"] + at["w"] <= 24, panel["title"]
            occupied |= cells
        sources = yaml.safe_load((DEPLOY / "grafana/provisioning/datasources/prometheus.yaml").read_text("utf-8"))
        known_series = {source["uid"] for source in sources["datasources"]}
        assert set(re.findall(r'"type": "prometheus",\s+"uid": "(\w+)"', path.read_text("utf-8"))) == known_series

    @pytest.mark.parametrize("path", DASHBOARDS, ids=lambda path: path.stem)
    def test_where_it_points_to_the_runbook_the_section_is_there(self, path: Path) -> None:
        pointed = set(re.findall(r"docs/operations\.md#([\w-]+)", path.read_text("utf-8")))
        assert pointed
        assert pointed - HEADINGS.keys() == set()

    def test_there_is_one_of_the_chain_and_one_of_the_core(self) -> None:
        boards = {path.stem: path.read_text("utf-8") for path in DASHBOARDS}
        assert boards.keys() == {"chain", "core"}
        for metric in metrics():
            board = "core" if metric.service == "every service" else "chain"
            is_shown = any(name in boards[board] or name in boards["core"] for name in metric.names)
            assert is_shown, f"{metric.name} stands on no dashboard"


class TestReadingExpressions:
    KNOWN = {"a_total": frozenset({"kind"}), "b": frozenset[str]()}  # noqa: RUF012 - never changed

    @pytest.mark.parametrize(
        ("expression", "breaches"),
        [
            ('sum by (kind, service) (rate(a_total{kind="x"}[5m])) > 0.05', []),
            ("max(b) / 100 and on (service) b offset 1h == 0", []),
            ("increase(gone_total[1d]) > 0", ["no code tells gone_total"]),
            ('b{kind="x"}', ["nothing asked for has a label kind"]),
            ("sum by (nowhere) (b)", ["nothing asked for has a label nowhere"]),
        ],
    )
    def test_unknown_series_and_labels_are_found(self, expression: str, breaches: list[str]) -> None:
        assert list(expression_breaches(expression, self.KNOWN)) == breaches

    def test_every_alert_is_read_as_asking_for_something(self) -> None:
        assert all(list(asked_series(alert["expr"])) for alert in ALERTS)


class TestRunbook:
    def test_it_lists_every_metric_of_the_code_and_no_other(self) -> None:
        expected = [
            f"| `{metric.names[0].removesuffix('_bucket')}` | {metric.kind} | "
            f"{', '.join(f'`{label}`' for label in metric.labels) or '-'} | {metric.service} | {metric.text} |"
            for metric in metrics()
        ]
        assert rows("metrics") == expected, "It must hold these lines:\n" + "\n".join(expected)

    def test_it_lists_every_log_event_of_the_code_and_no_other(self) -> None:
        listed = [match[1] for row in rows("log-events") if (match := re.match(r"\| `(\w+)` \| .{10,}", row))]
        assert listed == sorted(log_events())

    def test_every_kind_of_task_says_what_is_the_matter_and_what_to_do(self) -> None:
        listed = [match[1] for row in rows("tasks") if (match := re.match(r"\| `(\w+)` \| .{10,} \| .{10,} \|", row))]
        assert sorted(listed) == sorted(TaskKind)

    def test_log_events_are_named_in_snake_case(self) -> None:
        assert [name for name in log_events() if not re.fullmatch(r"[a-z]+(_[a-z]+)+", name)] == []

    def test_no_label_of_a_metric_is_an_id_or_a_person(self) -> None:
        identifying = re.compile(r"(^|_)(id|ids|person|household|name|user|subject|path|email|key)($|_)")
        assert [metric.name for metric in metrics() if any(identifying.search(label) for label in metric.labels)] == []

    @pytest.mark.parametrize("reason", HoldReason, ids=str)
    def test_every_reason_to_hold_an_event_says_what_it_means_and_what_to_do(self, reason: HoldReason) -> None:
        (row,) = [row for row in rows("why-an-event-is-held") if row.startswith(f"| `{reason.value}` |")]
        meaning, what_to_do = row.strip("| ").split("|")[1:]
        assert len(meaning) > 30
        assert len(what_to_do) > 30
