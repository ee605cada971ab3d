"""A household's own view of a month, from the statement that was run."""

from uuid import UUID

from services.ontzorgen.household.handlers.households import read_household
from services.ontzorgen.independence.handlers.independence import policy_on
from services.ontzorgen.independence.repository import independence as repository
from services.ontzorgen.independence.rules.my_month import Booked, MyMonth, Paid
from services.ontzorgen.independence.rules.my_month import my_month as view
from services.ontzorgen.run.handlers.months import find_month
from shared.calendar import month_end, next_month
from shared.database.transactions import Transaction
from shared.http.requests import Caller, not_found


async def my_month(household_id: UUID, month: str, reader: Caller, tx: Transaction) -> MyMonth:
    household = await read_household(household_id, reader, tx)
    found = await find_month(household_id, month, tx)
    if found is None or not await repository.is_sealed(tx, household_id, month):  # a proposal is nobody's month yet
        raise not_found("month")
    statement = found.statement
    standing = (await repository.standings(tx, [household_id]))[household_id]
    booked = Booked(
        month=month,
        norm_cents=statement.norm_cents,
        holiday_reserve_cents=statement.holiday_reserve_cents,
        other_income_cents=statement.available_cents - statement.payable_cents,
        remainder_cents=statement.remainder_cents,
        shortfall_cents=statement.shortfall_cents,
    )
    paid = [Paid(line.kind, line.due_cents, line.paid_cents) for line in statement.charges]
    policy = policy_on(tx, month_end(month))
    return view(booked, paid, household.last_day, policy.pay_day, standing.kinds_let_go(next_month(month)))
