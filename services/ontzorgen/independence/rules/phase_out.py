"""Letting go in steps: creditors know first, direct debits follow the benefit, charges are paid together, then alone.

A charge of a kind that the person pays alone is no longer withheld from the next month on; falling back to paying
together makes it withheld again, from the month after that.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from services.ontzorgen.household.rules.household import Household
from shared.calendar import month_of, next_month
from shared.errors.refusals import ConflictError, Fault, WrongInputError
from shared.events import PhaseOutStepTaken
from shared.events.codes import ChargeKind, PhaseOutStep

PER_KIND = (PhaseOutStep.PAYS_TOGETHER, PhaseOutStep.PAYS_ALONE)
DEBIT_DAY_MAX = 28  # every month has it
DEBIT_DAYS_AFTER_PAY_MAX = 7  # (conv.) as long as the money of the benefit is surely there


@dataclass(frozen=True)
class Creditor:
    """Who is owed a running charge, and for what."""

    creditor: str
    kind: ChargeKind


@dataclass(frozen=True)
class CreditorTold:
    """A creditor knows that the person will pay again."""

    household_id: UUID
    creditor: str
    told_on: date


@dataclass(frozen=True)
class DirectDebit:
    """A direct debit as agreed with a creditor: on this day of each month."""

    id: UUID
    household_id: UUID
    creditor: str
    kind: ChargeKind
    day_of_month: int
    agreed_on: date


@dataclass(frozen=True)
class StepTaken:
    """A step of letting go; `kind` for the steps that are taken charge by charge."""

    household_id: UUID
    step: PhaseOutStep
    taken_on: date
    kind: ChargeKind | None = None


@dataclass(frozen=True)
class Ready:
    """What the steps ask for beforehand."""

    untold: Sequence[Creditor]
    without_debit: Sequence[Creditor]
    is_monthly: bool
    kinds: frozenset[ChargeKind]
    out_of_step: Sequence[Creditor] = ()


def untold(creditors: Sequence[Creditor], told: Iterable[CreditorTold], since: date) -> tuple[Creditor, ...]:
    """The creditors that were not told since a day."""
    known = {one.creditor for one in told if one.told_on >= since}
    return tuple(one for one in creditors if one.creditor not in known)


def without_debit(creditors: Sequence[Creditor], debits: Iterable[DirectDebit]) -> tuple[Creditor, ...]:
    """The charges for which no direct debit was agreed."""
    agreed = {(one.creditor, one.kind) for one in debits}
    return tuple(one for one in creditors if (one.creditor, one.kind) not in agreed)


def out_of_step(creditors: Sequence[Creditor], debits: Iterable[DirectDebit], pay_day: int) -> tuple[Creditor, ...]:
    """The charges whose direct debit, as agreed last, does not come in the week after the benefit is paid."""
    days = {(one.creditor, one.kind): one.day_of_month for one in debits}
    agreed = [(one, days[one.creditor, one.kind]) for one in creditors if (one.creditor, one.kind) in days]
    return tuple(one for one, day in agreed if not 1 <= (day - pay_day) % DEBIT_DAY_MAX <= DEBIT_DAYS_AFTER_PAY_MAX)


def suggested_debit_day(pay_day: int) -> int:
    """The day right after the benefit is paid, so that the money is there; the first after a very late pay day."""
    return pay_day + 1 if pay_day < DEBIT_DAY_MAX else 1


def take_step(
    household: Household,
    known: Sequence[StepTaken],
    step: StepTaken,
    policy_steps: Sequence[PhaseOutStep],
    ready: Ready,
) -> PhaseOutStepTaken | None:
    """What to tell of a step; None when it was taken before on the same day. The order is the policy's."""
    if step in known:
        return None
    _is_a_step(step, policy_steps, ready)
    _in_order(known, step, policy_steps)
    _prepared(step, ready)
    return PhaseOutStepTaken(
        household_id=household.id, person_id=household.person_id, step=step.step, taken_on=step.taken_on
    )


def _is_a_step(step: StepTaken, policy_steps: Sequence[PhaseOutStep], ready: Ready) -> None:
    if step.step not in policy_steps:
        raise ConflictError(f"The policy has no such step: it has {', '.join(policy_steps).replace('_', ' ')}.")
    if (step.step in PER_KIND) != (step.kind is not None):
        sentence = "Paying together and paying alone are steps of one charge: give its kind, and none for other steps."
        raise WrongInputError(Fault("kind", "kind_of_charge", sentence))
    if step.kind is not None and step.kind not in ready.kinds:
        sentence = "The household has no running charge of this kind: give one that it has."
        raise WrongInputError(Fault("kind", "no_such_charge", sentence))


def _in_order(known: Sequence[StepTaken], step: StepTaken, policy_steps: Sequence[PhaseOutStep]) -> None:
    taken = [one for one in known if one.step is step.step and one.kind == step.kind]
    if taken and (step.kind is None or _latest(known, step.kind) is step.step):
        raise ConflictError(f"This step was taken on {taken[-1].taken_on} already: take the next one.")
    for earlier in policy_steps[: policy_steps.index(step.step)]:
        same = [one for one in known if one.step is earlier and (earlier not in PER_KIND or one.kind == step.kind)]
        if earlier in PER_KIND and step.kind is None:
            same = [one for one in known if one.step is earlier]
        if not same:
            raise ConflictError(f"Another step comes first: {earlier.replace('_', ' ')}.")
        if step.taken_on < min(one.taken_on for one in same):
            sentence = "An earlier step was taken after this day: give the day of that step or a later one."
            raise WrongInputError(Fault("taken_on", "before_earlier_step", sentence))


def _prepared(step: StepTaken, ready: Ready) -> None:
    if step.step is PhaseOutStep.CREDITORS_INFORMED and ready.untold:
        raise ConflictError(f"These creditors do not know yet: {_named(ready.untold)}. Tell them and tick them first.")
    if step.step is PhaseOutStep.DIRECT_DEBIT_SET_UP and ready.without_debit:
        raise ConflictError(f"These creditors have no direct debit yet: {_named(ready.without_debit)}. Agree on a day.")
    if step.step is PhaseOutStep.DIRECT_DEBIT_SET_UP and ready.out_of_step:
        raise ConflictError(
            f"The direct debits of {_named(ready.out_of_step)} do not follow the benefit: agree on a day in the week "
            "after it is paid."
        )
    if step.step is PhaseOutStep.MONTHLY_MONEY and not ready.is_monthly:
        raise ConflictError("Monthly money is decided by three together: record their decision first.")


def _named(creditors: Iterable[Creditor]) -> str:
    return ", ".join(sorted({one.creditor for one in creditors}))


def _latest(steps: Iterable[StepTaken], kind: ChargeKind) -> PhaseOutStep | None:
    """The step on which a charge stands; of two on one day, the one recorded later."""
    of_kind = sorted((one for one in steps if one.kind is kind), key=lambda one: one.taken_on)
    return of_kind[-1].step if of_kind else None


def steps_open(
    steps: Sequence[StepTaken], policy_steps: Sequence[PhaseOutStep], kinds: Iterable[ChargeKind], on: date
) -> tuple[PhaseOutStep, ...]:
    """The steps of the policy not yet taken on a day; those of one charge must be taken for each that runs."""
    taken = {(one.step, one.kind) for one in steps if one.taken_on <= on}
    wanted = {step: set(kinds) if step in PER_KIND else {None} for step in policy_steps}
    return tuple(step for step, each in wanted.items() if any((step, kind) not in taken for kind in each))


def kinds_let_go(steps: Sequence[StepTaken], month: str) -> frozenset[ChargeKind]:
    """The kinds of charge that the person pays alone in a month, so that nothing is withheld for them."""
    before = [one for one in steps if month_of(one.taken_on) < month]
    kinds = {one.kind for one in before if one.kind is not None}
    return frozenset(kind for kind in kinds if _latest(before, kind) is PhaseOutStep.PAYS_ALONE)


def let_go_months(steps: Sequence[StepTaken]) -> dict[ChargeKind, tuple[tuple[str, str | None], ...]]:
    """For each kind the runs of months, first and last, in which the person pays alone; None while it goes on."""
    found: dict[ChargeKind, tuple[tuple[str, str | None], ...]] = {}
    for kind in {one.kind for one in steps if one.kind is not None}:
        runs: list[tuple[str, str | None]] = []
        begun: str | None = None
        of_kind = [one for one in steps if one.kind is kind]
        for month in sorted({month_of(one.taken_on) for one in of_kind}):
            is_alone = kind in kinds_let_go(of_kind, next_month(month))
            if is_alone and begun is None:
                begun = next_month(month)
            elif not is_alone and begun is not None:
                runs.append((begun, month))
                begun = None
        if begun is not None:
            runs.append((begun, None))
        if runs:
            found[kind] = tuple(runs)
    return found
