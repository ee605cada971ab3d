"""What a round of the relay or a batch of the consumer failed on."""

from enum import StrEnum


class PublishError(Exception):
    """Kafka did not acknowledge every row in time; which ones it has is unknown, so all are published again."""


class FailureCause(StrEnum):
    """What a failed round or batch failed on, as far as its error says; the log has the class of the error."""

    DATABASE = "database"
    BROKER = "broker"
    NETWORK = "network"
    OTHER = "other"


_CAUSE_OF_LIBRARY = {
    "asyncpg": FailureCause.DATABASE,
    "sqlalchemy": FailureCause.DATABASE,
    "aiokafka": FailureCause.BROKER,
    "confluent_kafka": FailureCause.BROKER,
    "faststream": FailureCause.BROKER,
    "cimpl": FailureCause.BROKER,  # where librdkafka's exceptions are defined
}


def find_cause(problem: BaseException) -> FailureCause:
    """Return what the library that raised the error is for; a lost connection may be either's."""
    if isinstance(problem, PublishError):
        return FailureCause.BROKER
    library = type(problem).__module__.partition(".")[0]
    if library in _CAUSE_OF_LIBRARY:
        return _CAUSE_OF_LIBRARY[library]
    return FailureCause.NETWORK if isinstance(problem, OSError | TimeoutError) else FailureCause.OTHER
