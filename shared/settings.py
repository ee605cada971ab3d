"""The settings of a service: addresses, municipalities and limits, bounded, with units in their names.

Read from the environment when a Settings object is built and at no other time. The name of a variable is that of the
field in capitals, without a prefix: DATABASE_URL, HTTP_PORT, RELAY_POLL_SECONDS. `load_settings` turns whatever is
wrong into one sentence per variable.
"""

from pathlib import Path
from typing import Annotated, Any, Literal, Self, TypeVar

from pydantic import BeforeValidator, Field, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from shared.database.access_retention_schema import RETENTION_DAYS_MIN
from shared.database.address import DatabaseAddress
from shared.events.envelope import DEFAULT_ORGANISATION_OIN
from shared.identity import validate_municipality
from shared.kafka_settings import KafkaSettings

Address = Annotated[DatabaseAddress, BeforeValidator(DatabaseAddress.parse), NoDecode]
LogLevel = Literal["debug", "info", "warning", "error"]


class SettingsError(ValueError):
    """The environment does not configure the service; one sentence per variable says how to fix it."""


class ServiceSettings(KafkaSettings):
    """The settings of every service; each adds `service` and its own in services/NAME/settings.py."""

    model_config = SettingsConfigDict(frozen=True, extra="ignore", validate_default=True, hide_input_in_errors=True)

    service: str = Field(pattern=r"^[a-z]+$", description="The service's own name; not to be set")
    municipalities: Annotated[tuple[str, ...], NoDecode] = Field(
        min_length=1, description="CBS codes of the municipalities served, comma separated, such as gm0637,gm0080"
    )
    organisation_oin: str = Field(
        default=DEFAULT_ORGANISATION_OIN, pattern=r"^[0-9]{20}$", description="OIN of the organisation that runs this"
    )
    policies_folder: Path | None = Field(
        default=None,
        description="Folder with policy files (TOML) of your own in a sub-folder per service, beside the shipped ones",
    )

    database_url: Address = Field(
        repr=False,
        description="postgresql://USER:PASSWORD@HOST:PORT/NAME of the application role, with sslmode and sslrootcert",
    )
    relay_database_url: Address | None = Field(
        default=None, repr=False, description="The same database for the role of the relay"
    )
    database_connections_max: int = Field(default=8, ge=2, le=100, description="Connections of one process")

    kafka_embedded: bool = Field(default=False, description="The broker is the embedded one, with its known limits")
    messaging_enabled: bool = Field(default=True, description="False for a process that answers HTTP only")

    http_host: str = Field(default="127.0.0.1", min_length=1, description="Address to listen on")
    http_port: int = Field(default=8000, ge=1, le=65535, description="Port to listen on")
    docs_page_enabled: bool = Field(default=False, description="Show the API for people at /docs, without a token")
    http_connections_max: int = Field(default=4_096, ge=16, le=65_536, description="Connections of one process")
    http_idle_seconds_max: int = Field(default=5, ge=1, le=120, description="An idle connection is kept open")
    http_header_bytes_max: int = Field(default=16_384, ge=12_288, le=131_072, description="Largest header of a request")
    http_header_seconds_max: float = Field(default=10.0, ge=0.5, le=120, description="For the header of a request")
    http_body_bytes_max: int = Field(default=262_144, ge=1_024, le=16_777_216, description="Largest request body")
    http_body_seconds_max: float = Field(
        default=10.0, ge=0.5, le=120, description="For a request body, and more as long as it keeps its speed"
    )
    http_body_bytes_per_second_min: int = Field(
        default=16_384, ge=256, le=16_777_216, description="Speed of a request body that takes longer"
    )
    http_body_levels_max: int = Field(default=32, ge=8, le=256, description="Levels of lists and objects in a body")
    http_bytes_in_flight_max: int = Field(
        default=16_777_216, ge=65_536, le=4_294_967_296, description="Bodies of all requests of one process in memory"
    )
    http_answer_seconds_max: float = Field(
        default=30.0, ge=1, le=600, description="A caller may leave a response unread"
    )
    metrics_seconds_min: float = Field(default=1.0, ge=0, le=60, description="Between two counts of what metrics show")

    auth_issuer: str | None = Field(default=None, description="OpenID Connect issuer, as it stands in a token's iss")
    auth_jwks_file: Path | None = Field(default=None, description="Public keys of the local issuer (JWKS)")
    auth_audience: str = Field(default="meedoen", min_length=1, description="What a token's aud must name")
    auth_leeway_seconds: int = Field(default=10, ge=0, le=120, description="Allowed difference between clocks")
    auth_keys_age_seconds_max: float = Field(default=600.0, ge=10, le=86_400, description="Issuer's keys are kept")
    auth_keys_refresh_seconds_min: float = Field(
        default=10.0, ge=1, le=600, description="Between two questions to the issuer for a key that is not known"
    )

    log_level: LogLevel = Field(default="info", description="debug, info, warning or error")
    otel_exporter_otlp_endpoint: str | None = Field(default=None, pattern=r"^https?://", description="Trace collector")
    otel_traces_file: Path | None = Field(default=None, description="Finished spans as JSON lines, for local runs")

    health_check_seconds: float = Field(default=1.0, ge=0.1, le=2.0, description="Between two looks at a dependency")
    health_timeout_seconds: float = Field(default=2.0, ge=0.1, le=2.5, description="Without an answer it is red")

    figures_every_seconds: float = Field(
        default=15.0, ge=0, le=600, description="Between two counts for the gauges; 0: each time"
    )

    relay_batch_rows_max: int = Field(default=2_000, ge=1, le=20_000, description="Outbox rows in one go")
    relay_poll_seconds: float = Field(default=5.0, ge=0.05, le=60, description="Slow poll behind LISTEN/NOTIFY")
    relay_lock_retry_seconds: float = Field(default=1.0, ge=0.05, le=60, description="A standby asks for the lock")
    consumer_batch_events_max: int = Field(default=2_000, ge=1, le=10_000, description="Events in one transaction")
    consumer_poll_ms: int = Field(default=1_000, ge=10, le=30_000, description="Wait for events in one poll")
    retry_attempts_max: int = Field(default=12, ge=1, le=100, description="Then the event is parked")
    retry_delay_seconds_first: float = Field(default=1.0, ge=0.01, le=3_600, description="Before the first retry")
    retry_delay_seconds_max: float = Field(default=3_600.0, ge=0.01, le=86_400, description="The longest delay")
    held_events_max: int = Field(
        default=100_000,
        ge=100,
        le=10_000_000,
        description="Events held for one municipality; then no more is taken",
    )
    held_apart_events_max: int = Field(
        default=200, ge=10, le=10_000, description="Messages not believed that are kept, by municipality and reason"
    )
    held_retention_days: int = Field(
        default=90,
        ge=7,
        le=400,
        description="Days that what is discarded or not believed is kept; nothing else goes",
    )
    access_log_retention_days: int = Field(
        default=1_827,
        ge=RETENTION_DAYS_MIN,
        le=7_305,
        description="Days that it is kept who was shown what about whom; five years by default",
    )
    """Ground: no longer than the purpose needs (AVG art. 5(1)(e)). The purpose is to account for who looked (AVG art.
    5(2) and 32), also to the person who asks (AVG art. 15) and claims damages for it (AVG art. 82), which can be done
    until five years after it became known (BW art. 3:310(1)). A municipality may decide on another term.
    """
    clock_file: Path | None = Field(
        default=None, description="File with a day such as 2026-07-01 that is today if it is later; for local runs"
    )
    clock_file_allowed: bool = Field(
        default=False, description="Accept CLOCK_FILE beside a token issuer, on an installation for tests"
    )
    held_poll_seconds: float = Field(default=2.0, ge=0.05, le=60, description="Look for held events that are due")
    shutdown_drain_seconds_max: float = Field(default=20.0, ge=1, le=300, description="To finish what was begun")
    partitions_ahead_months: int = Field(default=2, ge=1, le=24, description="Outbox partitions made in advance")

    @field_validator("municipalities", mode="before")
    @classmethod
    def _split(cls, value: Any) -> Any:
        codes = [code.strip() for code in value.split(",") if code.strip()] if isinstance(value, str) else value
        return tuple(dict.fromkeys(validate_municipality(str(code)) for code in codes))

    @model_validator(mode="after")
    def _validate_together(self) -> Self:
        if self.auth_jwks_file is None and self.auth_issuer is None:
            raise ValueError("AUTH_ISSUER or AUTH_JWKS_FILE is missing: say who issues the tokens.")
        if self.auth_jwks_file is None and not str(self.auth_issuer).startswith(("https://", "http://127.0.0.1")):
            raise ValueError("AUTH_ISSUER is not an https address: give the issuer's address or set AUTH_JWKS_FILE.")
        if self.clock_file is not None and self.auth_jwks_file is None and not self.clock_file_allowed:
            raise ValueError(
                "CLOCK_FILE sets the clock of a local run and is refused here: remove it, "
                "or set CLOCK_FILE_ALLOWED=true if this installation is for tests."
            )
        if self.http_body_bytes_max > self.http_bytes_in_flight_max:
            raise ValueError("HTTP_BYTES_IN_FLIGHT_MAX is less than HTTP_BODY_BYTES_MAX: make it larger.")
        if self.messaging_enabled and self.relay_database_url is None:
            raise ValueError(
                "RELAY_DATABASE_URL is missing: set it to the address of the database for the role of the relay, or "
                "set MESSAGING_ENABLED=false for a process that answers HTTP only."
            )
        if self.retry_delay_seconds_first > self.retry_delay_seconds_max:
            raise ValueError("RETRY_DELAY_SECONDS_FIRST is more than RETRY_DELAY_SECONDS_MAX: make it smaller.")
        return self


S = TypeVar("S", bound=BaseSettings)


def load_settings(settings_class: type[S]) -> S:
    """Return the settings in the environment; SettingsError has one sentence per variable that is missing or wrong."""
    try:
        return settings_class()
    except ValidationError as error:
        sentences = [_write_sentence(settings_class, details) for details in error.errors(include_input=False)]
        raise SettingsError("\n".join(sentences)) from None


def _write_sentence(settings_class: type[BaseSettings], details: Any) -> str:
    """Return a pydantic error as one sentence; the value itself may be a password and is never shown."""
    if not details["loc"]:
        return str(details["ctx"]["error"])
    name = str(details["loc"][0])
    variable, field = name.upper(), settings_class.model_fields[name]
    if details["type"] == "missing":
        return f"{variable} is missing: set it to {field.description}."
    if details["type"] == "string_pattern_mismatch":
        return f"{variable} does not look right: set it to {field.description}."
    message = str(details["msg"]).removeprefix("Value error, ").rstrip(".")
    return f"{variable} cannot be used ({message}); it means: {field.description}."
