"""How a mandate reaches its creditor: asked of the person, on its way by the creditor's own procedure, and answered.

A mandate that was asked is no mandate yet: nothing is paid under it. It becomes one with the step that makes it valid:
with the person's signature where the creditor only has to know of it (signed_form), and with the creditor's acceptance
in the procedures that are the creditor's own (creditor_form, creditor_portal, call_together). The person may withdraw
it at any time (Participatiewet art. 46(3)).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum
from typing import Final, NamedTuple
from uuid import UUID, uuid5

from services.ontzorgen.household.rules.charges import Mandate, MandateProcedure, overlap
from services.ontzorgen.tasks.rules import Task, TaskKind
from shared.calendar import month_of
from shared.errors.refusals import ConflictError, Fault, WrongInputError, require_same_content
from shared.events.codes import ChargeKind
from shared.identity import Role


class MandateStepKind(StrEnum):
    """A step of a mandate on its way to the creditor; the last three end it."""

    FORM_RECEIVED = "form_received"
    SIGNED = "signed"
    SENT = "sent"
    ENTERED = "entered"
    CALLED = "called"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


class Way(NamedTuple):
    """The steps of a procedure before its answer, in order, and the step with which the mandate becomes valid."""

    steps: tuple[MandateStepKind, ...]
    valid_with: MandateStepKind

    @property
    def needs_acceptance(self) -> bool:
        return self.valid_with is MandateStepKind.ACCEPTED


WAYS: Final = {
    MandateProcedure.SIGNED_FORM: Way((MandateStepKind.SIGNED, MandateStepKind.SENT), MandateStepKind.SIGNED),
    MandateProcedure.CREDITOR_FORM: Way(
        (MandateStepKind.FORM_RECEIVED, MandateStepKind.SIGNED, MandateStepKind.SENT), MandateStepKind.ACCEPTED
    ),
    MandateProcedure.CREDITOR_PORTAL: Way((MandateStepKind.SIGNED, MandateStepKind.ENTERED), MandateStepKind.ACCEPTED),
    MandateProcedure.CALL_TOGETHER: Way((MandateStepKind.CALLED,), MandateStepKind.ACCEPTED),
}
ANSWERS: Final = (MandateStepKind.ACCEPTED, MandateStepKind.REFUSED)
ENDS: Final = (*ANSWERS, MandateStepKind.WITHDRAWN)


@dataclass(frozen=True)
class MandateRequest:
    """A mandate that is asked for. The mandate that it becomes has the same id.

    `from_day` is its first day; None: the day on which it becomes valid.
    """

    id: UUID
    kind: ChargeKind
    creditor: str
    asked_on: date
    procedure: MandateProcedure
    from_day: date | None = None
    until_day: date | None = None
    regeldag_id: UUID | None = None

    @property
    def period(self) -> tuple[date, date | None]:
        return self.from_day or self.asked_on, self.until_day


@dataclass(frozen=True)
class MandateStep:
    """A step that was taken."""

    id: UUID
    mandate_id: UUID
    step: MandateStepKind
    taken_on: date


@dataclass(frozen=True)
class MandateProgress:
    """How far a mandate that was asked for has come; `steps` in the order in which they were taken."""

    request: MandateRequest
    steps: tuple[MandateStep, ...] = ()

    @property
    def way(self) -> Way:
        return WAYS[self.request.procedure]

    @property
    def taken(self) -> tuple[MandateStepKind, ...]:
        return tuple(step.step for step in self.steps)

    @property
    def is_valid(self) -> bool:
        """Whether it has become a mandate."""
        return self.way.valid_with in self.taken

    @property
    def is_ended(self) -> bool:
        return any(step in ENDS for step in self.taken)

    @property
    def next_steps(self) -> tuple[MandateStepKind, ...]:
        """The steps that may be taken now: the next one of its procedure, else an answer; or the withdrawal.

        A signed form that was sent needs no acceptance; its creditor may still refuse it.
        """
        if self.is_ended:
            return ()
        following = next((step for step in self.way.steps if step not in self.taken), None)
        withdrawal = () if self.is_valid else (MandateStepKind.WITHDRAWN,)
        return (following, *withdrawal) if following is not None else (*ANSWERS, *withdrawal)

    @property
    def waits_since(self) -> date | None:
        """The day since which its next step is awaited; None once nothing is awaited any more."""
        is_done = set(self.way.steps) <= set(self.taken) and not self.way.needs_acceptance
        if self.is_ended or is_done:
            return None
        return self.steps[-1].taken_on if self.steps else self.request.asked_on


def list_progress(requests: Iterable[MandateRequest], steps: Iterable[MandateStep]) -> list[MandateProgress]:
    """Return how far each of these has come, in the order of asking."""
    by_mandate: dict[UUID, list[MandateStep]] = {}
    for step in steps:
        by_mandate.setdefault(step.mandate_id, []).append(step)
    return [MandateProgress(request, tuple(by_mandate.get(request.id, ()))) for request in requests]


def ask_mandate(
    existing: Sequence[MandateProgress], mandates: Iterable[Mandate], request: MandateRequest
) -> MandateProgress | None:
    """Return how far the same request came if it was sent before; None for a new one.

    ConflictError if this creditor's mandate for this kind is on its way already, or there is one on these days.
    """
    if request.until_day is not None and request.until_day < request.period[0]:
        sentence = "The mandate ends before it begins: give a later last day or leave it open."
        raise WrongInputError(Fault("until_day", "ends_before_it_begins", sentence))
    for progress in existing:
        if progress.request.id == request.id:
            require_same_content(progress.request, request)
            return progress
    about = (request.kind, request.creditor)
    for progress in existing:
        is_open = not progress.is_ended and not progress.is_valid
        if is_open and (progress.request.kind, progress.request.creditor) == about:
            raise ConflictError(
                "mandate_already_asked",
                f"This mandate was asked on {progress.request.asked_on} already: take its next step, or withdraw it.",
            )
    for mandate in mandates:
        is_same = (mandate.kind, mandate.creditor, mandate.revoked_on) == (*about, None)
        if is_same and overlap((mandate.granted_on, mandate.until_day), request.period):
            raise ConflictError(
                "mandate_exists", "There is a mandate for this creditor already: revoke it first, or use it."
            )
    return None


def take_step(progress: MandateProgress, step: MandateStep) -> MandateProgress | None:
    """Return how far the mandate is with this step; None if the same was sent before.

    ConflictError if another step comes first; WrongInputError for a day before the previous step's.
    """
    for recorded in progress.steps:
        if recorded.id == step.id:
            require_same_content(recorded, step)
            return None
    if progress.is_ended:
        last = progress.steps[-1]
        raise ConflictError("mandate_request_ended", f"This mandate was {last.step} on {last.taken_on}: ask a new one.")
    if step.step not in progress.next_steps:
        possible = " or ".join(progress.next_steps).replace("_", " ")
        raise ConflictError(
            "mandate_step_out_of_order",
            f"By the procedure of this creditor the next step is: {possible}. Record that first.",
        )
    previous = progress.steps[-1].taken_on if progress.steps else progress.request.asked_on
    if step.taken_on < previous:
        sentence = f"The step before was on {previous}: give that day or a later one."
        raise WrongInputError(Fault("taken_on", "before_earlier_step", sentence))
    return replace(progress, steps=(*progress.steps, step))


def build_mandate(progress: MandateProgress) -> Mandate | None:
    """Return the mandate if the last step made it valid: from its first day, never before the day of that step."""
    request, last = progress.request, progress.steps[-1]
    if last.step is not progress.way.valid_with:
        return None
    return Mandate(
        id=request.id,
        kind=request.kind,
        creditor=request.creditor,
        granted_on=max(request.from_day or last.taken_on, last.taken_on),
        until_day=request.until_day,
        procedure=request.procedure,
        regeldag_id=request.regeldag_id,
    )


def answer_by(progress: MandateProgress, answer_days: int) -> date | None:
    """Return the last day for the step that is awaited; None if none is."""
    since = progress.waits_since
    return None if since is None else since + timedelta(days=answer_days)


def unanswered_task(mandate_id: UUID, waits_since: date, day: date) -> Task:
    """Return the task that a mandate waits too long: one for each step that is awaited."""
    return Task(task_id_of(mandate_id, waits_since), TaskKind.MANDATE_UNANSWERED, month_of(day), Role.BUDGET_MANAGER, 0)


def refused_task(mandate_id: UUID, refused_on: date) -> Task:
    """Return the task that a creditor refused a mandate: another procedure, or the person pays alone."""
    task_id = uuid5(mandate_id, "task refused")
    return Task(task_id, TaskKind.MANDATE_REFUSED, month_of(refused_on), Role.BUDGET_MANAGER, 0)


def task_id_of(mandate_id: UUID, waits_since: date) -> UUID:
    """Return the id of the task about the step that has been awaited since a day."""
    return uuid5(mandate_id, f"task unanswered {waits_since}")
