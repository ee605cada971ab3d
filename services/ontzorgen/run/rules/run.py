"""A municipality's run of a month: proposed, approved by others, sealed, and released by yet another; each step once.

proposing -> proposed -> approved -> sealed -> releasing -> released, and withdrawn from any step before sealed. What is
sealed is what is paid: what changes afterwards is corrected in the next run. A later run of a month has the next number
and the households that no earlier one had.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from uuid import NAMESPACE_URL, UUID, uuid5

from services.ontzorgen.run.rules.totals import Totals
from shared.calendar import month_of
from shared.errors.refusals import ConflictError, Fault, WrongInputError
from shared.events import MonthRunApproved, MonthRunProposed, MonthRunSealed, PaymentsReleased, RunShardOpened
from shared.events.codes import RunStep

CALENDAR = "calendar"  # the proposer if no person proposed it
PIECES_PER_PART = 8
ALL_IDS = (UUID(int=0), UUID(int=(1 << 128) - 1))  # the lowest and the highest id there can be


class RunState(StrEnum):
    """The step that a run has reached."""

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
class Run:
    """A run; `approvers_required` is how many others than its proposer must approve it."""

    id: UUID
    month: str
    number: int
    state: RunState
    proposer: str
    proposed_on: date
    parts: int
    approvers_required: int = 0
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
    attachment_cents: int = 0
    set_off_cents: int = 0
    holiday_paid_cents: int = 0
    holiday_handed_over_cents: int = 0

    @property
    def total_cents(self) -> int:
        """Everything that is paid, to creditors and persons."""
        return self.deducted_cents + self.remainder_cents + self.attachment_cents + self.holiday_paid_cents


@dataclass(frozen=True)
class Part:
    """Households of a run by id: from `from_id` (None: the lowest) up to, not including, `until_id` (None: the end)."""

    run_id: UUID
    step: RunStep
    number: int
    from_id: UUID | None
    until_id: UUID | None
    is_done: bool = False
    households: int = 0

    @property
    def bounds(self) -> tuple[UUID, UUID]:
        """The lowest and the highest id in it."""
        first, last = ALL_IDS
        return self.from_id or first, UUID(int=self.until_id.int - 1) if self.until_id else last


def refuse_future_month(month: str, on: date) -> None:
    """Refuse to run a month that has not begun."""
    if month > month_of(on):
        sentence = "This month has not begun yet: propose it from its run day on."
        raise WrongInputError(Fault("month", "not_begun", sentence))


def refuse_empty_run(month: str, piece_starts: Sequence[UUID]) -> None:
    """Refuse a run without households."""
    if not piece_starts:
        raise ConflictError("no_household_waits", f"No household waits for {month}: there is nothing to run.")


def refuse_second_proposal(month: str, *, is_new: bool) -> None:
    """Refuse a run that someone else proposes in another transaction."""
    if not is_new:
        raise ConflictError(
            "run_proposed_by_another", f"Someone else proposes {month} at this moment: look at their run."
        )


def run_id_of(municipality: str, month: str, number: int) -> UUID:
    """Return a run's id: the same for whoever proposes it and however often."""
    return uuid5(NAMESPACE_URL, f"nl.meedoen.ontzorgen run {municipality} {month} {number}")


def shard_id_of(run_id: UUID, step: RunStep, number: int) -> UUID:
    """Return the id of a part in events: the same however often the part is opened."""
    return uuid5(run_id, f"{step} {number}")


def propose_run(municipality: str, month: str, existing: Sequence[Run], proposer: str, on: date, parts: int) -> Run:
    """Return a new run of a month; ConflictError while another run of that month is open."""
    for run in existing:
        if run.state not in FINAL:
            raise ConflictError(
                "run_exists",
                f"There is a run of {month} already and it is {run.state}: release it, or withdraw it first.",
                run_id=str(run.id),
            )
    number = max((run.number for run in existing), default=0) + 1
    return Run(run_id_of(municipality, month, number), month, number, RunState.PROPOSING, proposer, on, parts)


def takes_only_ended(run: Run, run_day: int) -> bool:
    """Return whether the run takes only households whose relief is over: the calendar's, before the run day.

    The last month of relief need not wait for the run day.
    """
    is_before_run_day = run.month == month_of(run.proposed_on) and run.proposed_on.day < run_day
    return run.proposer == CALENDAR and is_before_run_day


def size_pieces(households_per_part: int) -> tuple[int, int]:
    """Return how many households make a piece and how many pieces make a part of at most so many households."""
    households = max(1, households_per_part // PIECES_PER_PART)
    return households, households_per_part // households


def choose_part_starts(piece_starts: Sequence[UUID], pieces_per_part: int) -> list[UUID]:
    """Return which of these ids begin a part: full parts first, and one or two parts' worth as small ones at the end.

    A part's events are published when it is done, so after the last and small parts their consumers are soon done too.
    """
    in_full_parts = max(len(piece_starts) // pieces_per_part - 1, 0) * pieces_per_part
    return [*piece_starts[:in_full_parts:pieces_per_part], *piece_starts[in_full_parts:]]


def divide_into_parts(run: Run, step: RunStep, bounds: Sequence[UUID]) -> list[Part]:
    """Return the parts between these ids; every household is in exactly one of them."""
    edges = [None, *bounds, None]
    return [Part(run.id, step, number, edges[number], edges[number + 1]) for number in range(len(bounds) + 1)]


def shard_opened_event(run: Run, part: Part) -> RunShardOpened:
    """Return the event by which a worker takes up a part."""
    return RunShardOpened(
        shard_id=shard_id_of(run.id, part.step, part.number),
        run_id=run.id,
        month=run.month,
        step=part.step,
        number=part.number,
        parts=run.parts,
    )


def complete_proposal(run: Run, totals: Totals, approvers_required: int) -> tuple[Run, MonthRunProposed]:
    """Return the run with its totals, now that every part is computed: it waits for those who approve it."""
    _require_state(run, RunState.PROPOSING)
    proposed = replace(run, state=RunState.PROPOSED, approvers_required=approvers_required, **vars(totals))
    return proposed, MonthRunProposed(
        run_id=run.id,
        month=run.month,
        households=totals.households,
        deducted_cents=totals.deducted_cents,
        remainder_cents=totals.remainder_cents,
        shortfall_cents=totals.shortfall_cents,
    )


def approve_run(
    run: Run, approvers: Sequence[str], subject: str, authors: Collection[str]
) -> tuple[Run, MonthRunApproved]:
    """Return the run with one more approver; it is approved once there are as many as the policy requires.

    `authors` are those of them who entered or changed something that the run pays: at least one approver is none.
    """
    if run.state is RunState.PROPOSING:
        raise ConflictError("run_being_computed", "The run is still being computed: wait until it is proposed.")
    _require_state(run, RunState.PROPOSED)
    if subject == run.proposer:
        raise ConflictError("own_proposal", "You proposed this run yourself: let someone else approve it.")
    if subject in approvers:
        raise ConflictError(
            "already_approved_by_you", "You approved this run already: let someone else be the next to approve it."
        )
    count = len(approvers) + 1
    if count >= run.approvers_required and not {*approvers, subject}.difference(authors):
        raise ConflictError(
            "own_changes_in_run",
            "You entered or changed something that this run pays: let someone approve it who changed nothing in it.",
        )
    state = RunState.APPROVED if count >= run.approvers_required else RunState.PROPOSED
    approved = MonthRunApproved(run_id=run.id, month=run.month, eyes=count, eyes_needed=run.approvers_required)
    return replace(run, state=state), approved


def seal_run(run: Run, content_sha256: str, on: date) -> tuple[Run, MonthRunSealed]:
    """Return the sealed run; from here on none of its months changes."""
    if run.state is RunState.PROPOSED:
        raise ConflictError(
            "run_not_approved",
            f"The run is not approved yet: it needs the approval of {run.approvers_required} who did not propose it.",
        )
    _require_state(run, RunState.APPROVED)
    sealed = MonthRunSealed(
        run_id=run.id,
        month=run.month,
        households=run.households,
        total_cents=run.total_cents,
        content_sha256=content_sha256,
    )
    return replace(run, state=RunState.SEALED, content_sha256=content_sha256, sealed_on=on), sealed


def release_run(run: Run, content_sha256: str, on: date, approvers: Collection[str], subject: str) -> Run:
    """Return the run whose booking begins; ConflictError if its months are not those that were sealed.

    Whoever approved it does not release it, also when the calendar proposed it.
    """
    if run.state in NOT_YET_SEALED:
        raise ConflictError(
            "run_not_sealed", "The run is not sealed: seal it first, so that what is paid is what was approved."
        )
    _require_state(run, RunState.SEALED)
    if subject in approvers:
        raise ConflictError("own_approval", "You approved this run yourself: let someone else release it.")
    if content_sha256 != run.content_sha256:
        raise ConflictError(
            "month_differs_from_seal",
            "The months of this run are not those that were sealed: pay nothing and call the operator.",
        )
    return replace(run, state=RunState.RELEASING, released_on=on)


def complete_release(run: Run) -> tuple[Run, PaymentsReleased]:
    """Return the released run, now that every part is booked: the payments may go to the bank."""
    _require_state(run, RunState.RELEASING)
    released = PaymentsReleased(
        run_id=run.id,
        month=run.month,
        households=run.households,
        payments=run.payments,
        total_cents=run.total_cents,
    )
    return replace(run, state=RunState.RELEASED), released


def withdraw_run(run: Run, on: date) -> Run:
    """Return the withdrawn run; the month can be proposed anew."""
    if run.state not in NOT_YET_SEALED:
        _refuse_change(run)
    return replace(run, state=RunState.WITHDRAWN, withdrawn_on=on)


def _require_state(run: Run, state: RunState) -> None:
    if run.state is not state:
        _refuse_change(run)


def _refuse_change(run: Run) -> None:
    match run.state:
        case RunState.WITHDRAWN:
            raise ConflictError("run_withdrawn", "This run was withdrawn: propose the month anew.")
        case RunState.RELEASED | RunState.RELEASING:
            raise ConflictError(
                "run_already_released",
                "This run was released already: what must differ becomes a correction in the next run.",
            )
        case RunState.SEALED:
            raise ConflictError("run_sealed", "This run is sealed and cannot change: release it.")
        case _:
            raise ConflictError(
                "run_in_progress",
                f"This run is {run.state}, so this cannot be done now: wait until its step is finished.",
            )
