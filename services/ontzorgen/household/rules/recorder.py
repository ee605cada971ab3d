"""Who records something in a file: nothing there is overwritten, so every version says by whom it was added."""

from dataclasses import dataclass

from shared.errors.refusals import ConflictError


@dataclass(frozen=True)
class Recorder:
    """The role of whoever records something, and a hash (`by`) that tells two persons apart and identifies neither."""

    role: str
    by: str


SYSTEM = Recorder("system", "system")


def require_new_id(*, is_new: bool, used_by: str = "household") -> None:
    """Refuse an id that a version of another household, or of another creditor, has."""
    if not is_new:
        raise ConflictError("id_in_use", f"This id is in use for another {used_by}: send a new id.")
