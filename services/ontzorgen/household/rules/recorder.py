"""Who records something in a file: nothing there is overwritten, so everything says by whom it was added."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Recorder:
    """Who records something: the role and a hash that tells two persons apart and names neither."""

    role: str
    by: str


SYSTEM = Recorder("system", "system")
