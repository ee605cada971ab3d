"""What recruitment does, one function per command or event: load, decide, save, emit."""

from dataclasses import dataclass
from datetime import date
from typing import TypeVar
from uuid import UUID

from services.recruitment import domain, metrics, repository
from services.recruitment.domain import Ambassador, Candidate, Neighbourhood, Outreach, Pair
from services.recruitment.policies import policy_in_force
from shared.database.access_log import log_reading
from shared.database.counters import count_on_commit
from shared.database.transactions import Transaction
from shared.errors.refusals import repeated
from shared.events import PIPSigned
from shared.http.requests import Caller, not_found
from shared.messaging import DONE, Outcome, Received

State = TypeVar("State", Ambassador, Pair, Outreach, Candidate)


@dataclass(frozen=True)
class PersonalTarget:
    """How many signed plans an ambassador aims for, and how many there are."""

    ambassador_id: UUID
    personal_target: int
    credited: int


@dataclass(frozen=True)
class Targets:
    """The group's target and each ambassador's share of it."""

    group_target: int
    signed_plans: int
    evaluation_interval_weeks: int
    ambassadors: list[PersonalTarget]


async def put_neighbourhood(neighbourhood: Neighbourhood, tx: Transaction) -> Neighbourhood:
    await repository.put_neighbourhood(tx, neighbourhood)
    return neighbourhood


async def appoint_ambassador(ambassador: Ambassador, tx: Transaction) -> Ambassador:
    policy = policy_in_force(tx.municipality, ambassador.appointed_on)
    known = await repository.known(tx, ambassador.neighbourhood)
    ambassador, appointed = domain.appoint(
        ambassador,
        known,
        dutch_level_min=policy.dutch_level_min,
        own_trajectory_required=policy.own_trajectory_required,
    )
    if not await repository.add(tx, ambassador):
        return await _as_before(tx, ambassador)
    tx.emit(appointed)
    count_on_commit(tx, metrics.AMBASSADORS_APPOINTED.inc)
    return ambassador


async def form_pair(pair: Pair, tx: Transaction) -> Pair:
    policy = policy_in_force(tx.municipality, pair.formed_on)
    members = await repository.lock_ambassadors(tx, pair.ambassador_ids)
    joined = domain.form_pair(pair, members, size_min=policy.pair_size_min, size_max=policy.pair_size_max)
    if not await repository.add(tx, pair):
        return await _as_before(tx, pair)
    await repository.save_ambassadors(tx, joined)
    return pair


async def hold_outreach(outreach: Outreach, tx: Transaction) -> Outreach:
    policy = policy_in_force(tx.municipality, outreach.held_on)
    known = await repository.known(tx, outreach.neighbourhood, outreach.ambassador_ids)
    outreach, held = domain.hold_outreach(outreach, known, ambassadors_min=policy.outreach_ambassadors_min)
    if not await repository.add(tx, outreach):
        return await _as_before(tx, outreach)
    tx.emit(held)
    count_on_commit(tx, metrics.OUTREACHES_HELD.labels(outreach.channel).inc)
    count_on_commit(tx, lambda: metrics.PEOPLE_REACHED.labels(outreach.channel).inc(outreach.people_reached))
    return outreach


async def register_candidate(candidate: Candidate, tx: Transaction) -> Candidate:
    known = await repository.known(tx, candidate.neighbourhood, candidate.ambassador_ids)
    candidate, recruited = domain.register(candidate, known)
    if not await repository.add(tx, candidate):
        return await _as_before(tx, candidate)
    tx.emit(recruited)
    count_on_commit(tx, metrics.CANDIDATES_REGISTERED.labels(candidate.channel).inc)
    return candidate


async def withdraw_candidate(person_id: UUID, withdrawn_on: date, tx: Transaction) -> Candidate:
    candidate = await repository.load(tx, Candidate, person_id, lock=True)
    if candidate is None:
        raise not_found("candidate")
    candidate, withdrawn = domain.withdraw(candidate, withdrawn_on)
    await repository.save_candidate(tx, candidate)
    tx.emit(*withdrawn)
    count_on_commit(tx, lambda: metrics.CANDIDATES_WITHDRAWN.inc(len(withdrawn)))
    return candidate


async def read_candidate(person_id: UUID, reader: Caller, tx: Transaction) -> Candidate:
    candidate = await repository.load(tx, Candidate, person_id)
    if candidate is None:
        raise not_found("candidate")
    await log_reading(tx, reader, person_id)
    return candidate


async def targets(on: date, tx: Transaction) -> Targets:
    policy = policy_in_force(tx.municipality, on)
    shares = domain.personal_targets(policy.group_target_signed_plans, await repository.ambassadors_by_seniority(tx))
    credited = await repository.credits_by_ambassador(tx)
    return Targets(
        group_target=policy.group_target_signed_plans,
        signed_plans=(await repository.figures(tx)).signed_plans,
        evaluation_interval_weeks=policy.evaluation_interval_weeks,
        ambassadors=[PersonalTarget(one, share, credited.get(one, 0)) for one, share in shares.items()],
    )


async def on_pip_signed(received: Received[PIPSigned], tx: Transaction) -> Outcome:
    """Recruitment made every candidate itself, so someone unknown was not recruited here: nothing to count."""
    candidate = await repository.load(tx, Candidate, received.data.person_id, lock=True)
    if candidate is None:
        return DONE
    counted, credited = domain.credit(candidate, received.data.signed_on)
    if counted is not candidate:
        await repository.save_candidate(tx, counted)
        await repository.add_credits(tx, counted, received.data.signed_on)
        tx.emit(*credited)
        count_on_commit(tx, metrics.PLANS_CREDITED.inc)
    return DONE


async def _as_before(tx: Transaction, asked: State) -> State:
    """The answer to a command whose id is in use: the insert that it stopped saw the row, and nothing is deleted."""
    existing = await repository.load(tx, type(asked), asked.id)
    assert existing is not None  # noqa: S101 - see above
    return repeated(existing, asked)
