"""What is taken off the norm and what is set aside, in words: income, reductions, attachments, holiday allowance.

What a month pays of the holiday allowance is stated in lines of zero cents, since
it is no part of what was available.
"""

from collections.abc import Iterator

from services.ontzorgen.statement.rules.assistance import find_right_days
from services.ontzorgen.statement.rules.attachments import list_attachments
from services.ontzorgen.statement.rules.income import split_income
from services.ontzorgen.statement.rules.lines import Line, LineCode, build_line
from services.ontzorgen.statement.rules.month_rules import MonthRules
from services.ontzorgen.statement.rules.reductions import list_reductions
from services.ontzorgen.statement.rules.situation import PERSON, AttachmentKind, IncomeKind, Situation
from services.ontzorgen.statement.rules.statement import Statement

_MEANS = "Participatiewet art. 31(1) and 32"
_NOT_BELOW_ZERO = "Participatiewet art. 19(2)"
_REDUCTION = "Participatiewet art. 18(2)"
_RECLAIM = "Participatiewet art. 58"
_HANDED_OVER = ", handed over to the benefit administration"
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


def explain_income_counted(statement: Statement, situation: Situation, rules: MonthRules) -> Iterator[Line]:
    """Yield what income takes off the norm; together minus `income_cents`."""
    if not situation.income or (right_days := find_right_days(situation, rules)) is None:
        return
    all_cents = 0
    for terms, cents in split_income(situation, rules, *right_days):
        all_cents += cents
        whose = "" if terms.payee == PERSON else " of the partner"
        text = f"{_INCOME[terms.kind]}{whose}, taken off the norm"
        yield build_line(LineCode.INCOME_COUNTED, text, -cents, _MEANS, kind=terms.kind, payee=terms.payee)
    exempt_cents = statement.income_exempt_cents
    if exempt_cents:
        article = rules.law.get_work_exemption(right_days[1]).article
        yield build_line(LineCode.INCOME_EXEMPT, "Part of the earnings, exempt", exempt_cents, article)
    if all_cents - exempt_cents > statement.income_cents:
        above_cents = all_cents - exempt_cents - statement.income_cents
        text = "Income above the norm, nothing is granted"
        yield build_line(LineCode.INCOME_ABOVE_NORM, text, above_cents, _NOT_BELOW_ZERO)


def explain_reduction(statement: Statement, situation: Situation, rules: MonthRules) -> Iterator[Line]:
    """Yield what reductions take off the norm, in one line."""
    if statement.reduction_cents:
        first, last = find_right_days(situation, rules) or (rules.days.first, rules.days.last)
        percents = tuple(terms.percent for terms in list_reductions(situation, first, last))
        named = " and ".join(f"{percent} %" for percent in percents)
        text, cents = f"Reduction of {named} for not meeting duties", -statement.reduction_cents
        yield build_line(LineCode.REDUCTION, text, cents, _REDUCTION, percents=percents)


def explain_attachments(statement: Statement, situation: Situation, rules: MonthRules) -> Iterator[Line]:
    """Yield what attachments and set-offs take; a line of zero cents for one that the protected income leaves none."""
    right_days = find_right_days(situation, rules)
    cents_by_key = {attachment.key: attachment.cents for attachment in statement.attachments}
    for terms in list_attachments(situation, *right_days) if right_days and situation.attachments else ():
        name, basis = _ATTACHMENTS[terms.kind]
        cents = cents_by_key.get(terms.key, 0)
        protected = f", never below {format_euros(terms.protected_cents)}" if terms.protected_cents else ""
        lowered = f", {format_euros(cents)} of {format_euros(terms.amount_cents)}" if cents < terms.amount_cents else ""
        yield build_line(
            LineCode.ATTACHMENT,
            f"{name} for {terms.creditor}{protected}{lowered}",
            -cents,
            basis,
            kind=terms.kind,
            creditor=terms.creditor,
            asked_cents=terms.amount_cents,
            protected_cents=terms.protected_cents,
        )


def explain_holiday_money(statement: Statement, rules: MonthRules) -> Iterator[Line]:
    """Yield what leaves the holiday allowance that was set aside, in lines of zero cents."""
    paid_cents, handed_over_cents = statement.holiday_paid_cents, statement.holiday_handed_over_cents
    if paid_cents:
        days = tuple(dict.fromkeys(payment.on.isoformat() for payment in statement.holiday_payments))
        text = f"Holiday allowance of {format_euros(paid_cents)} that was set aside, paid on {' and '.join(days)}"
        yield build_line(LineCode.HOLIDAY_PAID, text, 0, _PAID_IN_JUNE, paid_cents=paid_cents, paid_on=days)
    beyond_cents = statement.holiday_beyond_right_cents
    if beyond_cents:
        text = f"Holiday allowance of {format_euros(beyond_cents)}, set aside beyond the right{_HANDED_OVER}"
        yield build_line(LineCode.HOLIDAY_BEYOND_RIGHT, text, 0, _RECLAIM, handed_over_cents=beyond_cents)
        handed_over_cents -= beyond_cents
    if handed_over_cents:
        text = f"Holiday allowance of {format_euros(handed_over_cents)}{_HANDED_OVER}"
        basis = f"{rules.policy_basis}: holiday_at_relief_end"
        yield build_line(LineCode.HOLIDAY_HANDED_OVER, text, 0, basis, handed_over_cents=handed_over_cents)
