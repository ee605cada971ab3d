"""What an operator may set for ontzorgen: the common settings and nothing more yet."""

from typing import Literal

from shared.settings import ServiceSettings


class Settings(ServiceSettings):
    """One ontzorgen process."""

    service: Literal["ontzorgen"] = "ontzorgen"
