"""What an operator may set for intake: the common settings and nothing more yet."""

from typing import Literal

from shared.settings import ServiceSettings


class Settings(ServiceSettings):
    """One intake process."""

    service: Literal["intake"] = "intake"
