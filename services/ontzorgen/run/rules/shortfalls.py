"""What resolves a shortfall: money that the municipality grants, or a later month that pays what was left unpaid."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID, uuid5

from services.ontzorgen.household.rules.household import Household
from services.ontzorgen.household.rules.means import Grant, GrantForm
from services.ontzorgen.policies.rules.relief import GrantKind
from services.ontzorgen.run.rules.month import HouseholdMonth
from shared.calendar import month_of, next_month
from shared.errors.refusals import ConflictError, Fault, WrongInputError
from shared.events import ShortfallResolved
from shared.events.codes import ShortfallSolution

_GRANT_KIND_OF = {
    ShortfallSolution.BRIDGING_MONEY: GrantKind.BRIDGING,
    ShortfallSolution.SPECIAL_ASSISTANCE: GrantKind.SPECIAL_ASSISTANCE,
    ShortfallSolution.CASE_MANAGER_DECISION: GrantKind.OTHER,
}


@dataclass(frozen=True)
class Resolution:
    """What was decided; `granted_cents` is money that the municipality adds, in a month that is still to be run.

    That month pays what was left unpaid, as far as the money goes; `for_month` alone: all of it, from its own money.
    """

    solution: ShortfallSolution
    resolved_on: date
    granted_cents: int = 0
    for_month: str | None = None

    @property
    def pays_later(self) -> bool:
        """Whether a later month pays what was left unpaid."""
        return bool(self.granted_cents or self.for_month)


def resolve_shortfall(
    household: Household, short: HouseholdMonth, done_on: date | None, resolution: Resolution
) -> tuple[ShortfallResolved, bool]:
    """Return the event, and whether the resolution is new; `done_on` is the day on which its task was done, if it was.

    ConflictError if the shortfall was resolved on another day.
    """
    if done_on not in (None, resolution.resolved_on):
        raise ConflictError(
            "shortfall_already_resolved",
            f"This shortfall was resolved on {done_on} already: there is nothing to resolve.",
        )
    event = ShortfallResolved(
        household_id=household.id,
        person_id=household.person_id,
        month=short.statement.month,
        shortfall_cents=short.statement.shortfall_cents,
        solution=resolution.solution,
        resolved_on=resolution.resolved_on,
    )
    return event, done_on is None


def choose_month_to_pay(household: Household, for_month: str | None, *, is_next_computed: bool) -> str:
    """Return the month that pays what was left unpaid: `for_month`, or else the first that is not computed yet.

    WrongInputError if that month was computed already or comes after the last month of relief.
    """
    first = next_month(household.next_month) if is_next_computed else household.next_month
    if for_month is not None and for_month < first:
        sentence = f"That month has been run already: give {first} or a later one."
        raise WrongInputError(Fault("for_month", "already_run", sentence))
    last = month_of(min(household.last_day, household.right_until or household.last_day))
    month = for_month or first
    if month > last:
        sentence = f"The last month of relief is {last}, and nothing is paid after it: "
        advice = (
            f"give {last} or an earlier one." if first <= last else "extend relief first, or leave month and money out."
        )
        raise WrongInputError(Fault("for_month", "after_relief", sentence + advice))
    return month


def grant_for(household_id: UUID, short_month: str, resolution: Resolution, month: str) -> Grant | None:
    """Return the gift by which a resolution adds its money in a month; None if it adds none.

    WrongInputError if money is added by a solution that has none. The gift's id follows from the short month.
    """
    if not resolution.granted_cents:
        return None
    kind = _GRANT_KIND_OF.get(resolution.solution)
    if kind is None:
        sentence = "This solution adds no money by itself: leave the amount out, or choose one that does."
        raise WrongInputError(Fault("granted_cents", "adds_no_money", sentence))
    grant_id = uuid5(household_id, f"grant for shortfall {short_month}")
    return Grant(grant_id, kind, GrantForm.GIFT, resolution.granted_cents, month)
