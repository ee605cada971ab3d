"""A broker with TLS, passwords and rights: a service does what the catalogue says, and nobody else does anything.

On a real Apache Kafka, started as `meedoen up --broker kafka --secure` starts it.
"""

import asyncio
import base64
import json
import os
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import GroupAuthorizationFailedError, KafkaError
from confluent_kafka import KafkaException
from core_broker import open_publisher
from core_rig import (
    RECORD_EFFECTS,
    TOPIC,
    CoreDatabase,
    build_fact,
    build_settings,
    emit,
    fetch_rows,
    person_id,
    run_core,
    wait_for_effects,
)
from joserfc import jwt
from joserfc.jwk import RSAKey

from meedoen.stack.acls import OPERATOR, grant, list_rights, list_users, read_subscriptions, user_of
from meedoen.stack.errors import LocalError
from meedoen.stack.kafka_node import KafkaNode, start_node
from meedoen.stack.kafka_secrets import NODE, KafkaSecrets, renew_certificates
from meedoen.stack.topics import create_admin_client, partition_counts
from shared.events import topics
from shared.messaging.failures import PublishError
from shared.messaging.publisher import KafkaPublisher
from shared.messaging.security import PLAINTEXT, CredentialsError, KafkaSecurity
from shared.testing.eventually import eventually

pytestmark = pytest.mark.kafka
PLAN_TOPIC = "meedoen.intake.trajectory"
TOKEN_LIFETIME_SECONDS = 300


class Issuer:
    """A token endpoint for client credentials, on this machine, and the key with which the broker checks tokens."""

    def __init__(self, folder: Path) -> None:
        self.key = RSAKey.generate_key(2048, {"kid": "test", "use": "sig", "alg": "RS256"})
        self.jwks_file = folder / "jwks.json"
        self.jwks_file.write_text(json.dumps({"keys": [self.key.as_dict(private=False)]}))
        self.issued = 0
        issuer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                login = base64.b64decode(self.headers["Authorization"].removeprefix("Basic ")).decode()
                self.rfile.read(int(self.headers["Content-Length"]))
                user, _, secret = login.partition(":")
                body = json.dumps(issuer.answer(user)).encode()
                self.send_response(200 if secret == "right" else 401)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: Any) -> None:
                """Print nothing."""

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}/token"

    def answer(self, user: str) -> dict[str, Any]:
        self.issued += 1
        now = int(time.time())
        claims = {"sub": user, "iss": "test", "aud": "kafka", "iat": now, "exp": now + TOKEN_LIFETIME_SECONDS}
        token = jwt.encode({"alg": "RS256", "kid": "test"}, claims, self.key)
        return {"access_token": token, "expires_in": TOKEN_LIFETIME_SECONDS}


@pytest.fixture(scope="module")
def issuer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Issuer]:
    made = Issuer(tmp_path_factory.mktemp("issuer"))
    yield made
    made.server.shutdown()
    made.server.server_close()


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory, issuer: Issuer) -> Iterator[KafkaNode]:
    """A secure broker that takes the issuer's tokens too."""
    counts = {name: topic.partitions for name, topic in topics().items()}
    address = issuer.jwks_file.as_uri()
    listener = "listener.name.clients.oauthbearer"
    extra = {
        "sasl.enabled.mechanisms": "SCRAM-SHA-512,OAUTHBEARER",
        f"{listener}.sasl.jaas.config": (
            "org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule required;"
        ),
        f"{listener}.sasl.server.callback.handler.class": (
            "org.apache.kafka.common.security.oauthbearer.OAuthBearerValidatorCallbackHandler"
        ),
        "sasl.oauthbearer.jwks.endpoint.url": address,
        "sasl.oauthbearer.expected.audience": "kafka",
        "sasl.oauthbearer.expected.issuer": "test",
    }
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("JAVA_TOOL_OPTIONS", f"-Dorg.apache.kafka.sasl.oauthbearer.allowed.urls={address}")
        try:
            started = start_node(
                tmp_path_factory.mktemp("secure"), counts, print, parent_pid=os.getpid(), is_secure=True, extra=extra
            )
        except LocalError as error:
            if os.environ.get("MEEDOEN_REQUIRE_KAFKA") or os.environ.get("CI"):
                pytest.fail(f"Apache Kafka is required here: {error}")
            pytest.skip(str(error))
        yield started
        started.remove()


@pytest.fixture
def secrets(node: KafkaNode) -> KafkaSecrets:
    assert node.secrets is not None
    return node.secrets


def settings_of(security: KafkaSecurity) -> dict[str, Any]:
    """Return the settings of a service that connects like this."""
    return {
        "kafka_security_protocol": security.protocol,
        "kafka_ssl_ca_file": security.ca_file,
        "kafka_ssl_certificate_file": security.certificate_file,
        "kafka_ssl_key_file": security.key_file,
        "kafka_sasl_mechanism": security.mechanism,
        "kafka_sasl_username": security.username,
        "kafka_sasl_password": security.password,
        "kafka_sasl_password_file": security.password_file,
        "kafka_oauth_token_url": security.token_url,
        "kafka_credentials_check_seconds": 0.2,
    }


def by_token(issuer: Issuer, secrets: KafkaSecrets, user: str, secret: str = "right") -> KafkaSecurity:  # noqa: S107 - no real one
    return KafkaSecurity(
        protocol="SASL_SSL", ca_file=secrets.ca_file, mechanism="OAUTHBEARER", username=user, password=secret,
        token_url=issuer.url,
    )  # fmt: skip


async def fetch_outbox(database: CoreDatabase) -> list[Any]:
    return await fetch_rows(
        database.admin_url, "SELECT position, topic, key, trace, payload FROM messaging.outbox ORDER BY 1"
    )


async def publish_as(address: str, security: KafkaSecurity, rows: list[Any], topic: str = TOPIC) -> None:
    moved = [{**dict(row), "topic": topic} for row in rows]
    async with open_publisher(address, security=security, acknowledge_seconds_max=8.0) as publisher:
        await publisher.publish(moved)  # type: ignore[arg-type]  # rows are read by name


@pytest.fixture
async def rows(database: CoreDatabase) -> list[Any]:
    await emit(database, [build_fact(person_id(1, uuid4().hex), 0)])
    return await fetch_outbox(database)


@pytest.mark.parametrize("way", ["password", "certificate", "token"])
async def test_an_event_goes_from_service_to_service_in_each_way_of_connecting(
    node: KafkaNode, secrets: KafkaSecrets, issuer: Issuer, database: CoreDatabase, core_databases: Any, way: str
) -> None:
    receiving = core_databases.make()
    address = node.certificates_address if way == "certificate" else node.bootstrap_servers
    build = {
        "password": secrets.by_password,
        "certificate": secrets.by_certificate,
        "token": lambda user: by_token(issuer, secrets, user),
    }[way]
    sender = build_settings(database, address, is_embedded=False, **settings_of(build(user_of("recruitment"))))
    receiver = build_settings(
        receiving, address, is_embedded=False, service="intake", **settings_of(build(user_of("intake")))
    )
    who = person_id(1, uuid4().hex)
    async with run_core(sender), run_core(receiver, RECORD_EFFECTS):
        await emit(database, (build_fact(who, step) for step in range(20)))
        await wait_for_effects(receiving, {who: list(range(20))}, 60)


async def test_a_service_writes_no_topic_of_another(node: KafkaNode, secrets: KafkaSecrets, rows: list[Any]) -> None:
    recruitment = secrets.by_password(user_of("recruitment"))
    await publish_as(node.bootstrap_servers, recruitment, rows)
    for service in ("intake", "ontzorgen", "notifications", "calendar"):
        with pytest.raises(PublishError):
            await publish_as(node.bootstrap_servers, secrets.by_password(user_of(service)), rows)
    with pytest.raises(PublishError):
        await publish_as(node.bootstrap_servers, recruitment, rows, PLAN_TOPIC)


async def test_a_service_reads_what_it_subscribes_to_in_its_own_group(node: KafkaNode, secrets: KafkaSecrets) -> None:
    intake = secrets.by_password(user_of("intake"))
    subscribed = set(read_subscriptions()["intake"])
    for topic in topics():
        if topic in subscribed:
            await read_one_partition(node, intake, topic)
        elif not topic.startswith("meedoen.intake."):
            with pytest.raises(KafkaError, match="TopicAuthorizationFailed"):
                await read_one_partition(node, intake, topic)
    with pytest.raises(GroupAuthorizationFailedError):
        await read_one_partition(node, intake, TOPIC, group="meedoen-ontzorgen")


async def read_one_partition(
    node: KafkaNode, security: KafkaSecurity, topic: str, group: str = "meedoen-intake"
) -> None:
    """Read what one partition holds and look up the group's offset; raises what the broker answers."""
    consumer: Any = AIOKafkaConsumer(  # type: ignore[no-untyped-call]  # aiokafka is typed in part
        bootstrap_servers=node.bootstrap_servers, group_id=group, enable_auto_commit=False,
        auto_offset_reset="earliest", fetch_max_wait_ms=50, **security.aiokafka_options(),
    )  # fmt: skip
    async with asyncio.timeout(10):
        await consumer.start()
        try:
            partition = TopicPartition(topic, 0)
            consumer.assign([partition])
            await consumer.committed(partition)
            await consumer.end_offsets([partition])
            await consumer.getmany(timeout_ms=500)
        finally:
            await consumer.stop()


class TestStrangers:
    @pytest.fixture(params=["without anything", "wrong password", "unknown user", "other authority", "wrong secret"])
    def stranger(
        self, request: pytest.FixtureRequest, secrets: KafkaSecrets, issuer: Issuer, tmp_path: Path
    ) -> KafkaSecurity:
        known = secrets.by_password(user_of("recruitment"))
        if request.param == "other authority":
            other = KafkaSecrets(tmp_path)
            renew_certificates(other, (user_of("recruitment"),))
            return replace(other.by_certificate(user_of("recruitment")), ca_file=secrets.ca_file)
        return {
            "without anything": PLAINTEXT,
            "wrong password": replace(known, password_file=None, password="guessed"),
            "unknown user": replace(known, username="somebody"),
            "wrong secret": by_token(issuer, secrets, user_of("recruitment"), "guessed"),
        }[request.param]

    async def test_a_stranger_does_nothing_at_all(
        self, node: KafkaNode, stranger: KafkaSecurity, rows: list[Any]
    ) -> None:
        address = node.certificates_address if stranger.protocol == "SSL" else node.bootstrap_servers
        with pytest.raises(PublishError):
            await publish_as(address, stranger, rows)
        if stranger.mechanism == "OAUTHBEARER":
            with pytest.raises(LocalError, match="No connection to Kafka"):
                partition_counts(address, security=stranger)
        else:
            assert partition_counts(address, timeout_seconds=2, security=stranger) is None

    async def test_a_broker_of_another_authority_is_not_believed(
        self, node: KafkaNode, secrets: KafkaSecrets, rows: list[Any], tmp_path: Path
    ) -> None:
        other = KafkaSecrets(tmp_path)
        renew_certificates(other, (NODE,))
        misled = replace(secrets.by_password(user_of("recruitment")), ca_file=other.ca_file)
        with pytest.raises(PublishError):
            await publish_as(node.bootstrap_servers, misled, rows)

    def test_an_operator_creates_topics_and_neither_reads_nor_gives_rights(
        self, node: KafkaNode, secrets: KafkaSecrets
    ) -> None:
        operator = secrets.by_password(OPERATOR)
        assert topics().keys() <= (partition_counts(node.bootstrap_servers, security=operator) or {}).keys()
        with pytest.raises(LocalError, match="refuses a right"):
            grant(node.bootstrap_servers, list_rights({}), operator)
        with pytest.raises(LocalError, match="refuses a right"):
            grant(node.bootstrap_servers, list_rights({}), secrets.by_password(user_of("ontzorgen")))

    def test_nothing_listens_without_encryption(self, node: KafkaNode) -> None:
        for line in (node.home / "server.properties").read_text().splitlines():
            if line.startswith("listeners="):
                addresses = [part.rpartition("/")[2] for part in line.removeprefix("listeners=").split(",")]
        assert len(addresses) == 3
        for address in addresses:
            with pytest.raises(KafkaException):
                create_admin_client(address).list_topics(timeout=2)


async def test_renewed_certificates_and_authority_need_no_restart_of_a_service(
    node: KafkaNode, secrets: KafkaSecrets, database: CoreDatabase, core_databases: Any
) -> None:
    """The authority changes with every certificate, the broker restarts with them, and the same processes go on."""
    receiving = core_databases.make()
    own = settings_of(secrets.by_certificate(user_of("recruitment")))
    sender = build_settings(database, node.certificates_address, is_embedded=False, **own)
    own = settings_of(secrets.by_certificate(user_of("intake")))
    receiver = build_settings(receiving, node.certificates_address, is_embedded=False, service="intake", **own)
    who = person_id(2, uuid4().hex)
    async with run_core(sender), run_core(receiver, RECORD_EFFECTS):
        await emit(database, (build_fact(who, step) for step in range(10)))
        await wait_for_effects(receiving, {who: list(range(10))}, 60)
        renew_certificates(secrets, (NODE, *list_users()))
        await asyncio.to_thread(node.restart)
        await emit(database, (build_fact(who, step) for step in range(10, 20)))
        await wait_for_effects(receiving, {who: list(range(20))}, 90)


async def test_a_renewed_password_is_read_again_and_a_broken_file_is_reported_and_kept_out(
    node: KafkaNode, secrets: KafkaSecrets, tmp_path: Path, rows: list[Any], caplog: pytest.LogCaptureFixture
) -> None:
    file = tmp_path / "password"
    file.write_text("guessed")
    security = replace(secrets.by_password(user_of("recruitment")), password_file=file)
    async with open_publisher(node.bootstrap_servers, security=security, acknowledge_seconds_max=5.0) as publisher:
        with pytest.raises(PublishError):
            await publisher.publish(rows)
        file.write_text(secrets.read_password(user_of("recruitment")))
        publisher.renew()
        await eventually(lambda: _publishes(publisher, rows), 30)
    file.write_text("")
    with pytest.raises(CredentialsError, match="is empty"):
        security.check()


async def _publishes(publisher: KafkaPublisher, rows: list[Any]) -> bool:
    try:
        await publisher.publish(rows)
    except (PublishError, KafkaError):
        return False
    return True
