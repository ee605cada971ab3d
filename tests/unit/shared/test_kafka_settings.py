"""What does not go together in the settings of Kafka is refused with a sentence, and both clients get the same."""

from pathlib import Path
from typing import Any

import pytest

from shared.kafka_settings import KafkaSettings
from shared.messaging.security import Credentials, CredentialsError, KafkaSecurity, build_security
from shared.settings import SettingsError, load_settings

SASL = {
    "KAFKA_SECURITY_PROTOCOL": "SASL_SSL",
    "KAFKA_SASL_MECHANISM": "SCRAM-SHA-512",
    "KAFKA_SASL_USERNAME": "meedoen-intake",
    "KAFKA_SASL_PASSWORD": "not-a-real-one",
}


@pytest.fixture
def load(monkeypatch: pytest.MonkeyPatch) -> Any:
    def read(**variables: str) -> KafkaSettings:
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        return load_settings(KafkaSettings)

    return read


@pytest.mark.parametrize(
    ("variables", "sentence"),
    [
        (SASL | {"KAFKA_SECURITY_PROTOCOL": "PLAINTEXT"}, "PLAINTEXT beside credentials"),
        (SASL | {"KAFKA_SECURITY_PROTOCOL": "SSL"}, "SSL beside SASL credentials"),
        (SASL | {"KAFKA_SECURITY_PROTOCOL": "SASL_PLAINTEXT"}, "KAFKA_SECURITY_PROTOCOL cannot be used"),
        (SASL | {"KAFKA_SASL_MECHANISM": "PLAIN"}, "KAFKA_SASL_MECHANISM cannot be used"),
        (SASL | {"KAFKA_SASL_PASSWORD_FILE": "a"}, "both set"),
        ({name: value for name, value in SASL.items() if name != "KAFKA_SASL_PASSWORD"}, "set KAFKA_SASL_MECHANISM"),
        (SASL | {"KAFKA_SASL_MECHANISM": "OAUTHBEARER"}, "KAFKA_OAUTH_TOKEN_URL and the mechanism"),
        (SASL | {"KAFKA_OAUTH_TOKEN_URL": "https://issuer.example/token"}, "KAFKA_OAUTH_TOKEN_URL and the mechanism"),
        (SASL | {"KAFKA_OAUTH_TOKEN_URL": "http://issuer.example/token"}, "KAFKA_OAUTH_TOKEN_URL does not look right"),
        ({"KAFKA_SECURITY_PROTOCOL": "SSL", "KAFKA_SSL_KEY_FILE": "a"}, "belong together"),
        ({"KAFKA_CREDENTIALS_CHECK_SECONDS": "0"}, "KAFKA_CREDENTIALS_CHECK_SECONDS cannot be used"),
    ],
)
def test_what_does_not_go_together_is_refused(load: Any, variables: dict[str, str], sentence: str) -> None:
    with pytest.raises(SettingsError, match=sentence) as refusal:
        load(**variables)
    assert "not-a-real-one" not in str(refusal.value)


def test_without_settings_both_clients_connect_in_plain_text(load: Any) -> None:
    security = build_security(load())
    assert (security.librdkafka_options(), security.aiokafka_options(), security.list_files()) == ({}, {}, [])


def test_both_clients_get_the_same_user_and_neither_shows_the_password(load: Any) -> None:
    settings = load(**SASL)
    security = build_security(settings)
    sending, receiving = security.librdkafka_options(), security.aiokafka_options()
    assert sending["security.protocol"] == receiving["security_protocol"] == "SASL_SSL"
    assert sending["sasl.username"] == receiving["sasl_plain_username"] == "meedoen-intake"
    assert sending["sasl.password"] == receiving["sasl_plain_password"] == "not-a-real-one"
    assert receiving["ssl_context"].check_hostname
    assert "not-a-real-one" not in f"{settings!r}{security!r}"


def test_a_file_that_changed_is_noticed_once_and_one_that_cannot_be_used_is_kept_out(tmp_path: Path) -> None:
    file = tmp_path / "password"
    file.write_text("first")
    security = KafkaSecurity(
        protocol="SASL_SSL", mechanism="SCRAM-SHA-512", username="meedoen-intake", password_file=file
    )
    credentials = Credentials(security)
    assert not credentials.were_renewed()
    file.write_text("second")
    assert [credentials.were_renewed(), credentials.were_renewed()] == [True, False]
    for content in ("", None):
        file.write_text(content) if content is not None else file.unlink()
        assert not credentials.were_renewed()
        with pytest.raises(CredentialsError, match="password"):
            security.check()
    file.write_text("third")
    assert credentials.were_renewed()


def test_a_certificate_without_its_key_names_the_file(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("no certificate")
    with pytest.raises(CredentialsError, match=r"ca\.pem"):
        KafkaSecurity(protocol="SSL", ca_file=tmp_path / "ca.pem").check()
