"""What every change of a file has in common: a locked household, and who records it."""

from hashlib import sha256
from uuid import UUID

from services.ontzorgen.household.repository import households
from services.ontzorgen.household.rules.household import HouseholdFile
from services.ontzorgen.household.rules.recorder import Recorder
from shared.database.transactions import Transaction
from shared.errors.refusals import ConflictError
from shared.http.requests import Caller, not_found

HASH_CHARACTERS = 16


def recorder(caller: Caller) -> Recorder:
    """The caller as the file knows one: its roles, and a hash that tells colleagues apart and names nobody."""
    digest = sha256(f"{caller.municipality}/{caller.subject}".encode()).hexdigest()
    return Recorder(" ".join(sorted(caller.roles)), digest[:HASH_CHARACTERS])


async def locked(household_id: UUID, tx: Transaction) -> HouseholdFile:
    """The file of a household that no one else changes until this transaction ends."""
    found = await households.file_of(tx, household_id, lock=True)
    if found is None:
        raise not_found("household")
    return found


def unused(*, is_new: bool) -> None:
    """An id that stands in another household's file is refused."""
    if not is_new:
        raise ConflictError("This id is in use for another household: send a new id.")
