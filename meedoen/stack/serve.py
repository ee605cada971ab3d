"""Run one service or the calendar in this process until it is stopped: `python -m meedoen.stack.serve NAME`.

It imports that service and none of the others. `--run` is for the process list only: the local runner identifies its
own processes by it. With `--parent-pid` it ends when that process is gone, however that ended.
"""

import argparse
import contextlib
import json
import os
import signal
import sys
import threading
from collections.abc import Iterable
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from meedoen.stack.errors import LocalError
from meedoen.stack.processes import write_atomically
from meedoen.stack.service_names import require_service_name
from shared.service_names import CALENDAR

if TYPE_CHECKING:
    from shared.messaging import Subscription

PARENT_CHECK_SECONDS = 0.5
ORPHAN_GRACE_SECONDS = 5.0


def run_service(name: str, topics_file: Path | None = None) -> None:
    """Serve until SIGTERM or SIGINT; LocalError for an unknown service, SettingsError for wrong settings.

    The topics that it consumes are written to `topics_file`, so that a reader need not import the service.
    """
    from shared.policies import PolicyFileError
    from shared.service import serve
    from shared.settings import SettingsError, load_settings

    if name == CALENDAR:
        from services.calendar.app import serve_calendar

        serve_calendar()
        return
    require_service_name(name)
    settings = load_settings(import_module(f"services.{name}.settings").Settings)
    module = import_module(f"services.{name}.app")
    if topics_file is not None:
        write_atomically(topics_file, json.dumps(topics_of(module.SUBSCRIPTIONS)))
    try:
        app = module.create_app(settings)
    except PolicyFileError as error:
        raise SettingsError(str(error)) from None
    serve(app, settings)


def topics_of(subscriptions: Iterable["Subscription"]) -> list[str]:
    """Return the topics that a subscription table names."""
    return sorted({line.event.event_type.topic.name for line in subscriptions})


def end_with_parent(parent_pid: int) -> None:
    """Watch the parent from a thread: signal this process to end when it is gone, and end it if that takes too long."""
    from meedoen.stack.processes import process_exists

    def watch() -> None:
        pause = threading.Event()
        while process_exists(parent_pid):
            pause.wait(PARENT_CHECK_SECONDS)
        os.kill(os.getpid(), signal.SIGTERM)
        pause.wait(ORPHAN_GRACE_SECONDS)
        os._exit(1)

    threading.Thread(target=watch, name="parent-watch", daemon=True).start()


def process_options(description: str) -> argparse.ArgumentParser:
    """Return a parser with the options that every process of a local run takes."""
    options = argparse.ArgumentParser(description=description)
    options.add_argument("--run", help="a mark in the process list, by which the local runner knows its own")
    options.add_argument("--parent-pid", type=int, help="end when this process is gone")
    return options


def main() -> int:
    from shared.settings import SettingsError

    options = process_options("One service, until it is stopped.")
    options.add_argument("service")
    options.add_argument("--topics-file", type=Path, help="where the topics that it consumes are written")
    arguments = options.parse_args()
    if arguments.parent_pid is not None:
        end_with_parent(arguments.parent_pid)
    try:
        with contextlib.suppress(KeyboardInterrupt):
            run_service(arguments.service, arguments.topics_file)
    except (LocalError, SettingsError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
