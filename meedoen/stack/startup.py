"""Bring a run up: what is running with the right settings stays, the rest is started, and all is ready in the end.

A new embedded broker is empty, so every service then publishes its whole log again; consumers skip what they have.
"""

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from meedoen.stack import databases, services
from meedoen.stack import service_process as process
from meedoen.stack.errors import LocalError
from meedoen.stack.postgres import find_postgres
from meedoen.stack.processes import Progress, process_exists
from meedoen.stack.relocation import resolve_run
from meedoen.stack.run_broker import ADDRESS_SETTING, choose_kind, find_broker, start_broker
from meedoen.stack.service_names import service_names
from meedoen.stack.shutdown import is_anything_running, running_processes, stop_all
from meedoen.stack.state import RunState, save_run
from shared.service_names import CALENDAR

# There is nothing to send to or to commit at a broker that is no more, and the log keeps what was not sent.
BROKER_GONE_GRACE_SECONDS = 3.0


@dataclass(frozen=True)
class RunOptions:
    """The options of a run; None keeps the value that the run has."""

    broker: str | None
    municipalities: tuple[str, ...] | None
    has_calendar: bool
    parent_pid: int | None
    is_temporary: bool
    progress: Progress
    left_out: tuple[str, ...] = ()
    policies_folder: Path | None = None
    is_secure: bool | None = None


def claim_run(home: Path, options: RunOptions) -> RunState:
    """Return the run of this folder and make it ours; LocalError if another program's run is in it."""
    run = resolve_run(home, options.progress)
    if not _is_ours(run, options) and is_anything_running(run):
        if run.owner_pid is None:
            raise LocalError(
                f"A run of meedoen up is active in {home}: stop it with meedoen down, or use another folder."
            )
        if process_exists(run.owner_pid):
            raise LocalError(f"Process {run.owner_pid} uses {home} for a run of its own: use another folder.")
        options.progress("Stopping what an earlier program left running ...")
        for name in run.processes:
            process.kill_leftover(run, name)
        stop_all(run, progress=lambda _: None)
    run.owner_pid = options.parent_pid
    return run


def bring_up(run: RunState, options: RunOptions) -> list[str]:
    """Start what is missing and wait until all is ready; return the names of what was started."""
    kind = choose_kind(run, options.broker)
    _refuse_other_broker(run, kind)
    run.has_calendar = options.has_calendar
    _choose_security(run, kind, is_secure=options.is_secure)
    run.left_out = options.left_out
    run.municipalities = options.municipalities or run.municipalities
    run.policies_folder = str(options.policies_folder) if options.policies_folder else None
    if _is_complete(run):
        save_run(run)
        return []
    save_run(run)  # so that a start that fails half-way can be taken down
    names = service_names()
    started = _start_servers(run, kind, names, options)
    _create_issuer(run)
    save_run(run)
    broker_is_new = "broker" in started
    _stop_outdated(run, options, BROKER_GONE_GRACE_SECONDS if broker_is_new else process.STOP_GRACE_SECONDS)
    own_names = _own_services(run)
    started += [name for name in own_names if _ensure_running(run, name, options)]
    for name in run.left_out:
        services.reserve_port(run, name)
    _wait_until_ready(run, own_names, options)
    run.topics = {name: services.consumed_topics(run, name) for name in names}
    if run.has_calendar and _ensure_running(run, CALENDAR, options):
        started.append(CALENDAR)
    save_run(run)
    return started


def _start_servers(run: RunState, kind: str, names: tuple[str, ...], options: RunOptions) -> list[str]:
    """Start PostgreSQL with the databases, and the broker beside it; return which of the two were started now."""
    postgres_was_down = find_postgres(Path(run.home)) is None
    with ThreadPoolExecutor(1) as executor:
        broker_start = executor.submit(
            start_broker, run, kind, parent_pid=options.parent_pid, progress=options.progress
        )
        _prepare_databases(run, names, options)
        broker = broker_start.result()
    run.broker, run.bootstrap_servers = kind, broker.process.bootstrap_servers
    if broker.is_new:
        refill_broker(run, options.progress)
    started = ["PostgreSQL"] if postgres_was_down and run.admin_url is None else []
    return [*started, "broker"] if broker.is_started_now else started


def _is_ours(run: RunState, options: RunOptions) -> bool:
    return run.owner_pid == options.parent_pid


def _choose_security(run: RunState, kind: str, *, is_secure: bool | None) -> None:
    if is_secure and (kind != "kafka" or os.environ.get(ADDRESS_SETTING)):
        raise LocalError("Only a Kafka that this run starts is made secure: use --broker kafka --secure, no address.")
    if is_secure is not None and run.broker == "kafka" and is_secure != run.is_secure:
        raise LocalError("This run's Kafka was begun otherwise: keep to that, or use another folder with --state.")
    run.is_secure = run.is_secure if is_secure is None else is_secure


def _refuse_other_broker(run: RunState, kind: str) -> None:
    if run.broker and kind != run.broker and is_anything_running(run):
        raise LocalError(f"This runs with the {run.broker} broker: stop it with meedoen down before choosing {kind}.")


def _is_complete(run: RunState) -> bool:
    """Return whether everything is running with the settings that it should have and is ready."""
    names = [*_own_services(run), *([CALENDAR] if run.has_calendar else [])]
    if any(process.running_pid(run, name) for name in _unwanted_processes(run)):
        return False
    if not set(run.left_out) <= set(run.processes):
        return False
    if set(service_names()) != set(run.databases) or not run.bootstrap_servers:
        return False
    if run.admin_url is None and find_postgres(Path(run.home)) is None:
        return False
    if run.given_broker is None and find_broker(run) is None:
        return False
    return all(services.is_up_to_date(run, name) for name in names) and all(
        process.get_readiness(run.processes[name].port).ready for name in names if name != CALENDAR
    )


def _prepare_databases(run: RunState, names: tuple[str, ...], options: RunOptions) -> None:
    admin_url = databases.ensure_admin_url(run, parent_pid=options.parent_pid, progress=options.progress)
    options.progress("Preparing the databases ...")
    for name in names:
        databases.prepare_service_database(run, admin_url, name, is_temporary=options.is_temporary)
    save_run(run)


def refill_broker(run: RunState, progress: Progress) -> None:
    """Make every service publish its log to a broker that is new and empty."""
    for name, database in run.databases.items():
        facts = databases.republish_log(database.operator_url)
        if facts:
            progress(f"The broker is new and empty: {name} publishes its {facts} events again.")


def _stop_outdated(run: RunState, options: RunOptions, grace_seconds: float) -> None:
    """Stop the processes with an outdated broker, database or municipality, and those that are not wanted."""
    unwanted = _unwanted_processes(run)
    outdated = [name for name in running_processes(run) if name in unwanted or not services.is_up_to_date(run, name)]
    if outdated:
        options.progress(f"Stopping {', '.join(outdated)} (settings changed, or left out) ...")
        process.stop_several(run, outdated, grace_seconds=grace_seconds)


def _own_services(run: RunState) -> list[str]:
    """Return the services that this run starts."""
    return [name for name in service_names() if name not in run.left_out]


def _unwanted_processes(run: RunState) -> tuple[str, ...]:
    return run.left_out if run.has_calendar else (*run.left_out, CALENDAR)


def _wait_until_ready(run: RunState, names: Sequence[str], options: RunOptions) -> None:
    services.wait_until_ready(
        run,
        names,
        parent_pid=options.parent_pid,
        progress=options.progress,
        deadline_seconds=services.READY_DEADLINE_SECONDS,
    )


def _create_issuer(run: RunState) -> None:
    from shared.auth.local_issuer import LocalIssuer

    LocalIssuer(services.issuer_folder(Path(run.home)))


def _ensure_running(run: RunState, name: str, options: RunOptions) -> bool:
    return services.ensure_running(run, name, parent_pid=options.parent_pid, progress=options.progress)
