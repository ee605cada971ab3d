"""What is done with ambassadors and pairs, one function per command or question: load, decide, save, emit."""

from collections.abc import Collection
from uuid import UUID

from services.recruitment.ambassadors import repository, rules
from services.recruitment.ambassadors.rules import Ambassador, OnRecord, Pair
from services.recruitment.neighbourhoods import handlers as neighbourhoods
from services.recruitment.policies.handlers import policy_in_force
from shared.database.transactions import Transaction
from shared.errors.refusals import require_same_content


async def appoint_ambassador(ambassador: Ambassador, tx: Transaction) -> Ambassador:
    policy = policy_in_force(tx.municipality, ambassador.appointed_on)
    appointed = rules.appoint_ambassador(
        ambassador,
        is_neighbourhood_on_record=await neighbourhoods.is_on_record(ambassador.neighbourhood, tx),
        dutch_level_min=policy.dutch_level_min,
        own_trajectory_required=policy.own_trajectory_required,
    )
    if existing := await repository.add_ambassador(tx, ambassador):
        return require_same_content(existing, ambassador)
    tx.emit(appointed)
    return ambassador


async def form_pair(pair: Pair, tx: Transaction) -> Pair:
    policy = policy_in_force(tx.municipality, pair.formed_on)
    members = await repository.lock_ambassadors(tx, pair.ambassador_ids)
    paired = rules.form_pair(pair, members, size_min=policy.pair_size_min, size_max=policy.pair_size_max)
    if existing := await repository.add_pair(tx, pair):
        return require_same_content(existing, pair)
    await repository.save_ambassadors(tx, paired)
    return pair


async def find_on_record(neighbourhood: str, ambassador_ids: Collection[UUID], tx: Transaction) -> OnRecord:
    """Return which of those that were named the municipality has on record."""
    return OnRecord(
        neighbourhood=await neighbourhoods.is_on_record(neighbourhood, tx),
        ambassador_ids=await repository.find_ids(tx, ambassador_ids),
    )


async def list_ids_by_seniority(tx: Transaction) -> list[UUID]:
    """Return every ambassador's id, the longest appointed first."""
    return await repository.list_ids_by_seniority(tx)
