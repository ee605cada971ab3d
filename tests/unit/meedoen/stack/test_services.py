"""What the processes of a local run get in their environment."""

from pathlib import Path

from meedoen.stack.services import service_settings
from meedoen.stack.state import DatabaseState, RunState
from shared.service_names import CALENDAR, SERVICES


def test_every_service_and_not_the_calendar_reads_the_policies_of_the_folder(tmp_path: Path) -> None:
    databases = {name: DatabaseState("postgresql://owner", "postgresql://own") for name in SERVICES}
    run = RunState(run_id="x", home=str(tmp_path), databases=databases)
    without = {name: service_settings(run, name) for name in SERVICES}
    assert not any("POLICIES_FOLDER" in settings for settings in without.values())
    run.policies_folder = "/somewhere/policies"
    for name in SERVICES:
        assert service_settings(run, name) == without[name] | {"POLICIES_FOLDER": "/somewhere/policies"}
    assert "POLICIES_FOLDER" not in service_settings(run, CALENDAR)
