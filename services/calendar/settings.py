"""The settings of the calendar: the municipalities, the broker, and how many past days it publishes at the start."""

from typing import Annotated, Any

from pydantic import Field, field_validator
from pydantic_settings import NoDecode, SettingsConfigDict

from shared.events.envelope import DEFAULT_ORGANISATION_OIN
from shared.identity import validate_municipality
from shared.kafka_settings import KafkaSettings


class Settings(KafkaSettings):
    """The settings of the calendar, from the environment."""

    model_config = SettingsConfigDict(frozen=True, extra="ignore", validate_default=True)

    municipalities: Annotated[tuple[str, ...], NoDecode] = Field(
        min_length=1, description="CBS codes of the municipalities served, comma separated, such as gm0637,gm0080"
    )
    organisation_oin: str = Field(default=DEFAULT_ORGANISATION_OIN, pattern=r"^[0-9]{20}$", description="OIN")
    calendar_days_back_max: int = Field(default=7, ge=0, le=366, description="Days before today published at the start")

    @field_validator("municipalities", mode="before")
    @classmethod
    def _split(cls, value: Any) -> Any:
        codes = [code.strip() for code in value.split(",") if code.strip()] if isinstance(value, str) else value
        return tuple(dict.fromkeys(validate_municipality(str(code)) for code in codes))
