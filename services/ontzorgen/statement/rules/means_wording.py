"""What is taken off the norm and what is set aside, in words: income, reductions, attachments, holiday allowance.

Each line is text, cents and basis. What a month pays of the holiday allowance is stated in lines of zero cents, since
it is no part of what was available.
"""

from collections.abc import Iterator

from services.ontzorgen.statement.rules.assistance import find_right_days
from services.ontzorgen.statement.rules.attachments import list_attachments
from services.ontzorgen.statement.rules.income import split_income
from services.ontzorgen.statement.rules.month_rules import MonthRules
from services.ontzorgen.statement.rules.reductions import list_reductions
from services.ontzorgen.statement.rules.situation import PERSON, AttachmentKind, IncomeKind, Situation
from services.ontzorgen.statement.rules.statement import Statement

Words = tuple[str, int, str]

_MEANS = "Participatiewet art. 31(1) and 32"
_NOT_BELOW_ZERO = "Participatiewet art. 19(2)"
_REDUCTION = "Participatiewet art. 18(2)"
_RECLAIM = "Participatiewet art. 58"
_PAID_IN_JUNE = "Participatiewet art. 45(1)"
_INCOME = {
    IncomeKind.EARNINGS: "Earnings",
    IncomeKind.PART_BENEFIT: "Another benefit",
    IncomeKind.OTHER: "Other income",
}
_ATTACHMENTS = {
    AttachmentKind.ATTACHMENT: ("Attachment", "Wetboek van Burgerlijke Rechtsvordering art. 475c"),
    AttachmentKind.SET_OFF: ("Set-off", "Participatiewet art. 60(4)"),
}


def format_euros(cents: int) -> str:
    """Return an amount as the lines write it."""
    return f"EUR {cents // 100}.{cents % 100:02}"


def explain_income_counted(statement: Statement, situation: Situation, rules: MonthRules) -> Iterator[Words]:
    """Yield what income takes off the norm; together minus `income_cents`."""
    if not situation.income or (right_days := find_right_days(situation, rules)) is None:
        return
    all_cents = 0
    for terms, cents in split_income(situation, rules, *right_days):
        all_cents += cents
        whose = "" if terms.payee == PERSON else " of the partner"
        yield f"{_INCOME[terms.kind]}{whose}, taken off the norm", -cents, _MEANS
    exempt_cents = statement.income_exempt_cents
    if exempt_cents:
        article = rules.law.get_work_exemption(right_days[1]).article
        yield "Part of the earnings, exempt", exempt_cents, article
    if all_cents - exempt_cents > statement.income_cents:
        above_cents = all_cents - exempt_cents - statement.income_cents
        yield "Income above the norm, nothing is granted", above_cents, _NOT_BELOW_ZERO


def explain_reduction(statement: Statement, situation: Situation, rules: MonthRules) -> Iterator[Words]:
    """Yield what reductions take off the norm, in one line."""
    if statement.reduction_cents:
        first, last = find_right_days(situation, rules) or (rules.days.first, rules.days.last)
        percents = " and ".join(f"{terms.percent} %" for terms in list_reductions(situation, first, last))
        yield f"Reduction of {percents} for not meeting duties", -statement.reduction_cents, _REDUCTION


def explain_attachments(statement: Statement, situation: Situation, rules: MonthRules) -> Iterator[Words]:
    """Yield what attachments and set-offs take; a line of zero cents for one that the protected income leaves none."""
    right_days = find_right_days(situation, rules)
    cents_by_key = {attachment.key: attachment.cents for attachment in statement.attachments}
    for terms in list_attachments(situation, *right_days) if right_days and situation.attachments else ():
        name, basis = _ATTACHMENTS[terms.kind]
        cents = cents_by_key.get(terms.key, 0)
        protected = f", never below {format_euros(terms.protected_cents)}" if terms.protected_cents else ""
        lowered = f", {format_euros(cents)} of {format_euros(terms.amount_cents)}" if cents < terms.amount_cents else ""
        yield f"{name} for {terms.creditor}{protected}{lowered}", -cents, basis


def explain_holiday_money(statement: Statement, rules: MonthRules) -> Iterator[Words]:
    """Yield what leaves the holiday allowance that was set aside, in lines of zero cents."""
    paid_cents, handed_over_cents = statement.holiday_paid_cents, statement.holiday_handed_over_cents
    if paid_cents:
        days = " and ".join(dict.fromkeys(payment.on.isoformat() for payment in statement.holiday_payments))
        yield f"Holiday allowance of {format_euros(paid_cents)} that was set aside, paid on {days}", 0, _PAID_IN_JUNE
    beyond_cents = statement.holiday_beyond_right_cents
    if beyond_cents:
        text = f"Holiday allowance of {format_euros(beyond_cents)}, set aside beyond the right"
        yield f"{text}, handed over to the benefit administration", 0, _RECLAIM
        handed_over_cents -= beyond_cents
    if handed_over_cents:
        text = f"Holiday allowance of {format_euros(handed_over_cents)}, handed over to the benefit administration"
        yield text, 0, f"{rules.policy_basis}: holiday_at_relief_end"
