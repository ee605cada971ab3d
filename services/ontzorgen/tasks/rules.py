"""What is left for a person to solve: which kind of thing, for which role, and what amount it is about."""

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

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
    EVALUATION_DUE = "evaluation_due"
    REVIEW_DUE = "review_due"
    CREDITORS_TO_TELL = "creditors_to_tell"
    COURSE_NOT_ATTENDED = "course_not_attended"
    COACH_TO_HAND_ON = "coach_to_hand_on"
    ARREARS_SIGNALLED = "arrears_signalled"
    CREDITOR_CONTACT = "creditor_contact"
    ACCOUNT_MISSING = "account_missing"
    PAYMENT_REFUSED = "payment_refused"
    PAYMENT_DIFFERS = "payment_differs"


@dataclass(frozen=True)
class Task:
    """Something a person must solve; `amount_cents` is what it is about."""

    id: UUID
    kind: TaskKind
    month: str
    for_role: Role
    amount_cents: int
