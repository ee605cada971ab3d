"""What an operator may set for recruitment: the common settings and nothing more yet."""

from typing import Literal

from shared.settings import ServiceSettings


class Settings(ServiceSettings):
    """One recruitment process."""

    service: Literal["recruitment"] = "recruitment"
