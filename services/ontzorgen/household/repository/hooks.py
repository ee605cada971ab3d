"""What households need from the capabilities above them: functions that the service's app wires to its database."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from services.ontzorgen.household.rules.household import Standing
from shared.database.transactions import Transaction


@dataclass(frozen=True, slots=True)
class HouseholdHooks:
    """The hooks of a transaction on households.

    `file_changed` is called before the commit, once for each household of which something changed that its months
    follow from. `load_standings` has an entry for each id. `is_run_open` says whether a run of a month has begun and
    is neither released nor withdrawn.
    """

    file_changed: Callable[[UUID, Transaction], Awaitable[None]]
    load_standings: Callable[[Sequence[UUID], Transaction], Awaitable[Mapping[UUID, Standing]]]
    is_run_open: Callable[[str, Transaction], Awaitable[bool]]


def mark_file_changed(tx: Transaction, household_id: UUID) -> None:
    """Have the `file_changed` hook called for this household before the commit."""
    tx.before_commit(tx.hooks(HouseholdHooks).file_changed, household_id)
