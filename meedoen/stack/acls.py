"""Who may do what on Kafka: the rights that the catalogue of events and the subscription tables yield, and no others.

A service writes the topics whose events it publishes, reads those it subscribes to, and uses its own consumer group. An
operator creates topics and looks at groups, and reads and writes no event.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module

from confluent_kafka import KafkaException
from confluent_kafka.admin._acl import AclBinding, AclOperation, AclPermissionType
from confluent_kafka.admin._resource import ResourcePatternType, ResourceType

from meedoen.stack.errors import LocalError
from meedoen.stack.serve import topics_of
from meedoen.stack.topics import REQUEST_SECONDS_MAX, create_admin_client
from shared.messaging.security import KafkaSecurity
from shared.service_names import CALENDAR, SERVICES

OPERATOR = "meedoen-operator"
ANY = "*"


@dataclass(frozen=True, order=True)
class Right:
    """One operation of one user on one topic, group or cluster; `*` is every one."""

    user: str
    resource: str
    name: str
    operation: str

    @property
    def command(self) -> str:
        """Return the options of Kafka's own kafka-acls.sh that give this right."""
        place = "--cluster" if self.resource == "cluster" else f"--{self.resource} '{self.name}'"
        return f"--add --allow-principal User:{self.user} --operation {self.operation} {place}"


def user_of(service: str) -> str:
    """Return the Kafka user of a service or of the calendar."""
    return f"meedoen-{service}"


def list_users() -> tuple[str, ...]:
    return (*(user_of(name) for name in (*SERVICES, CALENDAR)), OPERATOR)


def read_subscriptions() -> dict[str, list[str]]:
    """Return the topics that each service consumes, from its subscription table."""
    return {name: topics_of(import_module(f"services.{name}.app").SUBSCRIPTIONS) for name in SERVICES}


def list_rights(subscriptions: Mapping[str, Sequence[str]]) -> list[Right]:
    """Return every right, in the order of users: of the services, of the calendar and of the operators."""
    from shared.events import catalogue

    rights: set[Right] = set()
    for entry in catalogue().values():
        rights.update(_topic_rights(user_of(entry.service), entry.topic.name, "write"))
    for service, topics in subscriptions.items():
        user = user_of(service)
        for topic in topics:
            rights.update(_topic_rights(user, topic, "read"))
        rights.add(Right(user, "group", f"meedoen-{service}", "read"))
        rights.add(Right(user, "group", f"meedoen-{service}", "describe"))
    rights.update(Right(OPERATOR, "topic", ANY, operation) for operation in ("create", "describe"))
    rights.add(Right(OPERATOR, "group", ANY, "describe"))
    return sorted(rights)


def _topic_rights(user: str, topic: str, operation: str) -> Iterator[Right]:
    yield Right(user, "topic", topic, operation)
    yield Right(user, "topic", topic, "describe")


def grant(bootstrap_servers: str, rights: Iterable[Right], security: KafkaSecurity) -> None:
    """Give these rights on a broker; LocalError if it refuses. Rights that exist stay as they are."""
    admin = create_admin_client(bootstrap_servers, security=security)
    answers = admin.create_acls([_bind(right) for right in rights], request_timeout=REQUEST_SECONDS_MAX)
    for binding, answer in answers.items():
        try:
            answer.result()
        except KafkaException as error:
            reason = error.args[0].str()
            raise LocalError(
                f"Kafka at {bootstrap_servers} refuses a right of {binding.principal}: {reason}."
            ) from None


def _bind(right: Right) -> AclBinding:
    resources = {"topic": ResourceType.TOPIC, "group": ResourceType.GROUP, "cluster": ResourceType.BROKER}
    return AclBinding(
        resources[right.resource],
        right.name,
        ResourcePatternType.LITERAL,
        f"User:{right.user}",
        "*",
        AclOperation[right.operation.upper()],
        AclPermissionType.ALLOW,
    )
