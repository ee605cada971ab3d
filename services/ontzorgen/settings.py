"""What an operator may set for ontzorgen: the common settings and the limits of files from and for the bank."""

from typing import Literal, Self

from pydantic import Field, model_validator

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
    bank_files_in_flight_bytes_max: int = Field(
        default=1_073_741_824, ge=1_024, le=68_719_476_736, description="Files of the bank that come in at one moment"
    )

    @model_validator(mode="after")
    def _validate_bank_files(self) -> Self:
        if self.bank_file_bytes_max > self.bank_files_in_flight_bytes_max:
            raise ValueError("BANK_FILES_IN_FLIGHT_BYTES_MAX is less than BANK_FILE_BYTES_MAX: make it larger.")
        return self
