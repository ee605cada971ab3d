"""What every change of a file has in common: a locked household, and who records it."""

from hashlib import sha256
from uuid import UUID

from services.ontzorgen.household.repository import households
from services.ontzorgen.household.rules.household import HouseholdFile
from services.ontzorgen.household.rules.recorder import Recorder
from shared.database.transactions import Transaction
from shared.http.requests import Caller, require_found

HASH_CHARACTERS = 16


def to_recorder(caller: Caller) -> Recorder:
    """Return the caller as the file records one: its roles, and a hash that tells colleagues apart."""
    return Recorder(" ".join(sorted(caller.roles)), derive_mark(caller.municipality, caller.subject))


def derive_mark(municipality: str, subject: str) -> str:
    """Return the mark by which files know a person: the same for the same one, and it identifies nobody."""
    return sha256(f"{municipality}/{subject}".encode()).hexdigest()[:HASH_CHARACTERS]


async def lock_file(household_id: UUID, tx: Transaction) -> HouseholdFile:
    """Return the file of a household, which no one else changes until this transaction ends."""
    return require_found(await households.find_file(tx, household_id, lock=True), "household")
