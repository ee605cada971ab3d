"""What TLS and SCRAM cost: the rate of relay and consumer on a secure Apache Kafka, beside the same on a plain one.

Two brokers of the same version and with the same settings of Java on this machine, asked in turns, after a pass that
nobody counts, in which their code is compiled. The floor is the plain one. Both read and write the same events; a
consumer also reads what the relay of the pass before left on the topic.
"""

import os
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

from bench import consumer, relay
from bench.rig import (
    CONSOLE,
    PARTITIONS,
    TOPIC,
    Environment,
    Figure,
    make_events,
    make_figures,
    new_people,
    run_on_uvloop,
)
from meedoen.stack.acls import user_of
from meedoen.stack.errors import LocalError
from meedoen.stack.kafka_node import KafkaNode, start_node
from meedoen.stack.postgres import start_postgres
from shared.messaging.security import PLAINTEXT, KafkaSecurity

Rates = dict[str, list[float]]
WARMING_PASSES = 1


def security_of(node: KafkaNode, service: str) -> KafkaSecurity:
    return PLAINTEXT if node.secrets is None else node.secrets.by_password(user_of(service))


async def measure_pass(environment: Environment, nodes: dict[str, KafkaNode], backlog: int) -> dict[str, float]:
    """Return the rates of one pass; `backlog` is what earlier passes left on the topic."""
    facts = make_events(consumer.EVENTS, new_people(consumer.PERSONS))
    rates = {}
    for name, node in nodes.items():
        sender = security_of(node, "recruitment")
        consumer.send_events(node.bootstrap_servers, facts, security=sender)
        url = await consumer.prepare_database_for(environment, f"bench_consumer_{name}", facts)
        rates[f"consumer {name}"] = await consumer.measure_consumer(
            url,
            node.bootstrap_servers,
            consumer.EVENTS + backlog,
            is_embedded=False,
            security=security_of(node, "intake"),
        )
        url = await environment.create_database(f"bench_relay_{name}")
        await relay.fill_outbox(url, relay.ROWS)
        rates[f"relay {name}"] = await relay.measure_relay(url, node.bootstrap_servers, sender)
    return rates


def run(passes: int) -> list[Figure]:
    """Return the lines for build/bench.json; none where there is no Apache Kafka."""
    with TemporaryDirectory(prefix="meedoen-bench-secure-") as folder, ExitStack() as stack:
        place, topics = Path(folder), {TOPIC: PARTITIONS}
        nodes = {}
        try:
            for name in ("plain", "secure"):
                home, is_secure = place / name, name == "secure"
                nodes[name] = start_node(
                    home,
                    topics,
                    CONSOLE.print,
                    parent_pid=os.getpid(),
                    is_secure=is_secure,
                    uses_second_compiler=True,
                )
                stack.callback(nodes[name].remove)
        except LocalError as problem:
            CONSOLE.print(f"[yellow]Not measured on Apache Kafka: {problem}[/yellow]")
            return []
        server = start_postgres(place / "postgres", parent_pid=os.getpid())
        stack.callback(server.remove)
        environment = Environment(server.admin_url, nodes["plain"].bootstrap_servers, is_embedded=False)
        measured = [
            run_on_uvloop(measure_pass(environment, nodes, relay.ROWS + 1 if number else 0))
            for number in range(WARMING_PASSES + passes)
        ][WARMING_PASSES:]
    rates: Rates = {name: [of_pass[name] for of_pass in measured] for name in measured[0]}
    return [
        line
        for path, unit in (("relay", "rows/s"), ("consumer", "events/s"))
        for line in make_figures(
            f"{path} over TLS and SCRAM, floor: plain text", unit, rates[f"{path} secure"], rates[f"{path} plain"]
        )
    ]
