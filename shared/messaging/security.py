"""Encryption and credentials of Kafka's two clients, from one set of settings.

`KafkaSecurity` knows what librdkafka and aiokafka call the same thing, so that both connect in the same way. Both read
certificates and passwords when a client is built: `Credentials` notices that a file changed, so that the owner builds
new clients. A file that cannot be read, or holds half of a pair, is reported and the old clients stay.
"""

import hashlib
import ssl
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import structlog

from shared.kafka_settings import KafkaSettings
from shared.messaging.access_tokens import AccessTokens

_LOG = structlog.get_logger("meedoen.messaging")


class CredentialsError(ValueError):
    """A file of certificates or passwords cannot be used; one sentence that names the file and not what it holds."""


@dataclass(frozen=True)
class KafkaSecurity:
    """How to connect, and with what; `PLAINTEXT` without anything."""

    protocol: str = "PLAINTEXT"
    ca_file: Path | None = None
    certificate_file: Path | None = None
    key_file: Path | None = None
    mechanism: str | None = None
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    password_file: Path | None = None
    token_url: str | None = None
    scope: str | None = None

    def list_files(self) -> list[Path]:
        """Return the files that are read when a client is built."""
        files = (self.ca_file, self.certificate_file, self.key_file, self.password_file)
        return [file for file in files if file is not None]

    def check(self) -> None:
        """Raise CredentialsError if a file is missing, unreadable or no certificate."""
        if self.protocol != "PLAINTEXT":
            self._build_ssl_context()
        if self.mechanism is not None:
            self._read_password()

    def librdkafka_options(self) -> dict[str, Any]:
        """Return the options for a client of confluent-kafka; CredentialsError as `check` raises it."""
        if self.protocol == "PLAINTEXT":
            return {}
        self.check()
        options: dict[str, Any] = {"security.protocol": self.protocol}
        files = {"ssl.ca": self.ca_file, "ssl.certificate": self.certificate_file, "ssl.key": self.key_file}
        options |= {f"{name}.location": str(file) for name, file in files.items() if file is not None}
        if self.mechanism == "OAUTHBEARER":
            options |= {"sasl.mechanism": self.mechanism, "oauth_cb": self._build_tokens().fetch_for_librdkafka}
        elif self.mechanism is not None:
            options |= {"sasl.mechanism": self.mechanism, "sasl.username": self.username}
            options["sasl.password"] = self._read_password()
        return options

    def aiokafka_options(self) -> dict[str, Any]:
        """Return the options for a client of aiokafka; CredentialsError as `check` raises it."""
        if self.protocol == "PLAINTEXT":
            return {}
        options: dict[str, Any] = {"security_protocol": self.protocol, "ssl_context": self._build_ssl_context()}
        if self.mechanism == "OAUTHBEARER":
            options |= {"sasl_mechanism": self.mechanism, "sasl_oauth_token_provider": self._build_tokens()}
        elif self.mechanism is not None:
            options |= {"sasl_mechanism": self.mechanism, "sasl_plain_username": self.username}
            options["sasl_plain_password"] = self._read_password()
        return options

    def _build_ssl_context(self) -> ssl.SSLContext:
        try:
            context = ssl.create_default_context(cafile=self.ca_file)
            context.minimum_version = ssl.TLSVersion.TLSv1_2
            if self.certificate_file is not None:
                context.load_cert_chain(self.certificate_file, self.key_file)
        except (OSError, ssl.SSLError) as problem:
            names = ", ".join(str(file) for file in self.list_files() if file != self.password_file)
            raise CredentialsError(f"The certificates for Kafka cannot be read ({problem}): see {names}.") from None
        return context

    def _read_password(self) -> str:
        if self.password_file is None:
            return self.password or ""
        try:
            password = self.password_file.read_text("utf-8").strip()
        except (OSError, UnicodeDecodeError) as problem:
            raise CredentialsError(
                f"{self.password_file} cannot be read ({type(problem).__name__}): correct KAFKA_SASL_PASSWORD_FILE."
            ) from None
        if not password:
            raise CredentialsError(f"{self.password_file} is empty: put the password for Kafka in it.")
        return password

    def _build_tokens(self) -> AccessTokens:
        return AccessTokens(self.token_url or "", self.username or "", self._read_password(), self.scope, self.ca_file)


PLAINTEXT = KafkaSecurity()


def build_security(settings: KafkaSettings) -> KafkaSecurity:
    """Return the security that the settings ask for, without reading any file."""
    password = settings.kafka_sasl_password
    return KafkaSecurity(
        protocol=settings.kafka_security_protocol,
        ca_file=settings.kafka_ssl_ca_file,
        certificate_file=settings.kafka_ssl_certificate_file,
        key_file=settings.kafka_ssl_key_file,
        mechanism=settings.kafka_sasl_mechanism,
        username=settings.kafka_sasl_username,
        password=password.get_secret_value() if password is not None else None,
        password_file=settings.kafka_sasl_password_file,
        token_url=settings.kafka_oauth_token_url,
        scope=settings.kafka_oauth_scope,
    )


class Credentials:
    """Notices that certificates or passwords were renewed, and that what is there now can be used."""

    def __init__(self, security: KafkaSecurity) -> None:
        self._security = security
        self._seen = self._fingerprint()
        self._reported: bytes | None = None

    def were_renewed(self) -> bool:
        """Return whether the files hold something else than last time, and a client can be built with it."""
        now = self._fingerprint()
        if now in (self._seen, self._reported):
            return False
        try:
            self._security.check()
        except CredentialsError as problem:
            _LOG.error("kafka_credentials_unusable", reason=str(problem))
            self._reported = now
            return False
        self._seen, self._reported = now, None
        return True

    def _fingerprint(self) -> bytes:
        digest = hashlib.sha256()
        for file in self._security.list_files():
            try:
                digest.update(hashlib.sha256(file.read_bytes()).digest())
            except OSError:
                digest.update(b"unreadable")
        return digest.digest()
