"""Measures one path in this process and prints its figures as JSON: what `meedoen bench` starts for each path."""

import argparse
import json
import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory

from bench import (
    camt,
    consumer,
    idle,
    latency,
    ledger_proof,
    letters,
    memory,
    notify,
    relay,
    run_chain,
    run_million,
    secure,
)
from bench import run as month_run
from bench.rig import CONSOLE, PARTITIONS, TOPIC, Environment, Figure, open_environment
from meedoen.stack.errors import LocalError
from meedoen.stack.kafka import start_kafka
from meedoen.stack.postgres import start_postgres
from meedoen.stack.serve import end_with_parent
from shared.memory import freeze_gc


def _latency_on_kafka(passes: int) -> list[Figure]:
    with TemporaryDirectory(prefix="meedoen-bench-kafka-") as folder:
        try:
            broker = start_kafka(Path(folder) / "kafka", {TOPIC: PARTITIONS}, parent_pid=os.getpid())
        except LocalError as problem:
            CONSOLE.print(f"[yellow]Not measured on Apache Kafka: {problem}[/yellow]")
            return []
        server = start_postgres(Path(folder) / "postgres", parent_pid=os.getpid())
        try:
            environment = Environment(server.admin_url, broker.bootstrap_servers, is_embedded=False)
            return latency.run(environment, passes, "Apache Kafka")
        finally:
            broker.stop()
            server.remove()


# Those that make what they need themselves, and those that get a PostgreSQL and an embedded broker.
STANDALONE: Mapping[str, Callable[[int], list[Figure]]] = {
    "idle": idle.run,
    "latency-kafka": _latency_on_kafka,
    "secure": secure.run,
}
IN_ENVIRONMENT: Mapping[str, Callable[[Environment, int], list[Figure]]] = {
    "relay": relay.run,
    "consumer": consumer.run,
    "latency": lambda environment, passes: latency.run(environment, passes, "embedded"),
    "memory": lambda environment, _: memory.run(environment),
    "camt": camt.run,
    "notify": notify.run,
    "letters": letters.run,
    "run": month_run.run,
    "run-workers": month_run.run_workers,
    "run-chain": run_chain.run,
    "run-million": run_million.run,
    "ledger-proof": ledger_proof.run,
}


def measure(path: str, passes: int) -> list[Figure]:
    """Return the figures of one path."""
    if path in STANDALONE:
        return STANDALONE[path](passes)
    with open_environment() as environment:
        return IN_ENVIRONMENT[path](environment, passes)


def main() -> None:
    """Print the figures as one JSON document; progress goes to standard error. End with the parent process."""
    options = argparse.ArgumentParser(description="Measures one path of the benchmark.")
    options.add_argument("path", choices=[*STANDALONE, *IN_ENVIRONMENT])
    options.add_argument("--passes", type=int, required=True)
    options.add_argument("--parent-pid", type=int, required=True, help="end when this process is gone")
    arguments = options.parse_args()
    end_with_parent(arguments.parent_pid)
    freeze_gc()
    figures = measure(arguments.path, arguments.passes)
    sys.stdout.write(json.dumps([asdict(line) for line in figures]))


if __name__ == "__main__":
    main()
