"""What the months of households follow from, for the capabilities above: loaded, locked, derived and marked changed."""

from collections.abc import Sequence
from uuid import UUID

from services.ontzorgen.household.repository import file, hooks, situations
from services.ontzorgen.household.rules.file import LoadedHousehold
from shared.database.transactions import Transaction


async def load_situations(household_ids: Sequence[UUID], tx: Transaction) -> list[LoadedHousehold]:
    """Return these households in order of id, with what their months follow from."""
    return await situations.load_situations(tx, household_ids)


async def derive_situation(household_id: UUID, tx: Transaction) -> LoadedHousehold | None:
    """Derive and store anew what a household's months follow from; its file stays locked. None if there is none."""
    return next(iter(await situations.derive_situations(tx, [household_id])), None)


async def lock_files(household_ids: Sequence[UUID], tx: Transaction) -> None:
    """Keep these files as they are until the transaction ends."""
    await situations.lock_files(tx, household_ids)


async def lock_against_changes(tx: Transaction) -> None:
    """Wait for changes that depend on which runs are open; later ones wait until this transaction ends."""
    await file.lock_against_changes(tx)


def mark_file_changed(household_id: UUID, tx: Transaction) -> None:
    """Have the household's months looked at again before the commit: something changed that they follow from."""
    hooks.mark_file_changed(tx, household_id)
