"""The services by name, in the order in which events pass through them. Importing this imports no library."""

from typing import Final, Literal, get_args

ServiceName = Literal["recruitment", "intake", "ontzorgen", "notifications"]

CALENDAR: Final = "calendar"
SERVICES: Final[tuple[ServiceName, ...]] = get_args(ServiceName)
