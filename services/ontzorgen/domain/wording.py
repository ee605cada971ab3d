"""A statement in lines: what each cent is, in words, with the article or the choice of policy that it rests on.

`lines_of` sums to what was asked (charges and corrections), `income_lines` to what was available. Made only when
someone reads a statement, never by a run.
"""

from collections.abc import Iterator
from typing import NamedTuple

from services.ontzorgen.domain.bill import RELIEF_MONTHS
from services.ontzorgen.domain.law import NormCategory
from services.ontzorgen.domain.norm import NormPart, norm_parts
from services.ontzorgen.domain.rules import MonthRules
from services.ontzorgen.domain.situation import GrantKind, GrantTerms, Situation
from services.ontzorgen.domain.statement import Statement, StatementStatus
from shared.calendar import month_of, period_end
from shared.events.codes import ChargeKind

RELIEF = "Participatiewet art. 56a"
LONGER = "Participatiewet art. 57"
_ALLOWANCES = "Participatiewet art. 31(2)(d)"
_GRANTS = {
    GrantKind.FURNISHING_CREDIT: "Participatiewet art. 51",
    GrantKind.ADVANCE: "Participatiewet art. 52",
}
_SPECIAL_ASSISTANCE = "Participatiewet art. 35(1)"
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
        ahead = ", paid ahead" if one.for_month > made.month else ""
        text = f"{_words(one.kind)} for {one.for_month} to {one.creditor}{ahead}"
        yield Line(text, one.due_cents, _basis(one.kind, made, situation, rules, is_ahead=bool(ahead)))
    for late in made.corrections:
        text = f"Correction of {_words(late.kind).lower()} for {late.for_month}, {late.creditor}"
        yield Line(text, late.cents, _basis(late.kind, made, situation, rules, is_ahead=False))
    for kind in made.left_to_person:
        yield Line(f"{_words(kind)}: not withheld, left to the person", 0, f"{rules.policy_basis}: packages")
    if made.status in (StatementStatus.OK, StatementStatus.SHORTFALL):
        for claim in situation.claims:
            yield Line(f"Debt to {claim.creditor}: recorded, never withheld", 0, RELIEF)


def _basis(kind: ChargeKind, made: Statement, situation: Situation, rules: MonthRules, *, is_ahead: bool) -> str:
    """The choice of policy where one shaped the amount or the moment, else the article."""
    if rules.kinds[situation.self_reliance][kind].percent < 100:  # noqa: PLR2004 - a whole
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
            yield Line(f"{_words(allowance.kind)}, routed", allowance.amount_cents, _ALLOWANCES)
    for grant in situation.grants:
        if grant.month == made.month:
            yield Line(_words(grant.kind), grant.amount_cents, _grant_basis(grant, rules))


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
    name = f"Norm {_words(norm.category).lower()}{', sharing costs' if norm.shared else ''}"
    yield norm.cents - norm.supplement_cents, name, f"{article}, {table}"
    if norm.supplement_cents:
        article = rules.law.articles[NormCategory.YOUTH_SUPPLEMENT]
        yield norm.supplement_cents, "Supplement, parents can not support", f"{article}, {table}"


def _grant_basis(grant: GrantTerms, rules: MonthRules) -> str:
    key = rules.policy.grant_key(grant.kind)
    return f"{rules.policy_basis}: {key}" if key else _GRANTS.get(grant.kind, _SPECIAL_ASSISTANCE)


def _words(code: str) -> str:
    return "TV" if code == ChargeKind.TV else code.replace("_", " ").capitalize()
