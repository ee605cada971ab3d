"""Bringing a run up: what runs and is as it should be stays, the rest is started, and all is ready in the end.

A new embedded broker is empty, so every service then tells its whole log again; consumers skip what they had.
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from meedoen.stack import databases, services
from meedoen.stack import service_process as process
from meedoen.stack.errors import LocalError
from meedoen.stack.postgres import find_postgres
from meedoen.stack.processes import Progress, exists
from meedoen.stack.relocation import settle
from meedoen.stack.run_broker import choose_kind, find_broker, start_broker
from meedoen.stack.service_names import service_names
from meedoen.stack.state import KeptRun, save_run
from meedoen.stack.stopping import living, runs_at_all, stop_all
from shared.service_names import CALENDAR

# There is nothing to send to or to commit at a broker that is no more, and the log keeps what was not sent.
BROKER_GONE_GRACE_SECONDS = 3.0


@dataclass(frozen=True)
class Wishes:
    """What was asked of a run; None leaves it as it was."""

    broker: str | None
    municipalities: tuple[str, ...] | None
    has_calendar: bool
    parent_pid: int | None
    is_temporary: bool
    progress: Progress
    left_out: tuple[str, ...] = ()


def settle_owner(home: Path, wishes: Wishes) -> KeptRun:
    """The run of this folder, ours from now on; LocalError when another program's run stands in it."""
    run = settle(home, wishes.progress)
    if not _is_ours(run, wishes) and runs_at_all(run):
        if run.owner_pid is None:
            raise LocalError(f"What meedoen up started runs in {home}: stop it with meedoen down, or use another.")
        if exists(run.owner_pid):
            raise LocalError(f"Process {run.owner_pid} uses {home} for a run of its own: use another folder.")
        wishes.progress("Clearing away what a program that is gone left behind ...")
        for name in run.processes:
            process.kill_left_over(run, name)
        stop_all(run, progress=lambda _: None)
    run.owner_pid = wishes.parent_pid
    return run


def bring_up(run: KeptRun, wishes: Wishes) -> list[str]:
    """Start what is lacking and wait until all is ready; the names of what was started."""
    kind = choose_kind(run, wishes.broker)
    _refuse_other_broker(run, kind)
    run.has_calendar = wishes.has_calendar
    run.left_out = wishes.left_out
    run.municipalities = wishes.municipalities or run.municipalities
    if _is_complete(run):
        save_run(run)
        return []
    save_run(run)  # so that a start that fails half-way can be taken down
    names = service_names()
    started = _start_servers(run, kind, names, wishes)
    _make_issuer(run)
    save_run(run)
    broker_is_new = "broker" in started
    _stop_outdated(run, wishes, BROKER_GONE_GRACE_SECONDS if broker_is_new else process.STOP_GRACE_SECONDS)
    own_names = _own_services(run)
    started += [name for name in own_names if _ensure(run, name, wishes)]
    for name in run.left_out:
        services.reserve_port(run, name)
    _wait_until_ready(run, own_names, wishes)
    run.topics = {name: services.topics_heard(run, name) for name in names}
    if run.has_calendar and _ensure(run, CALENDAR, wishes):
        started.append(CALENDAR)
    save_run(run)
    return started


def _start_servers(run: KeptRun, kind: str, names: tuple[str, ...], wishes: Wishes) -> list[str]:
    """PostgreSQL with the databases, and beside it the broker; those of the two that were started now."""
    postgres_was_down = find_postgres(Path(run.home)) is None
    with ThreadPoolExecutor(1) as beside:
        starting = beside.submit(start_broker, run, kind, parent_pid=wishes.parent_pid, progress=wishes.progress)
        _prepare_databases(run, names, wishes)
        broker = starting.result()
    run.broker, run.bootstrap_servers = kind, broker.process.bootstrap_servers
    if broker.is_new:
        refill(run, wishes.progress)
    started = ["PostgreSQL"] if postgres_was_down and run.admin_url is None else []
    return [*started, "broker"] if broker.is_started_now else started


def _is_ours(run: KeptRun, wishes: Wishes) -> bool:
    return run.owner_pid == wishes.parent_pid


def _refuse_other_broker(run: KeptRun, kind: str) -> None:
    if run.broker and kind != run.broker and runs_at_all(run):
        raise LocalError(f"This runs with the {run.broker} broker: stop it with meedoen down before choosing {kind}.")


def _is_complete(run: KeptRun) -> bool:
    """Whether everything runs with the settings that it should have and says that it is ready."""
    names = [*_own_services(run), *([CALENDAR] if run.has_calendar else [])]
    if any(process.living_pid(run, name) for name in _unwanted(run)):
        return False
    if not set(run.left_out) <= set(run.processes):
        return False
    if set(service_names()) != set(run.databases) or not run.bootstrap_servers:
        return False
    if run.admin_url is None and find_postgres(Path(run.home)) is None:
        return False
    if run.given_broker is None and find_broker(run) is None:
        return False
    return all(services.is_as_wanted(run, name) for name in names) and all(
        process.ask_ready(run.processes[name].port).ready for name in names if name != CALENDAR
    )


def _prepare_databases(run: KeptRun, names: tuple[str, ...], wishes: Wishes) -> None:
    admin_url = databases.admin_url_of(run, parent_pid=wishes.parent_pid, progress=wishes.progress)
    wishes.progress("Preparing the databases ...")
    for name in names:
        databases.prepare(run, admin_url, name, is_temporary=wishes.is_temporary)
    save_run(run)


def refill(run: KeptRun, progress: Progress) -> None:
    """Let every service tell its log to a broker that is new and empty."""
    for name, database in run.databases.items():
        facts = databases.refill_broker(database.url)
        if facts:
            progress(f"The broker is new and empty: {name} tells its {facts} facts again.")


def _stop_outdated(run: KeptRun, wishes: Wishes, grace_seconds: float) -> None:
    """Processes that know another broker, database or municipality than there is now, and those not wanted."""
    unwanted = _unwanted(run)
    outdated = [name for name in living(run) if name in unwanted or not services.is_as_wanted(run, name)]
    if outdated:
        wishes.progress(f"Stopping {', '.join(outdated)} (settings changed, or left out) ...")
        process.stop_several(run, outdated, grace_seconds=grace_seconds)


def _own_services(run: KeptRun) -> list[str]:
    """The services that this run starts."""
    return [name for name in service_names() if name not in run.left_out]


def _unwanted(run: KeptRun) -> tuple[str, ...]:
    return run.left_out if run.has_calendar else (*run.left_out, CALENDAR)


def _wait_until_ready(run: KeptRun, names: Sequence[str], wishes: Wishes) -> None:
    services.wait_until_ready(
        run,
        names,
        parent_pid=wishes.parent_pid,
        progress=wishes.progress,
        deadline_seconds=services.READY_DEADLINE_SECONDS,
    )


def _make_issuer(run: KeptRun) -> None:
    from shared.auth.local_issuer import LocalIssuer

    LocalIssuer(services.issuer_folder(Path(run.home)))


def _ensure(run: KeptRun, name: str, wishes: Wishes) -> bool:
    return services.ensure(run, name, parent_pid=wishes.parent_pid, progress=wishes.progress)
