"""The configuration of a local Apache Kafka: plain, or with TLS, SCRAM and access control.

A secure node has three listeners. Services come by CLIENTS (SCRAM or OAUTHBEARER over TLS) or by CERTIFICATES (mTLS);
the node talks to itself by certificate too, so that nothing listens without encryption. Who has no right has none.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from meedoen.stack.kafka_secrets import NODE, KafkaSecrets
from meedoen.stack.processes import find_free_port

LOGGING = """<Configuration status="WARN"><Appenders><Console name="log">
<PatternLayout pattern="%d{ISO8601} %p %c{1}: %m%n"/></Console></Appenders>
<Loggers><Root level="WARN"><AppenderRef ref="log"/></Root></Loggers></Configuration>
"""
_PEM_STORES = {"ssl.keystore.type": "PEM", "ssl.truststore.type": "PEM"}


@dataclass(frozen=True)
class Addresses:
    """Where a node listens; `certificates` is empty on a plain one."""

    bootstrap_servers: str
    certificates: str = ""


def write_configuration(home: Path, secrets: KafkaSecrets | None, extra: Mapping[str, str] | None = None) -> Addresses:
    """Write the configuration with free ports; return the node's addresses."""
    ports = [find_free_port() for _ in range(3)]
    properties = _common_properties(home, controller_port=ports[1])
    if secrets is None:
        properties |= _plain_listeners(ports[0], ports[1])
    else:
        properties |= _secure_listeners(ports[0], ports[1], ports[2], secrets)
    properties |= extra or {}
    lines = "".join(f"{name}={value}\n" for name, value in properties.items())
    file = home / "server.properties"
    file.touch(mode=0o600)
    file.write_text(lines)
    (home / "log4j2.xml").write_text(LOGGING)
    return Addresses(f"127.0.0.1:{ports[0]}", f"127.0.0.1:{ports[2]}" if secrets else "")


def _common_properties(home: Path, *, controller_port: int) -> dict[str, object]:
    return {
        "process.roles": "broker,controller",
        "node.id": 1,
        "controller.listener.names": "CONTROLLER",
        "controller.quorum.bootstrap.servers": f"127.0.0.1:{controller_port}",
        "log.dirs": home / "data",
        "auto.create.topics.enable": "false",
        "group.initial.rebalance.delay.ms": 0,
        # Fault tests kill consumers and do not want to wait long until the group has missed them.
        "group.min.session.timeout.ms": 1_000,
        # After a kill -9 the node waits this long for its own former self.
        "broker.session.timeout.ms": 2_000,
        "broker.heartbeat.interval.ms": 500,
        # One node: every internal topic has one copy, and few partitions so that it starts fast.
        "offsets.topic.replication.factor": 1,
        "offsets.topic.num.partitions": 8,
        "transaction.state.log.replication.factor": 1,
        "transaction.state.log.min.isr": 1,
        "transaction.state.log.num.partitions": 8,
        "share.coordinator.state.topic.replication.factor": 1,
        "share.coordinator.state.topic.min.isr": 1,
    }


def _plain_listeners(port: int, controller_port: int) -> dict[str, object]:
    return {
        "listeners": f"PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller_port}",
        "advertised.listeners": f"PLAINTEXT://127.0.0.1:{port}",
        "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
        "inter.broker.listener.name": "PLAINTEXT",
    }


def _secure_listeners(
    port: int, controller_port: int, certificate_port: int, secrets: KafkaSecrets
) -> dict[str, object]:
    clients, certificates = f"CLIENTS://127.0.0.1:{port}", f"CERTIFICATES://127.0.0.1:{certificate_port}"
    stores = _PEM_STORES | {
        "ssl.keystore.location": str(secrets.folder / "node-keystore.pem"),
        "ssl.truststore.location": str(secrets.ca_file),
    }
    scram = "listener.name.clients.scram-sha-512.sasl.jaas.config"
    return {
        **stores,
        "listeners": f"{clients},{certificates},CONTROLLER://127.0.0.1:{controller_port}",
        "advertised.listeners": f"{clients},{certificates}",
        "listener.security.protocol.map": "CLIENTS:SASL_SSL,CERTIFICATES:SSL,CONTROLLER:SSL",
        "inter.broker.listener.name": "CERTIFICATES",
        "listener.name.certificates.ssl.client.auth": "required",
        "listener.name.controller.ssl.client.auth": "required",
        "ssl.principal.mapping.rules": "RULE:^CN=(.*)$/$1/",
        "sasl.enabled.mechanisms": "SCRAM-SHA-512",
        scram: "org.apache.kafka.common.security.scram.ScramLoginModule required;",
        "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
        "allow.everyone.if.no.acl.found": "false",
        "super.users": f"User:{NODE}",
    }
