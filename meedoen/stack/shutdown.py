"""Stop a run in the order that loses nothing: calendar and services drain, then the broker, then PostgreSQL."""

from pathlib import Path

from meedoen.stack import service_process as process
from meedoen.stack.databases import drop_databases
from meedoen.stack.postgres import PostgresServer, find_postgres
from meedoen.stack.processes import Progress
from meedoen.stack.run_broker import find_broker
from meedoen.stack.state import RunState, save_run


def stop_all(run: RunState, *, progress: Progress, keeps_data: bool = True) -> list[str]:
    """Stop everything of the run that is ours; return the names of what was running.

    Without `keeps_data` the data are about to be deleted, so PostgreSQL need not flush them.
    """
    home, stopped = Path(run.home), running_processes(run)
    if stopped:
        progress(f"Stopping {', '.join(stopped)} ...")
        process.stop_several(run, stopped)
    broker = find_broker(run)
    if broker is not None:
        progress("Stopping the broker ...")
        broker.stop()
        stopped.append("broker")
    postgres = find_postgres(home)
    if postgres is not None:
        progress("Stopping PostgreSQL ...")
        postgres.stop() if keeps_data else postgres.kill()
        stopped.append("PostgreSQL")
    run.owner_pid = None
    save_run(run)
    return stopped


def running_processes(run: RunState) -> list[str]:
    """Return the processes of the run that are alive now."""
    return [name for name in run.processes if process.running_pid(run, name) is not None]


def is_anything_running(run: RunState) -> bool:
    """Return whether any process of this run that is ours is alive."""
    home = Path(run.home)
    return bool(running_processes(run)) or find_broker(run) is not None or find_postgres(home) is not None


def remove_all(run: RunState) -> None:
    """Delete what a stopped run made outside its folder: spare folder of PostgreSQL, container, other databases."""
    home = Path(run.home)
    if run.admin_url is not None:
        drop_databases(run)
    elif (home / "postgres" / "server.json").exists():
        PostgresServer("", home).remove()
    if run.broker == "kafka" and (home / "kafka-container.json").exists():
        from meedoen.stack.kafka_container import KafkaContainer

        KafkaContainer(run.bootstrap_servers, home / "kafka-container.json", {}).remove()
