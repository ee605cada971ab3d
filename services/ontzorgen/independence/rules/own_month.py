"""What of a month is one person's own: the money that came to them, their class, debts, course and coach.

A couple's money comes half to each, or all to one; an adult child at home has none of it. Codes, cents and days only.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from services.ontzorgen.household.rules.means import Claim
from services.ontzorgen.independence.rules.followed_courses import FollowedEnrolment, NextLesson
from services.ontzorgen.policies.rules.guidance import PersonRole
from services.ontzorgen.statement.rules.situation import PARTNER, PERSON
from services.ontzorgen.statement.rules.statement import Statement
from shared.events.codes import SelfRelianceClass

_PAYEES = {PersonRole.PERSON: PERSON, PersonRole.PARTNER: PARTNER}


@dataclass(frozen=True)
class OwnDebt:
    """A debt of this person: known, and never taken from the money."""

    creditor: str
    monthly_cents: int
    total_cents: int


@dataclass(frozen=True)
class OwnCourse:
    """A course that this person takes and has not completed."""

    course: str
    lessons: int
    lessons_attended: int
    lessons_missed: int
    next_lesson: NextLesson | None


@dataclass(frozen=True)
class OwnMonth:
    """The part of a month that is one person's own."""

    person_id: UUID
    role: PersonRole
    self_reliance: SelfRelianceClass | None
    received_cents: int
    debts: tuple[OwnDebt, ...]
    courses: tuple[OwnCourse, ...]
    coaching_until: date | None


def sum_received(statement: Statement, role: PersonRole) -> int:
    """Return the cents of a month that came to someone with this role, holiday allowance included."""
    payments = (*statement.payments, *statement.holiday_payments)
    return sum(payment.cents for payment in payments if payment.payee == _PAYEES.get(role))


def list_debts(claims: Iterable[Claim], person_id: UUID, last_day: date) -> tuple[OwnDebt, ...]:
    """Return the debts of one person that are known on the last day of a month."""
    return tuple(
        OwnDebt(claim.creditor, claim.amount_cents, claim.total_cents)
        for claim in claims
        if claim.person_id == person_id and claim.from_day <= last_day
    )


def list_courses(enrolments: Sequence[FollowedEnrolment]) -> tuple[OwnCourse, ...]:
    """Return the courses that are not completed."""
    return tuple(
        OwnCourse(
            course=followed.enrolment.course,
            lessons=followed.enrolment.lessons,
            lessons_attended=len(followed.attended),
            lessons_missed=len(followed.missed),
            next_lesson=followed.next_lesson,
        )
        for followed in enrolments
        if followed.enrolment.completed_on is None
    )
