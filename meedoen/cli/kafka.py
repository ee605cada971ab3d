"""What the commands about topics do: create them, and give each service the rights that the catalogue yields."""

import json
from dataclasses import asdict

import typer

from meedoen.cli.options import AclFormat
from meedoen.stack.errors import LocalError
from shared.kafka_settings import KafkaSettings
from shared.messaging.security import KafkaSecurity, build_security
from shared.settings import load_settings


def read_security() -> KafkaSecurity:
    """Return how to connect to Kafka by the KAFKA_ settings of the environment; SettingsError if they are wrong."""
    return build_security(load_settings(KafkaSettings))


def create_topics_of_contract(bootstrap_servers: str | None, replication: int) -> None:
    """Create the topics and print how many there are."""
    from meedoen.stack.run_broker import topic_partitions
    from meedoen.stack.topics import create_topics

    address = _require_address(bootstrap_servers)
    partitions = topic_partitions()
    create_topics(address, partitions, replication=replication, security=read_security())
    typer.echo(f"All {len(partitions)} topics are at {address}, {sum(partitions.values())} partitions in all.")


def print_rights(style: AclFormat) -> None:
    """Print the rights of every user."""
    from meedoen.stack.acls import list_rights, read_subscriptions

    rights = list_rights(read_subscriptions())
    if style is AclFormat.JSON:
        typer.echo(json.dumps([asdict(right) for right in rights], indent=2))
        return
    typer.echo("# Each line goes to Kafka's own kafka-acls.sh --bootstrap-server HOST:PORT --command-config FILE")
    for right in rights:
        typer.echo(right.command)


def apply_rights(bootstrap_servers: str | None) -> None:
    """Give the rights on a broker, as the user of the KAFKA_ settings, and print how many there are."""
    from meedoen.stack.acls import grant, list_rights, read_subscriptions

    address = _require_address(bootstrap_servers)
    rights = list_rights(read_subscriptions())
    grant(address, rights, read_security())
    users = len({right.user for right in rights})
    typer.echo(f"{users} users have their {len(rights)} rights at {address}; rights of before were left as they are.")


def _require_address(bootstrap_servers: str | None) -> str:
    if bootstrap_servers is None:
        raise LocalError("The broker is missing: give --bootstrap-servers or set KAFKA_BOOTSTRAP_SERVERS to HOST:PORT.")
    return bootstrap_servers
