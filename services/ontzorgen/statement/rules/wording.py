"""A statement in lines: what each cent is, in words, with the article or the choice of policy that it rests on.

`explain_charges` sums to what was asked (charges and corrections), `explain_income` to what was available, attachments
taken off. Made only when someone reads a statement, never by a run.
"""

from collections.abc import Iterator
from typing import Any

from services.ontzorgen.policies.rules.law import RELIEF_MONTHS, NormCategory
from services.ontzorgen.policies.rules.relief import BY_LAW, GrantKind
from services.ontzorgen.statement.rules.discounts import find_agreement_percent
from services.ontzorgen.statement.rules.lines import Line, LineCode, build_line
from services.ontzorgen.statement.rules.means_wording import (
    explain_attachments,
    explain_holiday_money,
    explain_income_counted,
    explain_reduction,
    format_euros,
)
from services.ontzorgen.statement.rules.month_rules import IN_FULL_PERCENT, MonthRules, NormAmount, NormRule
from services.ontzorgen.statement.rules.monthly_charges import ChargeMonth, Correction, CreditorCredit
from services.ontzorgen.statement.rules.norm import NormPart, split_norm
from services.ontzorgen.statement.rules.situation import GrantTerms, Situation
from services.ontzorgen.statement.rules.statement import Statement, StatementStatus
from shared.calendar import month_of, period_end
from shared.events.codes import ChargeKind
from shared.money import round_half_up

RELIEF = "Participatiewet art. 56a"
LONGER = "Participatiewet art. 57"
_ALLOWANCES = "Participatiewet art. 31(2)(d)"
_GRANTS = {
    GrantKind.FURNISHING_CREDIT: "Participatiewet art. 51",
    GrantKind.ADVANCE: "Participatiewet art. 52",
}
_NORMS_CHANGE = "Participatiewet art. 38"
_SPECIAL_ASSISTANCE = "Participatiewet art. 35(1)"
_NORMS = {
    NormCategory.SINGLE_FROM_21: "one adult of 21 or older",
    NormCategory.COUPLE_FROM_21: "a couple of 21 or older",
    NormCategory.SINGLE_18_TO_20: "one adult of 18 to 20",
    NormCategory.COUPLE_18_TO_20: "a couple of 18 to 20",
    NormCategory.COUPLE_18_TO_20_WITH_CHILD: "a couple of 18 to 20 with a child",
    NormCategory.COUPLE_MIXED: "a couple, one of them 18 to 20",
    NormCategory.COUPLE_MIXED_WITH_CHILD: "a couple with a child, one of them 18 to 20",
    NormCategory.SINGLE_PENSION_AGE: "one adult of pension age",
    NormCategory.COUPLE_PENSION_AGE: "a couple of pension age",
    NormCategory.SINGLE_IN_INSTITUTION: "one adult in an institution",
    NormCategory.COUPLE_IN_INSTITUTION: "a couple in an institution",
}
_ADDITIONS = {
    NormCategory.YOUTH_SUPPLEMENT: "Supplement for the young whose parents cannot support them",
    NormCategory.SINGLE_IN_INSTITUTION_ADDITION: "Addition for health insurance in an institution",
    NormCategory.COUPLE_IN_INSTITUTION_ADDITION: "Addition for health insurance in an institution",
    NormCategory.CHILD_ADDITION: "Addition for a child, beside a spouse without a right",
}
_RULES = {
    NormRule.ROW: "",
    NormRule.COST_SHARERS: ", sharing costs",
    NormRule.SPOUSE_WITHOUT_RIGHT: ", half of it beside a spouse without a right",
    NormRule.DECISION: " beside a spouse without a right, as decided",
}
_ARTICLES_OF_RULES = {
    NormRule.SPOUSE_WITHOUT_RIGHT: "Participatiewet art. 24",
    NormRule.DECISION: "Participatiewet art. 18(1)",
}


def explain_charges(statement: Statement, situation: Situation, rules: MonthRules) -> tuple[Line, ...]:
    """Return what was asked: charges, corrections, and in lines of zero cents what is left to the person."""
    return tuple(_list_charge_lines(statement, situation, rules))


def explain_income(statement: Statement, situation: Situation, rules: MonthRules) -> tuple[Line, ...]:
    """Return what was available: norm, what is taken off it, holiday reserve, attachments, routed allowances, grants.

    In lines of zero cents what attachments could not take, and what is paid of the holiday allowance.
    """
    holiday_money = tuple(explain_holiday_money(statement, rules))
    if statement.status is StatementStatus.NO_RIGHT:
        return holiday_money
    granted = [line for line in _list_granted_lines(statement, situation, rules) if line.cents]
    attachments = explain_attachments(statement, situation, rules)
    added = [line for line in _list_added_lines(statement, situation, rules) if line.cents]
    return (*granted, *attachments, *added, *holiday_money)


def explain_credits(statement: Statement, situation: Situation, rules: MonthRules) -> Iterator[Line]:
    """Yield lines of zero cents that say what creditors owe while nothing is due to them."""
    for credit in statement.creditor_credits:
        too_much = format_euros(credit.cents)
        text = f"{_describe(credit)}: {too_much} paid too much, waits until something is due to this creditor"
        basis = _find_basis(credit, statement, situation, rules, is_ahead=False)
        text = f"{text} or it pays back"
        yield build_line(LineCode.CREDIT_WAITING, text, 0, basis, credit_cents=credit.cents, **describe_charge(credit))


def _list_charge_lines(statement: Statement, situation: Situation, rules: MonthRules) -> Iterator[Line]:
    for charge in statement.charges:
        is_ahead = charge.for_month > statement.month
        ahead = ", paid ahead" if is_ahead else ""
        text = f"{_describe(charge)}{ahead}{_describe_unpaid(charge.due_cents, charge.paid_cents)}"
        basis = _find_basis(charge, statement, situation, rules, is_ahead=is_ahead)
        parameters = {**describe_charge(charge), "paid_cents": charge.paid_cents, "is_ahead": is_ahead}
        yield build_line(LineCode.CHARGE, text, charge.due_cents, basis, **parameters)
    for correction in statement.corrections:
        basis = _find_basis(correction, statement, situation, rules, is_ahead=False)
        yield _explain_correction(correction, basis)
    yield from explain_credits(statement, situation, rules)
    for kind in statement.left_to_person:
        text, basis = f"{_name(kind)}: not withheld, left to the person", f"{rules.policy_basis}: packages"
        yield build_line(LineCode.LEFT_TO_PERSON, text, 0, basis, kind=kind)
    if statement.status in (StatementStatus.OK, StatementStatus.SHORTFALL):
        for claim in situation.claims:
            text = f"Debt to {claim.creditor}: recorded, never withheld"
            yield build_line(LineCode.DEBT_RECORDED, text, 0, RELIEF, creditor=claim.creditor)
    if statement.norm_outdated and statement.status is not StatementStatus.NO_RIGHT:
        text = "The norms of this month are not entered yet: paid by the newest known ones"
        yield build_line(LineCode.NORMS_OUTDATED, text, 0, _NORMS_CHANGE)


def describe_charge(line: ChargeMonth | Correction | CreditorCredit) -> dict[str, Any]:
    """Return the parameters of a line about one charge."""
    return {"kind": line.kind, "creditor": line.creditor, "for_month": line.for_month}


def _explain_correction(correction: Correction, basis: str) -> Line:
    unpaid = _describe_unpaid(correction.cents, correction.paid_cents)
    parameters = {**describe_charge(correction), "paid_cents": correction.paid_cents}
    if correction.unpaid_in is not None:
        code, parameters = LineCode.CORRECTION_UNPAID_THEN, {**parameters, "unpaid_in": correction.unpaid_in}
        text = f"{_describe(correction)}, unpaid then{unpaid or ', paid now'}"
    elif correction.cents > 0:
        code = LineCode.CORRECTION_KNOWN_LATE
        text = f"Correction of {_describe(correction, lower=True)}, known late{unpaid}"
    else:
        code = LineCode.CORRECTION_PAID_TOO_MUCH
        text = f"Correction of {_describe(correction, lower=True)}, paid too much and set off{unpaid}"
    return build_line(code, text, correction.cents, basis, **parameters)


def _describe(line: ChargeMonth | Correction | CreditorCredit, *, lower: bool = False) -> str:
    """Return what is asked for which month and by whom; a creditor that is named after its kind is not repeated."""
    kind = _name(line.kind)
    creditor = "" if line.creditor == line.kind else f" to {line.creditor}"
    return f"{kind.lower() if lower and kind != 'TV' else kind} for {line.for_month}{creditor}"


def _describe_unpaid(due_cents: int, paid_cents: int) -> str:
    """Return how much of it is paid where the money does not reach; nothing when it is paid in full."""
    if paid_cents == due_cents:
        return ""
    if not paid_cents:
        return ", not paid: the money does not reach"
    return f", {format_euros(paid_cents)} of it paid: the money does not reach further"


def _find_basis(
    line: ChargeMonth | Correction | CreditorCredit,
    statement: Statement,
    situation: Situation,
    rules: MonthRules,
    *,
    is_ahead: bool,
) -> str:
    """Return the agreement or the choice of policy where one shaped the amount or the moment, else the article."""
    terms = rules.kinds[situation.self_reliance].get(line.kind)  # None where the kind is left to the person by now
    percent = find_agreement_percent(situation, line.key, line.for_month, terms)
    policy_percent = IN_FULL_PERCENT - terms.payable_percent if terms else 0
    if percent > policy_percent:
        return f"agreement with {line.creditor}: {percent} % off"
    if policy_percent:
        return f"{rules.policy_basis}: discount_percent"
    if is_ahead and situation.prepay is None:
        return f"{rules.policy_basis}: prepay"
    if statement.month > month_of(period_end(situation.right_from, RELIEF_MONTHS)):
        return LONGER
    return RELIEF if line.kind in BY_LAW else f"{rules.policy_basis}: packages"


def _list_granted_lines(statement: Statement, situation: Situation, rules: MonthRules) -> Iterator[Line]:
    """Yield what is granted and paid: the norm, less income and reduction, less what is set aside of it."""
    yield from _list_norm_lines(situation, rules)
    yield from explain_income_counted(statement, situation, rules)
    yield from explain_reduction(statement, situation, rules)
    set_aside_cents, article = statement.holiday_reserve_cents, rules.law.holiday_article
    yield build_line(LineCode.HOLIDAY_SET_ASIDE, "Holiday allowance, set aside", -set_aside_cents, article)


def _list_added_lines(statement: Statement, situation: Situation, rules: MonthRules) -> Iterator[Line]:
    """Yield what comes beside the benefit: routed allowances and grants."""
    month = statement.month
    for allowance in situation.allowances:
        is_running = (allowance.from_month or month) <= month <= (allowance.until_month or month)
        if allowance.is_routed and is_running:
            text, kind = f"{_name(allowance.kind)}, paid through the municipality", allowance.kind
            yield build_line(LineCode.ALLOWANCE_ROUTED, text, allowance.amount_cents, _ALLOWANCES, kind=kind)
    for grant in situation.grants:
        if grant.month == month:
            text = "Other grant" if grant.kind is GrantKind.OTHER else _name(grant.kind)
            basis = _find_grant_basis(grant, rules)
            yield build_line(LineCode.GRANT, text, grant.amount_cents, basis, kind=grant.kind)


def _list_norm_lines(situation: Situation, rules: MonthRules) -> Iterator[Line]:
    """Yield a line for each amount of each stretch of days with one norm; rounded so that they sum up."""
    first = max(rules.days.first, situation.right_from)
    last = min(rules.days.last, situation.right_until or rules.days.last)
    days = rules.days.days
    numerator = cents_before = 0
    for part in split_norm(situation, rules, first, last):
        for amount in part.norm.amounts:
            numerator += amount.cents * part.days
            cents_until = round_half_up(numerator, days)
            yield _explain_norm(amount, part, rules, cents_until - cents_before)
            cents_before = cents_until


def _explain_norm(amount: NormAmount, part: NormPart, rules: MonthRules, cents: int) -> Line:
    addition, days = _ADDITIONS.get(amount.category), rules.days.days
    text = addition or f"Norm for {_NORMS[amount.category]}{_RULES[amount.rule]}"
    stretch = "" if part.days == days else f", {part.days} of {days} days"
    return build_line(
        LineCode.NORM_ADDITION if addition else LineCode.NORM,
        f"{text}{stretch}",
        cents,
        f"{_find_article(amount, part, rules)}, table of {part.law.norms.valid_from}",
        category=amount.category,
        rule=amount.rule,
        days=part.days,
        days_of_month=days,
    )


def _find_article(amount: NormAmount, part: NormPart, rules: MonthRules) -> str:
    if amount.rule is NormRule.COST_SHARERS:
        return part.law.cost_sharers.article
    return _ARTICLES_OF_RULES.get(amount.rule) or rules.law.articles[amount.category]


def _find_grant_basis(grant: GrantTerms, rules: MonthRules) -> str:
    key = rules.policy.find_grant_key(grant.kind)
    return f"{rules.policy_basis}: {key}" if key else _GRANTS.get(grant.kind, _SPECIAL_ASSISTANCE)


def _name(code: str) -> str:
    return "TV" if code == ChargeKind.TV else code.replace("_", " ").capitalize()
