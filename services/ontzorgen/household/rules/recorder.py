"""Who records something in a file: nothing there is overwritten, so everything says by whom it was added."""

from dataclasses import dataclass

from shared.errors.refusals import ConflictError


@dataclass(frozen=True)
class Recorder:
    """Who records something: the role and a hash that tells two persons apart and names neither."""

    role: str
    by: str


SYSTEM = Recorder("system", "system")


def require_new_id(*, is_new: bool, used_by: str = "household") -> None:
    """Refuse an id that a version of another household, or of another creditor, has."""
    if not is_new:
        raise ConflictError(f"This id is in use for another {used_by}: send a new id.")
