"""A municipality's run of a month: proposed, approved by others than its proposer, sealed, released; each step once.

proposing -> proposed -> approved -> sealed -> releasing -> released, and withdrawn from any step before sealed. What is
sealed is what is paid: a household that changes afterwards gets a correction in the next run. A later run of the same
month has the next number and holds the households that no earlier one had.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from uuid import NAMESPACE_URL, UUID, uuid5

from shared.errors.refusals import ConflictError
from shared.events import MonthRunApproved, MonthRunProposed, MonthRunSealed, PaymentsReleased, RunShardOpened
from shared.events.codes import RunStep

CALENDAR = "calendar"  # the proposer when no person asked
PIECES_PER_PART = 8
EVERYONE = (UUID(int=0), UUID(int=(1 << 128) - 1))  # the lowest and the highest id there can be


class RunState(StrEnum):
    """How far a run has come."""

    PROPOSING = "proposing"
    PROPOSED = "proposed"
    APPROVED = "approved"
    SEALED = "sealed"
    RELEASING = "releasing"
    RELEASED = "released"
    WITHDRAWN = "withdrawn"


NOT_YET_SEALED = frozenset({RunState.PROPOSING, RunState.PROPOSED, RunState.APPROVED})
FINAL = frozenset({RunState.RELEASED, RunState.WITHDRAWN})


@dataclass(frozen=True)
class Totals:
    """What the months of a run, or of a part of it, come to."""

    households: int = 0
    norm_cents: int = 0
    deducted_cents: int = 0
    remainder_cents: int = 0
    shortfall_cents: int = 0
    correction_cents: int = 0
    payments: int = 0

    @property
    def total_cents(self) -> int:
        """Everything that is paid, to creditors and persons."""
        return self.deducted_cents + self.remainder_cents


@dataclass(frozen=True)
class Run:
    """A run as it stands."""

    id: UUID
    month: str
    number: int
    state: RunState
    proposer: str
    proposed_on: date
    parts: int
    eyes_needed: int = 0
    households: int = 0
    norm_cents: int = 0
    deducted_cents: int = 0
    remainder_cents: int = 0
    shortfall_cents: int = 0
    correction_cents: int = 0
    payments: int = 0
    content_sha256: str | None = None
    sealed_on: date | None = None
    released_on: date | None = None
    withdrawn_on: date | None = None

    @property
    def total_cents(self) -> int:
        """Everything that is paid, to creditors and persons."""
        return self.deducted_cents + self.remainder_cents


@dataclass(frozen=True)
class Part:
    """Households of a run by id: from the first (None: from the lowest) up to, not including, the last one (None)."""

    run_id: UUID
    step: RunStep
    number: int
    from_id: UUID | None
    until_id: UUID | None
    is_done: bool = False
    households: int = 0

    @property
    def bounds(self) -> tuple[UUID, UUID]:
        """The lowest and the highest id that are in it."""
        first, last = EVERYONE
        return self.from_id or first, UUID(int=self.until_id.int - 1) if self.until_id else last


def run_id_of(municipality: str, month: str, number: int) -> UUID:
    """The run's id: the same run has the same id, whoever proposes it and however often it is tried."""
    return uuid5(NAMESPACE_URL, f"nl.meedoen.ontzorgen run {municipality} {month} {number}")


def shard_id_of(run_id: UUID, step: RunStep, number: int) -> UUID:
    return uuid5(run_id, f"{step} {number}")


def propose(municipality: str, month: str, known: Sequence[Run], proposer: str, on: date, parts: int) -> Run:
    """A new run of a month; ConflictError while another run of that month is open."""
    for run in known:
        if run.state not in FINAL:
            raise ConflictError(
                f"There is a run of {month} already and it is {run.state}: release it, or withdraw it first.",
                run_id=str(run.id),
            )
    number = max((run.number for run in known), default=0) + 1
    return Run(run_id_of(municipality, month, number), month, number, RunState.PROPOSING, proposer, on, parts)


def pieces_of(households_per_part: int) -> tuple[int, int]:
    """How many households make a piece, and how many pieces a part; never more than so many households together."""
    households = max(1, households_per_part // PIECES_PER_PART)
    return households, households_per_part // households


def first_of_parts(first_of_pieces: Sequence[UUID], pieces_per_part: int) -> list[UUID]:
    """Which of these ids begin a part: whole parts first, and a part's worth or two in pieces at the end.

    What is told of a part is told when it is done, so what is done last is soon taken in by those who are told.
    """
    whole = max(len(first_of_pieces) // pieces_per_part - 1, 0) * pieces_per_part
    return [*first_of_pieces[:whole:pieces_per_part], *first_of_pieces[whole:]]


def parts_of(run: Run, step: RunStep, bounds: Sequence[UUID]) -> list[Part]:
    """The parts between these ids; everything is in one of them and nothing in two."""
    edges = [None, *bounds, None]
    return [Part(run.id, step, number, edges[number], edges[number + 1]) for number in range(len(bounds) + 1)]


def opened(run: Run, part: Part) -> RunShardOpened:
    """What tells the workers that a part waits."""
    return RunShardOpened(
        shard_id=shard_id_of(run.id, part.step, part.number),
        run_id=run.id,
        month=run.month,
        step=part.step,
        number=part.number,
        parts=run.parts,
    )


def proposed(run: Run, totals: Totals, eyes_needed: int) -> tuple[Run, MonthRunProposed]:
    """Every part is computed: the totals wait for approval, or for nobody where the policy asks for none."""
    _only(run, RunState.PROPOSING)
    state = RunState.PROPOSED if eyes_needed else RunState.APPROVED
    ready = replace(run, state=state, eyes_needed=eyes_needed, **vars(totals))
    return ready, MonthRunProposed(
        run_id=run.id,
        month=run.month,
        households=totals.households,
        deducted_cents=totals.deducted_cents,
        remainder_cents=totals.remainder_cents,
        shortfall_cents=totals.shortfall_cents,
    )


def approve(run: Run, approvals: Sequence[str], subject: str) -> tuple[Run, MonthRunApproved]:
    """Another pair of eyes; the run is approved once there are as many as the policy asks."""
    if run.state is RunState.PROPOSING:
        raise ConflictError("The run is still being computed: wait until it is proposed, then look at it.")
    _only(run, RunState.PROPOSED)
    if subject == run.proposer:
        raise ConflictError("You proposed this run yourself: let someone else approve it.")
    if subject in approvals:
        raise ConflictError("You approved this run already: let someone else be the next pair of eyes.")
    eyes = len(approvals) + 1
    state = RunState.APPROVED if eyes >= run.eyes_needed else RunState.PROPOSED
    told = MonthRunApproved(run_id=run.id, month=run.month, eyes=eyes, eyes_needed=run.eyes_needed)
    return replace(run, state=state), told


def seal(run: Run, content_sha256: str, on: date) -> tuple[Run, MonthRunSealed]:
    """From here on nothing of the run changes."""
    if run.state is RunState.PROPOSED:
        raise ConflictError(f"The run is not approved yet: it needs {run.eyes_needed} who did not propose it.")
    _only(run, RunState.APPROVED)
    told = MonthRunSealed(
        run_id=run.id,
        month=run.month,
        households=run.households,
        total_cents=run.total_cents,
        content_sha256=content_sha256,
    )
    return replace(run, state=RunState.SEALED, content_sha256=content_sha256, sealed_on=on), told


def release(run: Run, content_sha256: str, on: date) -> Run:
    """Booking begins; refused when the months are not those that were sealed."""
    if run.state in NOT_YET_SEALED:
        raise ConflictError("The run is not sealed: seal it first, so that what is paid is what was approved.")
    _only(run, RunState.SEALED)
    if content_sha256 != run.content_sha256:
        raise ConflictError("The months of this run are not those that were sealed: pay nothing and call the operator.")
    return replace(run, state=RunState.RELEASING, released_on=on)


def released(run: Run) -> tuple[Run, PaymentsReleased]:
    """Every part is booked: the payments may go to the bank."""
    _only(run, RunState.RELEASING)
    told = PaymentsReleased(
        run_id=run.id,
        month=run.month,
        households=run.households,
        payments=run.payments,
        total_cents=run.total_cents,
    )
    return replace(run, state=RunState.RELEASED), told


def withdraw(run: Run, on: date) -> Run:
    """Let go of a proposal; the month can be proposed anew."""
    if run.state not in NOT_YET_SEALED:
        _refuse_change(run)
    return replace(run, state=RunState.WITHDRAWN, withdrawn_on=on)


def _only(run: Run, *states: RunState) -> None:
    if run.state not in states:
        _refuse_change(run)


def _refuse_change(run: Run) -> None:
    match run.state:
        case RunState.WITHDRAWN:
            raise ConflictError("This run was withdrawn: propose the month anew.")
        case RunState.RELEASED | RunState.RELEASING:
            raise ConflictError("This run was released already: what must differ becomes a correction in the next run.")
        case RunState.SEALED:
            raise ConflictError("This run is sealed and does not change any more: release it.")
        case _:
            raise ConflictError(f"This run is {run.state}: that can not be done with it now.")
