"""How a process reaches Kafka: address, encryption and credentials. Read from the environment, for every client alike.

Three ways: PLAINTEXT on one machine, SSL with a client certificate (mTLS), and SASL_SSL with SCRAM-SHA-512 or
OAUTHBEARER (client credentials). A password over a line that is not encrypted is refused. Secrets may stand in files,
which are read again when they change.
"""

from pathlib import Path
from typing import Literal, Self

from pydantic import Field, SecretStr, model_validator
from pydantic_settings import BaseSettings

Protocol = Literal["PLAINTEXT", "SSL", "SASL_SSL"]
Mechanism = Literal["SCRAM-SHA-512", "OAUTHBEARER"]


class KafkaSettings(BaseSettings):
    """The settings of a Kafka client, for services, the calendar and the commands of operators."""

    kafka_bootstrap_servers: str = Field(
        default="127.0.0.1:9092",
        pattern=r"^[^,\s]+:[0-9]+(,[^,\s]+:[0-9]+)*$",
        description="HOST:PORT, comma separated",
    )
    kafka_security_protocol: Protocol = Field(default="PLAINTEXT", description="PLAINTEXT, SSL or SASL_SSL")
    kafka_ssl_ca_file: Path | None = Field(
        default=None, description="Certificates (PEM) that the brokers' certificates lead to; the system's if left out"
    )
    kafka_ssl_certificate_file: Path | None = Field(default=None, description="Own certificate (PEM), for mTLS")
    kafka_ssl_key_file: Path | None = Field(default=None, description="Its key (PEM), without a password")
    kafka_sasl_mechanism: Mechanism | None = Field(default=None, description="SCRAM-SHA-512 or OAUTHBEARER")
    kafka_sasl_username: str | None = Field(default=None, min_length=1, description="User of SCRAM, or client id")
    kafka_sasl_password: SecretStr | None = Field(default=None, description="Its password, or client secret")
    kafka_sasl_password_file: Path | None = Field(default=None, description="File that holds it instead")
    kafka_oauth_token_url: str | None = Field(
        default=None, pattern=r"^(https://|http://127\.0\.0\.1[:/])", description="Token endpoint of OAUTHBEARER"
    )
    kafka_oauth_scope: str | None = Field(default=None, min_length=1, description="Scope to ask a token for")
    kafka_credentials_check_seconds: float = Field(
        default=30.0, ge=0.1, le=3_600, description="Between two looks at the files of certificates and passwords"
    )

    @model_validator(mode="after")
    def _validate_kafka(self) -> Self:
        if sentence := _find_contradiction(self):
            raise ValueError(sentence)
        return self


def _find_contradiction(settings: KafkaSettings) -> str | None:
    """Return what does not go together; None if all does."""
    has_password = settings.kafka_sasl_password is not None or settings.kafka_sasl_password_file is not None
    has_sasl = settings.kafka_sasl_mechanism is not None or settings.kafka_sasl_username is not None or has_password
    has_certificate = settings.kafka_ssl_certificate_file is not None
    is_whole = settings.kafka_sasl_mechanism and settings.kafka_sasl_username and has_password
    needs_token = settings.kafka_sasl_mechanism == "OAUTHBEARER"
    protocol = settings.kafka_security_protocol
    contradictions = {
        "KAFKA_SASL_PASSWORD and KAFKA_SASL_PASSWORD_FILE are both set: keep one of them.": (
            settings.kafka_sasl_password is not None and settings.kafka_sasl_password_file is not None
        ),
        "KAFKA_SSL_CERTIFICATE_FILE and KAFKA_SSL_KEY_FILE belong together: set both, or neither.": (
            has_certificate != (settings.kafka_ssl_key_file is not None)
        ),
        "KAFKA_SECURITY_PROTOCOL is PLAINTEXT beside credentials: set it to SASL_SSL or SSL, or remove them.": (
            protocol == "PLAINTEXT" and (has_sasl or has_certificate or settings.kafka_ssl_ca_file is not None)
        ),
        "KAFKA_SECURITY_PROTOCOL is SSL beside SASL credentials: set it to SASL_SSL, or remove them.": (
            protocol == "SSL" and has_sasl
        ),
        "KAFKA_SECURITY_PROTOCOL is SASL_SSL: set KAFKA_SASL_MECHANISM, KAFKA_SASL_USERNAME and KAFKA_SASL_PASSWORD "
        "or KAFKA_SASL_PASSWORD_FILE.": protocol == "SASL_SSL" and not is_whole,
        "KAFKA_OAUTH_TOKEN_URL and the mechanism OAUTHBEARER belong together: set both, or neither.": (
            needs_token != (settings.kafka_oauth_token_url is not None)
        ),
    }
    return next((sentence for sentence, is_so in contradictions.items() if is_so), None)
