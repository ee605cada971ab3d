"""What an operator may set for ontzorgen: the common settings and the limits of files from and for the bank."""

from typing import Literal

from pydantic import Field

from shared.settings import ServiceSettings


class Settings(ServiceSettings):
    """One ontzorgen process."""

    service: Literal["ontzorgen"] = "ontzorgen"

    payments_per_file_max: int = Field(
        default=10_000, ge=1, le=100_000, description="Payments in one file for the bank"
    )
    bank_file_bytes_max: int = Field(
        default=268_435_456, ge=1_024, le=4_294_967_296, description="Largest file of the bank over HTTP"
    )
