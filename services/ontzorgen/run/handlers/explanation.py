"""A month explained, line by line: what each cent is, and the article or choice of policy that it rests on."""

from dataclasses import dataclass
from uuid import UUID

from services.ontzorgen.household.repository import file
from services.ontzorgen.policies.handlers import load_law, policy_in_force
from services.ontzorgen.run.repository import months
from services.ontzorgen.statement.rules.month_rules import MonthRules
from services.ontzorgen.statement.rules.statement import compute_statement
from services.ontzorgen.statement.rules.wording import Line, explain_charges, explain_credits, explain_income
from shared.calendar import month_start
from shared.database.transactions import Transaction
from shared.errors.refusals import RefusedError
from shared.http.requests import not_found


@dataclass(frozen=True)
class Explanation:
    """The lines of a month. `is_as_run` is False when the file has changed since: then only what was run is said."""

    month: str
    is_as_run: bool
    income: tuple[Line, ...]
    lines: tuple[Line, ...]


async def explain(household_id: UUID, month: str, tx: Transaction) -> Explanation:
    """Explained from the file where it still says what it said when the month was run."""
    kept = await months.month(tx, household_id, month)
    (loaded,) = await file.situations(tx, [household_id])
    if kept is None:
        raise not_found("month")
    made, situation = kept.statement, loaded.situation
    rules = MonthRules.resolve(load_law(), policy_in_force(tx.municipality, month_start(month)), month)
    try:
        again = compute_statement(situation, rules, month)
        is_as_run = (again.charges, again.available_cents) == (made.charges, made.available_cents)
    except RefusedError:
        is_as_run = False
    if is_as_run:
        return Explanation(month, True, explain_income(made, situation, rules), explain_charges(made, situation, rules))
    plain = [Line(f"{one.kind} for {one.for_month} to {one.creditor}", one.due_cents, "as run") for one in made.charges]
    late = [Line(f"correction of {one.kind} for {one.for_month}", one.cents, "as run") for one in made.corrections]
    income = [
        Line("payable", made.payable_cents, "as run"),
        Line("routed allowances", made.routed_allowances_cents, "as run"),
        Line("grants", made.grants_cents, "as run"),
    ]
    waits = explain_credits(made, situation, rules)
    return Explanation(month, False, tuple(line for line in income if line.cents), (*plain, *late, *waits))
