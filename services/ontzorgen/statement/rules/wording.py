"""A statement in lines: what each cent is, in words, with the article or the choice of policy that it rests on.

`lines_of` sums to what was asked (charges and corrections), `income_lines` to what was available. Made only when
someone reads a statement, never by a run.
"""

from collections.abc import Iterator
from typing import NamedTuple

from services.ontzorgen.policies.rules.law import NormCategory
from services.ontzorgen.statement.rules.month_rules import MonthRules
from services.ontzorgen.statement.rules.monthly_charges import RELIEF_MONTHS, ChargeMonth, Correction, Waiting
from services.ontzorgen.statement.rules.norm import NormPart, norm_parts
from services.ontzorgen.statement.rules.situation import GrantKind, GrantTerms, Situation
from services.ontzorgen.statement.rules.statement import Statement, StatementStatus
from shared.calendar import month_of, period_end
from shared.events.codes import ChargeKind

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
}
_BY_LAW = (ChargeKind.RENT, ChargeKind.HEALTH_INSURANCE, ChargeKind.ENERGY, ChargeKind.WATER)


class Line(NamedTuple):
    """One line of a statement."""

    text: str
    cents: int
    basis: str


def lines_of(made: Statement, situation: Situation, rules: MonthRules) -> tuple[Line, ...]:
    """What was asked: charges, corrections, and in lines of nothing what is left to the person."""
    return tuple(_lines(made, situation, rules))


def income_lines(made: Statement, situation: Situation, rules: MonthRules) -> tuple[Line, ...]:
    """What was available: norm, supplement, holiday reserve, routed allowances, grants."""
    if made.status is StatementStatus.NO_RIGHT:
        return ()
    return tuple(line for line in _income(made, situation, rules) if line.cents)


def _lines(made: Statement, situation: Situation, rules: MonthRules) -> Iterator[Line]:
    for one in made.charges:
        is_ahead = one.for_month > made.month
        text = f"{_asked(one)}{', paid ahead' if is_ahead else ''}{_short(one.due_cents, one.paid_cents)}"
        yield Line(text, one.due_cents, _basis(one.kind, made, situation, rules, is_ahead=is_ahead))
    for late in made.corrections:
        yield Line(_late(late), late.cents, _basis(late.kind, made, situation, rules, is_ahead=False))
    yield from waiting_lines(made, situation, rules)
    for kind in made.left_to_person:
        yield Line(f"{_words(kind)}: not withheld, left to the person", 0, f"{rules.policy_basis}: packages")
    if made.status in (StatementStatus.OK, StatementStatus.SHORTFALL):
        for claim in situation.claims:
            yield Line(f"Debt to {claim.creditor}: recorded, never withheld", 0, RELIEF)
    if made.norm_outdated and made.status is not StatementStatus.NO_RIGHT:
        yield Line("The norms of this month are not entered yet: paid by the newest known ones", 0, _NORMS_CHANGE)


def waiting_lines(made: Statement, situation: Situation, rules: MonthRules) -> Iterator[Line]:
    """Lines of nothing that say what creditors owe and nothing is due to them for."""
    for one in made.waiting:
        text = f"{_asked(one)}: {_euros(one.cents)} paid too much, waits until something is due to this creditor"
        yield Line(f"{text} or it pays back", 0, _basis(one.kind, made, situation, rules, is_ahead=False))


def _late(late: Correction) -> str:
    short = _short(late.cents, late.paid_cents)
    if late.unpaid_in is not None:
        return f"{_asked(late)}, unpaid then{short or ', paid now'}"
    known = "known late" if late.cents > 0 else "paid too much and set off"
    return f"Correction of {_asked(late, lower=True)}, {known}{short}"


def _asked(one: ChargeMonth | Correction | Waiting, *, lower: bool = False) -> str:
    """What is asked for which month and by whom; a creditor without a name goes by the kind and is not said twice."""
    kind = _words(one.kind)
    creditor = "" if one.creditor == one.kind else f" to {one.creditor}"
    return f"{kind.lower() if lower and kind != 'TV' else kind} for {one.for_month}{creditor}"


def _short(due_cents: int, paid_cents: int) -> str:
    """How much of it is paid when the money does not reach; nothing when it is paid in full."""
    if paid_cents == due_cents:
        return ""
    if not paid_cents:
        return ", not paid: the money does not reach"
    return f", {_euros(paid_cents)} of it paid: the money does not reach further"


def _euros(cents: int) -> str:
    return f"EUR {cents // 100}.{cents % 100:02}"


def _basis(kind: ChargeKind, made: Statement, situation: Situation, rules: MonthRules, *, is_ahead: bool) -> str:
    """The choice of policy where one shaped the amount or the moment, else the article."""
    terms = rules.kinds[situation.self_reliance].get(kind)  # none where the kind is left to the person by now
    if terms is not None and terms.percent < 100:  # noqa: PLR2004 - a whole
        return f"{rules.policy_basis}: discount_percent"
    if is_ahead and situation.prepay is None:
        return f"{rules.policy_basis}: prepay"
    if made.month > month_of(period_end(situation.right_from, RELIEF_MONTHS)):
        return LONGER
    return RELIEF if kind in _BY_LAW else f"{rules.policy_basis}: packages"


def _income(made: Statement, situation: Situation, rules: MonthRules) -> Iterator[Line]:
    yield from _norm_lines(situation, rules)
    yield Line("Holiday allowance, set aside", -made.holiday_reserve_cents, rules.law.holiday_article)
    for allowance in situation.allowances:
        has_begun = (allowance.from_month or made.month) <= made.month <= (allowance.until_month or made.month)
        if allowance.is_routed and has_begun:
            yield Line(f"{_words(allowance.kind)}, paid through the municipality", allowance.amount_cents, _ALLOWANCES)
    for grant in situation.grants:
        if grant.month == made.month:
            text = "Other grant" if grant.kind is GrantKind.OTHER else _words(grant.kind)
            yield Line(text, grant.amount_cents, _grant_basis(grant, rules))


def _norm_lines(situation: Situation, rules: MonthRules) -> Iterator[Line]:
    """A line for each stretch of days with one norm, and one for its supplement; rounded so that they sum up."""
    first = max(rules.days.first, situation.right_from)
    last = min(rules.days.last, situation.right_until or rules.days.last)
    days = rules.days.days
    numerator = before = 0
    for part in norm_parts(situation, rules, first, last):
        for cents, text, basis in _parts(part, rules):
            numerator += cents * part.days
            until = (2 * numerator + days) // (2 * days)
            stretch = "" if part.days == days else f", {part.days} of {days} days"
            yield Line(f"{text}{stretch}", until - before, basis)
            before = until


def _parts(part: NormPart, rules: MonthRules) -> Iterator[tuple[int, str, str]]:
    norm, law = part.norm, part.law
    table = f"table of {law.norms.valid_from}"
    article = law.cost_sharers.article if norm.shared else rules.law.articles[norm.category]
    name = f"Norm for {_NORMS[norm.category]}{', sharing costs' if norm.shared else ''}"
    yield norm.cents - norm.supplement_cents, name, f"{article}, {table}"
    if norm.supplement_cents:
        article = rules.law.articles[NormCategory.YOUTH_SUPPLEMENT]
        yield (
            norm.supplement_cents,
            "Supplement for the young whose parents can not support them",
            f"{article}, {table}",
        )


def _grant_basis(grant: GrantTerms, rules: MonthRules) -> str:
    key = rules.policy.grant_key(grant.kind)
    return f"{rules.policy_basis}: {key}" if key else _GRANTS.get(grant.kind, _SPECIAL_ASSISTANCE)


def _words(code: str) -> str:
    return "TV" if code == ChargeKind.TV else code.replace("_", " ").capitalize()
