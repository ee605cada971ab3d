"""Payments that left and that no statement showed in time: a task until a statement or refusal shows them."""

from datetime import date

from services.ontzorgen.bank.repository import unbooked_payments
from services.ontzorgen.bank.rules.unbooked_payments import find_overdue_days, list_reports
from services.ontzorgen.policies.handlers import policy_in_force
from services.ontzorgen.tasks.handlers import complete_tasks, raise_tasks
from shared.database.transactions import Transaction


async def review_unbooked(day: date, tx: Transaction) -> None:
    """Leave a task for what no statement showed within the business days of the policy; each payment has one once."""
    business_days = policy_in_force(tx.municipality, day).booked_within_business_days
    unbooked = await unbooked_payments.list_unbooked(tx, *find_overdue_days(day, business_days))
    if unbooked:
        shown = await unbooked_payments.list_shown_batches(tx, {payment.batch_id for payment in unbooked})
        reports = list_reports(tx.municipality, unbooked, shown, business_days)
        await raise_tasks([(report.household_id, report.task) for report in reports], day, tx)
        await unbooked_payments.add_unbooked(tx, reports, day)
    await complete_booked(day, tx)


async def complete_booked(on: date, tx: Transaction) -> None:
    """Complete the tasks about payments that were shown or refused since."""
    if answered := await unbooked_payments.list_answered_tasks(tx):
        await complete_tasks(answered, on, tx)
