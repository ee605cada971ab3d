"""A household's own view of a month, from the statement that was run."""

from uuid import UUID

from services.ontzorgen.household.handlers.households import read_household
from services.ontzorgen.independence.handlers.policy import find_policy
from services.ontzorgen.independence.repository import self_reliance
from services.ontzorgen.independence.rules.my_month import MyMonth, show_my_month, summarise_statement
from services.ontzorgen.run.handlers.sealed_months import find_sealed_month
from shared.calendar import month_end, next_month
from shared.database.transactions import Transaction
from shared.http.requests import Caller, require_found


async def read_my_month(household_id: UUID, month: str, reader: Caller, tx: Transaction) -> MyMonth:
    """Return a month that can no longer be withdrawn: a proposal is nobody's month yet. The reading is logged."""
    household = await read_household(household_id, reader, tx)
    statement = require_found(await find_sealed_month(household_id, month, tx), "month")
    booked, charges = summarise_statement(statement)
    record = (await self_reliance.load_self_reliance(tx, [household_id]))[household_id]
    pay_day = find_policy(month_end(month), tx).pay_day
    return show_my_month(booked, charges, household.last_day, pay_day, record.list_kinds_let_go(next_month(month)))
