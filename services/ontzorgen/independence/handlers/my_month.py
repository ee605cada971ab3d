"""A household's own view of a month, from the statement that was run, with what of it is one person's."""

from dataclasses import replace
from datetime import date
from uuid import UUID

from services.ontzorgen.household.handlers.file import list_claims
from services.ontzorgen.household.handlers.households import read_household
from services.ontzorgen.household.handlers.situations import load_situations
from services.ontzorgen.household.rules.household import Household
from services.ontzorgen.household.rules.people import find_role
from services.ontzorgen.independence.handlers.courses import follow_courses
from services.ontzorgen.independence.repository import self_reliance
from services.ontzorgen.independence.repository.coaching import find_coaching
from services.ontzorgen.independence.rules.measurements import find_class, select_of_person
from services.ontzorgen.independence.rules.my_month import MyMonth, show_my_month, summarise_statement
from services.ontzorgen.independence.rules.own_month import OwnMonth, list_courses, list_debts, sum_received
from services.ontzorgen.independence.rules.self_reliance import SelfReliance
from services.ontzorgen.policies.handlers import load_law, policy_in_force
from services.ontzorgen.run.handlers.sealed_months import find_sealed_month
from services.ontzorgen.run.rules.month import find_bank_day
from services.ontzorgen.statement.rules.month_rules import MonthRules
from services.ontzorgen.statement.rules.payouts import list_pay_dates
from services.ontzorgen.statement.rules.statement import Statement
from shared.calendar import month_end, month_start, next_month
from shared.database.transactions import Transaction
from shared.http.requests import require_found


async def read_my_month(household_id: UUID, month: str, person_id: UUID | None, tx: Transaction) -> MyMonth:
    """Return a month that can no longer be withdrawn: a proposal is nobody's month yet. The reading is logged.

    `person_id` says whose own part it shows; None: the household's own person's.
    """
    household = await read_household(household_id, tx)
    statement = require_found(await find_sealed_month(household_id, month, tx), "month")
    booked, charges = summarise_statement(statement)
    record = (await self_reliance.load_self_reliance(tx, [household_id]))[household_id]
    kinds_let_go = record.list_kinds_let_go(next_month(month))
    pay_on = await _find_pay_day(household_id, next_month(month), tx)
    my_month = show_my_month(booked, charges, household.last_day, pay_on, kinds_let_go)
    own = await _load_own_month(household, record, statement, person_id or household.person_id, tx)
    return replace(my_month, own=own)


async def _find_pay_day(household_id: UUID, month: str, tx: Transaction) -> date:
    """Return the first day of a month on which the bank pays the household's money, by what is on record now."""
    (loaded,) = await load_situations([household_id], tx)
    rules = MonthRules.resolve(load_law(), policy_in_force(tx.municipality, month_start(month)), month)
    first = list_pay_dates(loaded.situation, rules)[0]
    return find_bank_day(first, first)


async def _load_own_month(
    household: Household, record: SelfReliance, statement: Statement, person_id: UUID, tx: Transaction
) -> OwnMonth:
    last_day = month_end(statement.month)
    role = require_found(find_role(household, record.others, person_id), "person")
    coaching = await find_coaching(tx, household.id, person_id)
    return OwnMonth(
        person_id=person_id,
        role=role,
        self_reliance=find_class(select_of_person(record.measurements, person_id), last_day),
        received_cents=sum_received(statement, role),
        debts=list_debts(await list_claims(household.id, tx), person_id, last_day),
        courses=list_courses(await follow_courses(household.id, person_id, last_day, tx)),
        coaching_until=coaching.last_day if coaching is not None and coaching.is_open(last_day) else None,
    )
