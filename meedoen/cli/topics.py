"""The commands about topics on Apache Kafka: create them, and who may use them."""

from typing import Annotated

import typer

from meedoen.cli.options import AclFormat, Address

app = typer.Typer(
    help="Topics on Apache Kafka: create them, and who may use them.", no_args_is_help=True, rich_markup_mode=None
)


@app.command("create")
def create_topics(
    bootstrap_servers: Address = None,
    replication: Annotated[int, typer.Option(min=-1, max=9, help="replicas; -1 uses the broker's default")] = -1,
) -> None:
    """Create every missing topic of the contract, with its number of partitions."""
    from meedoen.cli.kafka import create_topics_of_contract

    create_topics_of_contract(bootstrap_servers, replication)


@app.command("acls")
def topic_acls(
    style: Annotated[
        AclFormat, typer.Option("--format", help="options of kafka-acls.sh, or JSON")
    ] = AclFormat.COMMANDS,
    bootstrap_servers: Address = None,
    *,
    apply: Annotated[bool, typer.Option("--apply", help="give the rights at the broker instead")] = False,
) -> None:
    """Print who may do what on Kafka: the rights that events and subscriptions yield, and no others."""
    from meedoen.cli.kafka import apply_rights, print_rights

    if apply:
        apply_rights(bootstrap_servers)
    else:
        print_rights(style)
