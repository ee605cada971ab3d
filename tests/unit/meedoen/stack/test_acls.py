"""Rights on Kafka: what a service publishes it may write, what it subscribes to it may read, and nothing else."""

import pytest

from meedoen.stack.acls import OPERATOR, Right, list_rights, list_users, read_subscriptions, user_of
from shared.events import catalogue, topics
from shared.service_names import CALENDAR, SERVICES


@pytest.fixture(scope="module")
def rights() -> set[Right]:
    return set(list_rights(read_subscriptions()))


def test_each_topic_is_written_by_its_one_publisher(rights: set[Right]) -> None:
    publishers = {entry.topic.name: user_of(entry.service) for entry in catalogue().values()}
    assert {right.name: right.user for right in rights if right.operation == "write"} == publishers
    assert len([right for right in rights if right.operation == "write"]) == len(topics())


def test_each_subscription_is_read_and_nothing_besides(rights: set[Right]) -> None:
    reads = {(right.user, right.name) for right in rights if (right.resource, right.operation) == ("topic", "read")}
    assert reads == {(user_of(name), topic) for name, read in read_subscriptions().items() for topic in read}
    groups = {(right.user, right.name) for right in rights if (right.resource, right.operation) == ("group", "read")}
    assert groups == {(user_of(name), f"meedoen-{name}") for name in SERVICES}


def test_nobody_has_a_right_on_everything_but_operators_who_handle_no_event(rights: set[Right]) -> None:
    on_everything = {right for right in rights if right.name == "*"}
    assert {right.user for right in on_everything} == {OPERATOR}
    assert {right.operation for right in rights if right.user == OPERATOR} == {"create", "describe"}
    assert {right.user for right in rights} == set(list_users())


def test_a_right_is_printed_as_kafkas_own_tool_takes_it() -> None:
    right = Right(user_of(CALENDAR), "topic", "meedoen.calendar.day", "write")
    assert right.command == (
        "--add --allow-principal User:meedoen-calendar --operation write --topic 'meedoen.calendar.day'"
    )
