"""Applications on behalf of a person (Dongemond: childcare, travel): applied, decided, and by when.

The case manager applies where it is needed; nothing of it is withheld from the benefit. A decision is due within the
weeks of the policy, by default the eight of the general law (Algemene wet bestuursrecht art. 4:13).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum
from uuid import UUID

from services.ontzorgen.independence.rules.policy import IndependencePolicy
from services.ontzorgen.policies.rules.guidance import ApplicationKind
from shared.errors.refusals import ConflictError, Fault, WrongInputError, require_same_content

DECIDED_SOON_DAYS = 7  # so many days before it is due, a decision that is not there is a task


class ApplicationOutcome(StrEnum):
    """What was decided on an application."""

    GRANTED = "granted"
    REFUSED = "refused"


@dataclass(frozen=True)
class Application:
    """What was applied for, by when it must be decided, and how it was.

    `person_id` None, before it is recorded: the household's own person.
    """

    id: UUID
    household_id: UUID
    kind: ApplicationKind
    applied_on: date
    person_id: UUID | None = None
    decide_by: date = date.max
    decided_on: date | None = None
    outcome: ApplicationOutcome | None = None


def apply(
    applications: Sequence[Application], application: Application, policy: IndependencePolicy
) -> tuple[Application, bool]:
    """Return the application with the day by which it must be decided, and whether it is new."""
    for earlier in applications:
        if earlier.id == application.id:
            return require_same_content(earlier, application), False
    if application.kind not in policy.application_kinds:
        kinds = ", ".join(sorted(policy.application_kinds)) or "nothing"
        raise ConflictError(
            "application_not_in_policy",
            f"By the policy of this municipality {kinds} is applied for: enter this one there first.",
        )
    of_whom = (application.person_id, application.kind)
    for earlier in applications:
        if (earlier.person_id, earlier.kind) == of_whom and earlier.decided_on is None:
            raise ConflictError(
                "application_pending",
                f"An application of {earlier.applied_on} waits for its decision: follow that one.",
            )
    decide_by = application.applied_on + timedelta(weeks=policy.application_weeks)
    return replace(application, decide_by=decide_by), True


def decide(application: Application, outcome: ApplicationOutcome, decided_on: date) -> Application:
    """Return the application as decided; the same again changes nothing."""
    if (application.outcome, application.decided_on) not in ((None, None), (outcome, decided_on)):
        raise ConflictError(
            "application_already_decided",
            f"This was decided on {application.decided_on} already: apply again for another decision.",
        )
    if decided_on < application.applied_on:
        sentence = f"It was applied for on {application.applied_on}: give that day or a later one."
        raise WrongInputError(Fault("decided_on", "before_the_application", sentence))
    return replace(application, outcome=outcome, decided_on=decided_on)
