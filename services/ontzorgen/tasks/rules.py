"""Tasks: what is left for a person to solve, for which role, and about which amount."""

from dataclasses import dataclass, field, replace
from datetime import date
from enum import IntEnum, StrEnum
from uuid import UUID, uuid5

from shared.errors.refusals import ConflictError
from shared.identity import Role


class TaskKind(StrEnum):
    """What a month's run or a change in a file may leave for a person."""

    SHORTFALL = "shortfall"
    MONTH_REFUSED = "month_refused"
    PARENTS_PENDING = "parents_pending"
    MANDATE_MISSING = "mandate_missing"
    CREDITOR_OWES = "creditor_owes"
    CHARGES_MISSING = "charges_missing"
    NORM_OUTDATED = "norm_outdated"
    IBAN_UNCONFIRMED = "iban_unconfirmed"
    ASSET_OVER_LIMIT = "asset_over_limit"
    PAID_WITHOUT_RIGHT = "paid_without_right"
    PAID_TOO_MUCH = "paid_too_much"
    PAID_TOO_LITTLE = "paid_too_little"
    EVALUATION_DUE = "evaluation_due"
    REVIEW_DUE = "review_due"
    CREDITORS_TO_TELL = "creditors_to_tell"
    COURSE_NOT_ATTENDED = "course_not_attended"
    COACH_TO_HAND_ON = "coach_to_hand_on"
    RETEST_DUE = "retest_due"
    COURSE_BEHIND = "course_behind"
    APPLICATION_UNDECIDED = "application_undecided"
    SOUNDING_BOARD_ACTION_DUE = "sounding_board_action_due"
    MOTHER_PAY_DUE = "mother_pay_due"
    ARREARS_SIGNALLED = "arrears_signalled"
    CREDITOR_CONTACT = "creditor_contact"
    ACCOUNT_MISSING = "account_missing"
    PAYMENT_REFUSED = "payment_refused"
    PAYMENT_DIFFERS = "payment_differs"
    PAYMENT_UNBOOKED = "payment_unbooked"
    STATEMENT_MISSING = "statement_missing"
    BANK_ENTRY_UNCLEAR = "bank_entry_unclear"
    BANK_STATUS_UNCLEAR = "bank_status_unclear"
    ACCOUNT_SHARED = "account_shared"
    START_MONEY = "start_money"
    MANDATE_UNANSWERED = "mandate_unanswered"
    MANDATE_REFUSED = "mandate_refused"
    CREDITOR_PAID_LATE = "creditor_paid_late"


class TaskPriority(IntEnum):
    """Which tasks come first on the list: those above normal, the highest at the top."""

    NORMAL = 0
    FIRST = 1
    OVERDUE = 2


@dataclass(frozen=True)
class Task:
    """Something a person must solve; `amount_cents` is what it is about, `due_on` the last day for it, if any.

    `sentence` says what is wrong and what to do, where the kind alone does not.
    """

    id: UUID
    kind: TaskKind
    month: str
    for_role: Role
    amount_cents: int
    priority: TaskPriority = field(default=TaskPriority.NORMAL, kw_only=True)
    due_on: date | None = field(default=None, kw_only=True)
    sentence: str | None = field(default=None, kw_only=True)


@dataclass(frozen=True)
class RaisedTask(Task):
    """A task as it is on the list. `household_id` None: about no household; `done_on` None: still open.

    `person_id` is whom of the household it is about; None: the household, or its own person.
    """

    household_id: UUID | None
    raised_on: date
    done_on: date | None = None
    person_id: UUID | None = None


def derive_task_id(origin_id: UUID, kind: TaskKind, month: str) -> UUID:
    """Return the id of a task about a household or payment in a month; the same task is raised once."""
    return uuid5(origin_id, f"task {kind} {month}")


def complete(task: RaisedTask, done_on: date) -> RaisedTask:
    """Return the task as done on a day; ConflictError if it was done on another day."""
    if task.done_on not in (None, done_on):
        raise ConflictError(
            "task_already_done", f"This task was done on {task.done_on} already: nothing is left to do."
        )
    return replace(task, done_on=done_on)
