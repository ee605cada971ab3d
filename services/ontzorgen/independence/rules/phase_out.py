"""Letting go in steps: creditors are informed, direct debits follow the benefit, charges are paid together, then alone.

A charge of a kind that the person pays alone is no longer withheld from the next month on; falling back to paying
together makes it withheld again, from the month after that.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from services.ontzorgen.household.rules.household import Household
from services.ontzorgen.independence.rules.policy import IndependencePolicy
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
class InformedCreditor:
    """A creditor knows that the person will pay again."""

    household_id: UUID
    creditor: str
    told_on: date


@dataclass(frozen=True)
class DirectDebit:
    """A direct debit as agreed with a creditor: on this day of each month; 0 takes the suggested day."""

    id: UUID
    household_id: UUID
    creditor: str
    kind: ChargeKind
    day_of_month: int
    agreed_on: date


@dataclass(frozen=True)
class StepTaken:
    """A step of the phase-out; `kind` for the steps that are taken charge by charge."""

    household_id: UUID
    step: PhaseOutStep
    taken_on: date
    kind: ChargeKind | None = None


@dataclass(frozen=True)
class Preparation:
    """What was prepared for the steps on a day, as far as they need it."""

    uninformed: Sequence[Creditor]
    without_debit: Sequence[Creditor]
    is_monthly: bool
    kinds: frozenset[ChargeKind]
    misaligned_debits: Sequence[Creditor] = ()


def select_uninformed(
    creditors: Sequence[Creditor], informed: Iterable[InformedCreditor], since: date
) -> tuple[Creditor, ...]:
    """Return the creditors that were not informed since a day."""
    codes = {informed_creditor.creditor for informed_creditor in informed if informed_creditor.told_on >= since}
    return tuple(creditor for creditor in creditors if creditor.creditor not in codes)


def select_without_debit(creditors: Sequence[Creditor], debits: Iterable[DirectDebit]) -> tuple[Creditor, ...]:
    """Return the charges for which no direct debit was agreed."""
    agreed = {(debit.creditor, debit.kind) for debit in debits}
    return tuple(creditor for creditor in creditors if (creditor.creditor, creditor.kind) not in agreed)


def select_misaligned(
    creditors: Sequence[Creditor], debits: Iterable[DirectDebit], pay_day: int
) -> tuple[Creditor, ...]:
    """Return the charges whose direct debit, as agreed last, is not in the week after the benefit is paid."""
    days = find_debit_days(debits)
    agreed = [(creditor, days.get((creditor.creditor, creditor.kind))) for creditor in creditors]
    return tuple(creditor for creditor, day in agreed if day is not None and not follows_pay_day(day, pay_day))


def follows_pay_day(day: int, pay_day: int) -> bool:
    """Return whether a day of the month is in the week after the benefit is paid."""
    return 1 <= (day - pay_day) % DEBIT_DAY_MAX <= DEBIT_DAYS_AFTER_PAY_MAX


def find_debit_days(debits: Iterable[DirectDebit]) -> dict[tuple[str, ChargeKind], int]:
    """Return the day of the month agreed last, by creditor and kind."""
    return {(debit.creditor, debit.kind): debit.day_of_month for debit in debits}


def require_own_creditor(creditors: Sequence[Creditor], code: str) -> None:
    """WrongInputError unless the household has a running charge of this creditor."""
    if code not in {creditor.creditor for creditor in creditors}:
        sentence = "The household has no running charge of this creditor: give one that it has."
        raise WrongInputError(Fault("creditor", "no_such_creditor", sentence))


def prepare_steps(
    creditors: Sequence[Creditor],
    uninformed: Sequence[Creditor],
    debits: Sequence[DirectDebit],
    policy: IndependencePolicy,
    *,
    is_monthly: bool,
) -> Preparation:
    """Return what was prepared; direct debits follow the benefit only where the policy says so."""
    return Preparation(
        uninformed=uninformed,
        without_debit=select_without_debit(creditors, debits),
        is_monthly=is_monthly,
        kinds=frozenset(creditor.kind for creditor in creditors),
        misaligned_debits=(
            select_misaligned(creditors, debits, policy.pay_day) if policy.debits_follow_benefit else ()
        ),
    )


def require_begun(begun_on: date | None, taken_on: date) -> None:
    """ConflictError before the phase-out was decided on, WrongInputError for a day before that decision."""
    if begun_on is None:
        raise ConflictError("letting_go_not_begun", "Letting go has not begun: decide on it first.")
    if taken_on < begun_on:
        sentence = f"Letting go began on {begun_on}: give that day or a later one."
        raise WrongInputError(Fault("taken_on", "before_letting_go", sentence))


def take_step(
    household: Household,
    steps: Sequence[StepTaken],
    step: StepTaken,
    policy_steps: Sequence[PhaseOutStep],
    preparation: Preparation,
) -> PhaseOutStepTaken | None:
    """Return the event of a step; None if it was taken before on the same day. The order is the policy's."""
    if step in steps:
        return None
    _check_is_step(step, policy_steps, preparation)
    _check_order(steps, step, policy_steps)
    _check_prepared(step, preparation)
    return PhaseOutStepTaken(
        household_id=household.id, person_id=household.person_id, step=step.step, taken_on=step.taken_on
    )


def _check_is_step(step: StepTaken, policy_steps: Sequence[PhaseOutStep], preparation: Preparation) -> None:
    if step.step not in policy_steps:
        raise ConflictError(
            "step_not_in_policy", f"The policy has no such step: it has {', '.join(policy_steps).replace('_', ' ')}."
        )
    if (step.step in PER_KIND) != (step.kind is not None):
        sentence = "Paying together and paying alone are steps of one charge: give its kind, and none for other steps."
        raise WrongInputError(Fault("kind", "kind_of_charge", sentence))
    if step.kind is not None and step.kind not in preparation.kinds:
        sentence = "The household has no running charge of this kind: give one that it has."
        raise WrongInputError(Fault("kind", "no_such_charge", sentence))


def _check_order(steps: Sequence[StepTaken], step: StepTaken, policy_steps: Sequence[PhaseOutStep]) -> None:
    repeats = [earlier for earlier in steps if earlier.step is step.step and earlier.kind == step.kind]
    if repeats and (step.kind is None or _find_latest(steps, step.kind) is step.step):
        raise ConflictError(
            "step_already_taken", f"This step was taken on {repeats[-1].taken_on} already: take the next one."
        )
    for earlier_step in policy_steps[: policy_steps.index(step.step)]:
        days = [earlier.taken_on for earlier in steps if _goes_before(earlier, earlier_step, step)]
        if not days:
            raise ConflictError("earlier_step_first", f"Another step comes first: {earlier_step.replace('_', ' ')}.")
        if step.taken_on < min(days):
            sentence = "An earlier step was taken after this day: give the day of that step or a later one."
            raise WrongInputError(Fault("taken_on", "before_earlier_step", sentence))


def _goes_before(taken: StepTaken, earlier_step: PhaseOutStep, step: StepTaken) -> bool:
    """Return whether a step taken is the earlier one that this step needs, for its own charge if it has one."""
    is_any_kind = earlier_step not in PER_KIND or step.kind is None
    return taken.step is earlier_step and (is_any_kind or taken.kind == step.kind)


def _check_prepared(step: StepTaken, preparation: Preparation) -> None:
    if step.step is PhaseOutStep.CREDITORS_INFORMED and preparation.uninformed:
        raise ConflictError(
            "creditors_not_informed",
            f"These creditors do not know yet: {_join_codes(preparation.uninformed)}. Inform them and tick them first.",
        )
    if step.step is PhaseOutStep.DIRECT_DEBIT_SET_UP and preparation.without_debit:
        raise ConflictError(
            "no_direct_debit",
            f"These creditors have no direct debit yet: {_join_codes(preparation.without_debit)}. Agree on a day.",
        )
    if step.step is PhaseOutStep.DIRECT_DEBIT_SET_UP and preparation.misaligned_debits:
        raise ConflictError(
            "direct_debit_misaligned",
            f"The direct debits of {_join_codes(preparation.misaligned_debits)} do not follow the benefit: agree on a "
            "day in the week after it is paid.",
        )
    if step.step is PhaseOutStep.MONTHLY_MONEY and not preparation.is_monthly:
        raise ConflictError(
            "monthly_money_not_decided", "Monthly money is decided by three together: record their decision first."
        )


def _join_codes(creditors: Iterable[Creditor]) -> str:
    return ", ".join(sorted({creditor.creditor for creditor in creditors}))


def _find_latest(steps: Iterable[StepTaken], kind: ChargeKind) -> PhaseOutStep | None:
    """Return the step that a charge has reached; of two on one day, the one recorded later."""
    of_kind = sorted((step for step in steps if step.kind is kind), key=lambda step: step.taken_on)
    return of_kind[-1].step if of_kind else None


def list_open_steps(
    steps: Sequence[StepTaken], policy_steps: Sequence[PhaseOutStep], kinds: Iterable[ChargeKind], on: date
) -> tuple[PhaseOutStep, ...]:
    """Return the policy's steps not yet taken on a day; those of one charge must be taken for each that runs."""
    steps_taken = {(step.step, step.kind) for step in steps if step.taken_on <= on}
    required = {step: set(kinds) if step in PER_KIND else {None} for step in policy_steps}
    return tuple(
        step for step, step_kinds in required.items() if any((step, kind) not in steps_taken for kind in step_kinds)
    )


def list_kinds_let_go(steps: Sequence[StepTaken], month: str) -> frozenset[ChargeKind]:
    """Return the kinds of charge that the person pays alone in a month, so that nothing is withheld for them."""
    before = [step for step in steps if month_of(step.taken_on) < month]
    kinds = {step.kind for step in before if step.kind is not None}
    return frozenset(kind for kind in kinds if _find_latest(before, kind) is PhaseOutStep.PAYS_ALONE)


def list_months_let_go(steps: Sequence[StepTaken]) -> dict[ChargeKind, tuple[tuple[str, str | None], ...]]:
    """Return for each kind the first and last months in which the person pays alone; last None while it goes on."""
    months_by_kind: dict[ChargeKind, tuple[tuple[str, str | None], ...]] = {}
    for kind in {step.kind for step in steps if step.kind is not None}:
        ranges: list[tuple[str, str | None]] = []
        first_month: str | None = None
        of_kind = [step for step in steps if step.kind is kind]
        for month in sorted({month_of(step.taken_on) for step in of_kind}):
            is_alone = kind in list_kinds_let_go(of_kind, next_month(month))
            if is_alone and first_month is None:
                first_month = next_month(month)
            elif not is_alone and first_month is not None:
                ranges.append((first_month, month))
                first_month = None
        if first_month is not None:
            ranges.append((first_month, None))
        if ranges:
            months_by_kind[kind] = tuple(ranges)
    return months_by_kind
