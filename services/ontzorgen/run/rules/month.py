"""A household's month in a run: the events it publishes once it is released, and the tasks it leaves.

Ids are derived from household and month, so that the same month always leaves the same tasks.
"""

from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from services.ontzorgen.household.rules.charges import find_public_code
from services.ontzorgen.household.rules.file import MonthsInput
from services.ontzorgen.statement.rules.discounts import select_known
from services.ontzorgen.statement.rules.due import build_versions, group_by_key, schedule
from services.ontzorgen.statement.rules.month_rules import MonthRules
from services.ontzorgen.statement.rules.monthly_charges import ChargeMonth
from services.ontzorgen.statement.rules.payouts import Payment
from services.ontzorgen.statement.rules.situation import AttachmentKind
from services.ontzorgen.statement.rules.statement import Statement, StatementStatus
from services.ontzorgen.tasks.rules import Task, TaskKind, TaskPriority, derive_task_id
from shared.calendar import month_end, target_day_from
from shared.events import (
    ChargeLine,
    EventData,
    FixedChargesDeducted,
    HolidayAllowanceHandedOver,
    HolidayAllowancePaid,
    PaymentLine,
    ShortfallFound,
)
from shared.events.codes import ChargeKind, Payee
from shared.events.ontzorgen import CHARGE_LINES_MAX
from shared.identity import Role

Guaranteed = AbstractSet[tuple[str, ChargeKind]]  # creditors and kinds of charge whose payment is guaranteed
NOTHING_GUARANTEED: Guaranteed = frozenset()


@dataclass(frozen=True, slots=True)
class HouseholdMonth:
    """A household's month in a run, with what the statement itself does not have.

    `loans_cents` is the part of the grants that is lent; `missing_cents` is due and has no mandate.
    """

    household_id: UUID
    statement: Statement
    loans_cents: int = 0
    missing_cents: int = 0
    has_charges: bool = True

    @property
    def deducted_cents(self) -> int:
        """What goes to creditors, corrections included."""
        return self.statement.available_cents - self.statement.remainder_cents

    @property
    def set_off_cents(self) -> int:
        """What of the attachments stays with the municipality."""
        attachments = self.statement.attachments
        return sum([taken.cents for taken in attachments if taken.kind is AttachmentKind.SET_OFF])

    @property
    def paid_cents(self) -> int:
        """Everything that is paid: to creditors, the attaching ones too, and to persons."""
        statement = self.statement
        attached_cents = statement.attachment_cents - self.set_off_cents
        return self.deducted_cents + statement.remainder_cents + attached_cents + statement.holiday_paid_cents

    @property
    def is_in_relief(self) -> bool:
        """Whether it is a month of relief; after that, a month only pays or hands over what was set aside."""
        return self.statement.status not in (StatementStatus.NO_RIGHT, StatementStatus.NOT_IN_RELIEF)

    def ends_after(self, right_until: date | None) -> bool:
        """Return whether the right ends before the month does, so that the month may have been computed without it."""
        month = self.statement
        is_cut_short = right_until is not None and right_until < month_end(month.month)
        return is_cut_short and self.is_in_relief

    @property
    def payments(self) -> int:
        """How many payments it takes."""
        charges = sum(1 for charge in self.statement.charges if charge.paid_cents)
        corrections = sum(1 for correction in self.statement.corrections if correction.paid_cents > 0)
        attached = sum(1 for taken in self.statement.attachments if taken.kind is AttachmentKind.ATTACHMENT)
        return charges + corrections + attached + len(self.statement.payments) + len(self.statement.holiday_payments)


@dataclass(frozen=True, slots=True)
class RunMonth:
    """A household's month with the run that computed it, and the day on which that was proposed."""

    run_id: UUID
    run_on: date
    month: HouseholdMonth


def overpayment_task(month: HouseholdMonth, due_cents: int) -> Task | None:
    """Return the task that a month pays more than is due now that the right has ended; None if it does not."""
    overpaid_cents = month.statement.available_cents - due_cents
    if overpaid_cents <= 0:
        return None
    kind, name = TaskKind.PAID_WITHOUT_RIGHT, month.statement.month
    return Task(derive_task_id(month.household_id, kind, name), kind, name, Role.BUDGET_MANAGER, overpaid_cents)


def refused_task(household_id: UUID, month: str) -> Task:
    """Return the task that a month could not be computed: it is due again once the task is done."""
    kind = TaskKind.MONTH_REFUSED
    return Task(derive_task_id(household_id, kind, month), kind, month, Role.BUDGET_MANAGER, 0)


def without_mandate_cents(file: MonthsInput, rules: MonthRules) -> int:
    """Return what is due in the month to creditors whose mandate is missing, of the kinds that are withheld."""
    situation = file.situation
    kinds = rules.kinds[situation.self_reliance]
    discounts = select_known(situation.discounts, max(rules.run_on, situation.right_from))
    cents = 0
    for terms in group_by_key(file.without_mandate).values():
        if kind := kinds.get(terms[0].kind):
            cents += schedule(build_versions(terms), [rules.month], kind, discounts).get(rules.month, 0)
    return cents


def is_guarantee_broken(month: HouseholdMonth, guaranteed: Guaranteed) -> bool:
    """Return whether something is left unpaid to a creditor to whom payment is guaranteed."""
    unpaid = [(charge.creditor, charge.kind) for charge in month.statement.charges if charge.unpaid_cents]
    unpaid += [(late.creditor, late.kind) for late in month.statement.corrections if late.cents > late.paid_cents]
    return any(charge in guaranteed for charge in unpaid)


def events_for(
    month: HouseholdMonth, person_id: UUID, run_id: UUID, booked_on: date, guaranteed: Guaranteed = NOTHING_GUARANTEED
) -> Iterator[EventData]:
    """Yield the events of a month that is released on a day; after relief only those of what was set aside."""
    if month.is_in_relief:
        yield _deducted_event(month, person_id, run_id, booked_on)
        if month.statement.shortfall_cents:
            yield shortfall_event(month, person_id, guaranteed)
    yield from _holiday_events(month, person_id, run_id, booked_on)


def _deducted_event(month: HouseholdMonth, person_id: UUID, run_id: UUID, booked_on: date) -> FixedChargesDeducted:
    statement = month.statement
    return FixedChargesDeducted(
        household_id=month.household_id,
        person_id=person_id,
        run_id=run_id,
        month=statement.month,
        norm_cents=statement.norm_cents,
        payable_cents=statement.payable_cents,
        holiday_reserve_cents=statement.holiday_reserve_cents,
        charges=_charge_lines(statement.charges, statement.month),
        deducted_cents=month.deducted_cents,
        remainder_cents=statement.remainder_cents,
        available_cents=statement.available_cents,
        correction_cents=statement.correction_cents or None,
        income_cents=statement.income_cents or None,
        reduction_cents=statement.reduction_cents or None,
        attachment_cents=statement.attachment_cents or None,
        set_off_cents=month.set_off_cents or None,
        holiday_paid_cents=statement.holiday_paid_cents or None,
        payments=payment_lines(statement.payments, booked_on),
        holiday_payments=payment_lines(statement.holiday_payments, booked_on) or None,
    )


def _holiday_events(month: HouseholdMonth, person_id: UUID, run_id: UUID, booked_on: date) -> Iterator[EventData]:
    """Yield what became of the holiday allowance that was set aside."""
    statement = month.statement
    if statement.holiday_paid_cents:
        yield HolidayAllowancePaid(
            household_id=month.household_id,
            person_id=person_id,
            month=statement.month,
            amount_cents=statement.holiday_paid_cents,
            paid_on=find_bank_day(statement.holiday_payments[0].on, booked_on),
            payments=payment_lines(statement.holiday_payments, booked_on),
            run_id=run_id,
        )
    beyond = statement.holiday_beyond_right
    handed_over_cents = statement.holiday_handed_over_cents - statement.holiday_beyond_right_cents
    if handed_over_cents:
        yield _handed_over_event(month, person_id, run_id, handed_over_cents)
    if beyond:
        event = _handed_over_event(month, person_id, run_id, statement.holiday_beyond_right_cents)
        months = {"first_month": beyond[0].month, "last_month": beyond[-1].month}
        yield event.model_copy(update=months | {"beyond_right": True})


def _handed_over_event(month: HouseholdMonth, person_id: UUID, run_id: UUID, cents: int) -> HolidayAllowanceHandedOver:
    return HolidayAllowanceHandedOver(
        household_id=month.household_id,
        person_id=person_id,
        month=month.statement.month,
        amount_cents=cents,
        run_id=run_id,
    )


def shortfall_event(
    month: HouseholdMonth, person_id: UUID, guaranteed: Guaranteed = NOTHING_GUARANTEED
) -> ShortfallFound:
    """Return the event that money is short, with what may solve it; what payment was guaranteed for comes first."""
    statement = month.statement
    unpaid = [charge for charge in statement.charges if charge.unpaid_cents]
    unpaid.sort(key=lambda charge: (charge.creditor, charge.kind) not in guaranteed)
    return ShortfallFound(
        household_id=month.household_id,
        person_id=person_id,
        month=statement.month,
        shortfall_cents=statement.shortfall_cents,
        unpaid=_charge_lines(unpaid, statement.month) or tuple(_unpaid_corrections(statement)),
        solutions=statement.solutions,
    )


def _unpaid_corrections(statement: Statement) -> Iterator[ChargeLine]:
    """Yield the corrections that could not be paid, for a month of which every charge was."""
    for late in statement.corrections:
        if late.cents > late.paid_cents:
            yield charge_line(late.kind, late.creditor, late.cents, late.paid_cents, late.for_month)


def _charge_lines(charges: Sequence[ChargeMonth], month: str) -> tuple[ChargeLine, ...]:
    """Return a line for each charge, with its month where that is another; too many for an event are one a kind."""
    if len(charges) <= CHARGE_LINES_MAX:
        return tuple(
            charge_line(
                charge.kind,
                charge.creditor,
                charge.due_cents,
                charge.paid_cents,
                charge.for_month if charge.for_month != month else None,
            )
            for charge in charges
        )
    by_kind: dict[ChargeKind, tuple[int, int]] = {}
    for charge in charges:
        due_cents, paid_cents = by_kind.get(charge.kind, (0, 0))
        by_kind[charge.kind] = (due_cents + charge.due_cents, paid_cents + charge.paid_cents)
    return tuple(ChargeLine(kind=kind, due_cents=due, paid_cents=paid) for kind, (due, paid) in by_kind.items())


def charge_line(
    kind: ChargeKind, creditor: str, due_cents: int, paid_cents: int, for_month: str | None = None
) -> ChargeLine:
    """Return what events say of one creditor's charge."""
    return ChargeLine(
        kind=kind,
        due_cents=due_cents,
        paid_cents=paid_cents,
        for_month=for_month,
        creditor=find_public_code(creditor),
    )


def payment_lines(payments: Iterable[Payment], booked_on: date) -> tuple[PaymentLine, ...]:
    """Return payments on the days on which the bank pays them: never before they are booked."""
    return tuple(
        PaymentLine(on=find_bank_day(on, booked_on), payee=Payee(payee), cents=cents) for on, payee, cents in payments
    )


def find_bank_day(on: date, booked_on: date) -> date:
    """Return the first day from both on which banks settle."""
    return target_day_from(max(on, booked_on))


def tasks_for(month: HouseholdMonth, guaranteed: Guaranteed = NOTHING_GUARANTEED) -> Iterator[Task]:
    """Yield what a released month leaves for people to solve; a shortfall where payment was guaranteed comes first."""
    statement = month.statement
    if not month.is_in_relief:
        return
    is_short = statement.shortfall_cents > 0
    is_pending = statement.task_for is not None and not is_short
    possible = (
        (TaskKind.SHORTFALL, Role.CASE_MANAGER, is_short, statement.shortfall_cents),
        (TaskKind.PARENTS_PENDING, Role.CASE_MANAGER, is_pending, 0),
        (TaskKind.MANDATE_MISSING, Role.BUDGET_MANAGER, month.missing_cents > 0, month.missing_cents),
        (
            TaskKind.CREDITOR_OWES,
            Role.BUDGET_MANAGER,
            statement.creditor_credit_cents > 0,
            statement.creditor_credit_cents,
        ),
        (TaskKind.CHARGES_MISSING, Role.BUDGET_MANAGER, not month.has_charges, 0),
        (TaskKind.NORM_OUTDATED, Role.BUDGET_MANAGER, statement.norm_outdated, statement.norm_cents),
    )
    for kind, role, is_raised, amount_cents in possible:
        if is_raised:
            is_first = kind is TaskKind.SHORTFALL and is_guarantee_broken(month, guaranteed)
            task_id = derive_task_id(month.household_id, kind, statement.month)
            priority = TaskPriority.FIRST if is_first else TaskPriority.NORMAL
            yield Task(task_id, kind, statement.month, role, amount_cents, priority=priority)
