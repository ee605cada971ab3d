"""A month explained, line by line: what each cent is, and the article or choice of policy that it rests on."""

from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

from services.ontzorgen.household.handlers.situations import load_situations
from services.ontzorgen.policies.handlers import load_law, policy_in_force
from services.ontzorgen.run.repository import months
from services.ontzorgen.statement.rules.lines import Line, LineCode, build_line
from services.ontzorgen.statement.rules.means_wording import explain_holiday_money
from services.ontzorgen.statement.rules.month_rules import MonthRules
from services.ontzorgen.statement.rules.statement import Statement, compute_statement
from services.ontzorgen.statement.rules.wording import (
    describe_charge,
    explain_charges,
    explain_credits,
    explain_income,
)
from shared.calendar import month_start
from shared.database.transactions import Transaction
from shared.errors.refusals import RefusedError
from shared.http.requests import require_found

_AS_RUN = "as run"


@dataclass(frozen=True)
class Explanation:
    """The lines of a month. `is_as_run` is False if the file has changed since: then the lines are only those run."""

    month: str
    is_as_run: bool
    income: tuple[Line, ...]
    lines: tuple[Line, ...]


async def explain_month(household_id: UUID, month: str, tx: Transaction) -> Explanation:
    """Explain a month from the household's file, if the file still gives what was run."""
    household_month = require_found(await months.find_month(tx, household_id, month), "month")
    (household,) = await load_situations([household_id], tx)
    run, situation = household_month.statement, household.situation
    rules = MonthRules.resolve(load_law(), policy_in_force(tx.municipality, month_start(month)), month)
    try:
        now = compute_statement(situation, rules, month)
        is_as_run = (now.charges, now.available_cents) == (run.charges, run.available_cents)
    except RefusedError:
        is_as_run = False
    if is_as_run:
        return Explanation(month, True, explain_income(run, situation, rules), explain_charges(run, situation, rules))
    lines = (*_lines_as_run(run), *explain_credits(run, situation, rules))
    return Explanation(month, False, _income_as_run(run, rules), lines)


def _income_as_run(run: Statement, rules: MonthRules) -> tuple[Line, ...]:
    lines = (
        build_line(LineCode.PAYABLE_AS_RUN, "payable", run.payable_cents, _AS_RUN),
        build_line(LineCode.ATTACHMENTS_AS_RUN, "attachments and set-offs", -run.attachment_cents, _AS_RUN),
        build_line(LineCode.ALLOWANCES_AS_RUN, "routed allowances", run.routed_allowances_cents, _AS_RUN),
        build_line(LineCode.GRANTS_AS_RUN, "grants", run.grants_cents, _AS_RUN),
    )
    return (*(line for line in lines if line.cents), *explain_holiday_money(run, rules))


def _lines_as_run(run: Statement) -> Iterator[Line]:
    for due in run.charges:
        text = f"{due.kind} for {due.for_month} to {due.creditor}"
        yield build_line(LineCode.CHARGE_AS_RUN, text, due.due_cents, _AS_RUN, **describe_charge(due))
    for late in run.corrections:
        text = f"correction of {late.kind} for {late.for_month}"
        yield build_line(LineCode.CORRECTION_AS_RUN, text, late.cents, _AS_RUN, **describe_charge(late))
