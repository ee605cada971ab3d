"""What an operator may set for notifications: how messages leave, and how hard each delivery is tried."""

from datetime import time
from pathlib import Path
from typing import Literal, Self

from pydantic import Field, SecretStr, model_validator

from shared.settings import ServiceSettings


class Settings(ServiceSettings):
    """One notifications process. Letters always go to the spool folder, in batches; e-mail goes there or to SMTP."""

    service: Literal["notifications"] = "notifications"

    delivery: Literal["spool", "smtp"] = Field(default="spool", description="How e-mail leaves")
    spool_folder: Path = Field(
        default=Path(".meedoen/spool"), description="Batches of letters for the printer, per municipality; mails too"
    )
    letters_leave: Literal["daily", "at_once"] = Field(
        default="daily", description="One batch of letters a day, or (for trying out) as soon as letters are due"
    )
    print_at: time = Field(default=time(15), description="When the day's batch is made, by the clock of Amsterdam")
    print_lease_seconds: float = Field(
        default=600.0, ge=1, le=3_600, description="Then another process makes the batch anew"
    )
    spool_free_bytes_min: int = Field(
        default=67_108_864, ge=0, le=1_099_511_627_776, description="With less room left the service is not ready"
    )
    spool_retention_days: int = Field(default=30, ge=1, le=3_650, description="Then a file leaves the spool folder")
    smtp_host: str = Field(default="127.0.0.1", min_length=1, description="Mail server")
    smtp_port: int = Field(default=25, ge=1, le=65535, description="Its port")
    smtp_username: str | None = Field(default=None, description="Login name, where the server wants one")
    smtp_password: SecretStr | None = Field(default=None, description="Its password")
    smtp_starttls: bool = Field(default=True, description="Refuse to send without encryption")
    smtp_timeout_seconds: float = Field(default=5.0, ge=0.1, le=60, description="Without an answer it has failed")

    public_url: str | None = Field(
        default=None,
        pattern=r"^https?://[!-~]{1,200}[^/]$",
        description="Where partners reach this service, which their schemas name; by default where it listens",
    )
    feed_retention_days: int = Field(
        default=90, ge=7, le=3_650, description="Days that what partners receive can be fetched and replayed"
    )

    webhook_rounds_parallel_max: int = Field(default=128, ge=1, le=2_000, description="Webhooks delivered to at once")
    webhook_parallel_max: int = Field(default=4, ge=1, le=50, description="Deliveries to one webhook at once")
    webhook_batch_events_max: int = Field(
        default=200, ge=1, le=5_000, description="Documents for one webhook in one go"
    )
    webhook_timeout_seconds: float = Field(default=15.0, ge=0.1, le=60, description="Without an answer it has failed")
    webhook_lease_seconds: float = Field(default=60.0, ge=1, le=3_600, description="Then a webhook is free again")
    webhook_ca_file: Path | None = Field(default=None, description="Certificates to trust beside those of the system")
    webhook_loopback_allowed: bool = Field(
        default=False, description="Deliver to this machine too, without TLS: for local runs and nothing else"
    )

    delivery_batch_messages_max: int = Field(default=40, ge=1, le=1_000, description="Messages claimed in one go")
    delivery_parallel_max: int = Field(default=8, ge=1, le=50, description="Deliveries under way at once")
    delivery_lease_seconds: float = Field(default=60.0, ge=0.1, le=3_600, description="Then a claim is free again")
    delivery_poll_seconds: float = Field(default=1.0, ge=0.05, le=60, description="Slow poll behind the wake-up")
    delivery_attempts_max: int = Field(default=8, ge=1, le=100, description="Then the message is parked")
    delivery_delay_seconds_first: float = Field(default=5.0, ge=0.01, le=3_600, description="Before a second attempt")
    delivery_delay_seconds_max: float = Field(default=3_600.0, ge=0.01, le=86_400, description="The longest delay")

    @property
    def own_url(self) -> str:
        """Return where partners reach this service."""
        return self.public_url or f"http://{self.http_host}:{self.http_port}"

    @model_validator(mode="after")
    def _claims_outlast_deliveries(self) -> Self:
        rounds = -(-self.delivery_batch_messages_max // self.delivery_parallel_max)
        if self.delivery == "smtp" and rounds * self.smtp_timeout_seconds >= self.delivery_lease_seconds:
            raise ValueError("DELIVERY_LEASE_SECONDS is too short for a slow server: make it longer.")
        if self.webhook_timeout_seconds * 4 > self.webhook_lease_seconds:
            raise ValueError("WEBHOOK_LEASE_SECONDS is less than four times WEBHOOK_TIMEOUT_SECONDS: make it longer.")
        if self.delivery_delay_seconds_first > self.delivery_delay_seconds_max:
            raise ValueError("DELIVERY_DELAY_SECONDS_FIRST is more than DELIVERY_DELAY_SECONDS_MAX: make it smaller.")
        return self
