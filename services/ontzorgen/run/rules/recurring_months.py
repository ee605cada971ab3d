"""Recurring months: the same charges are due each month, and only the norm follows the law's tables.

Such a month need not be computed. `find_recurring_months` says of a file from which month until which one its months
recur; then `statement` gives, in each of those months, these charges paid in full, the norm of `recurring_norms`, and
what is left as one payment on the policy's day, or as one to each of a couple. Whatever may make a month differ,
however seldom, makes it one that is computed: a part month, a birthday that matters, a version that begins or ends,
money that is routed or granted, income, an attachment, and June and the last month, in which holiday allowance leaves
what is set aside. So does what became known late, until it is settled.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from hashlib import sha256
from typing import Final, NamedTuple

from services.ontzorgen.household.rules.file import MonthsInput
from services.ontzorgen.policies.rules.law import FULL_NORM_YEARS
from services.ontzorgen.statement.rules.corrections import Settled, find_late_keys
from services.ontzorgen.statement.rules.due import Due, compute_part_cents, cut_versions, group_by_key
from services.ontzorgen.statement.rules.holiday import is_june
from services.ontzorgen.statement.rules.month_rules import MonthRules
from services.ontzorgen.statement.rules.monthly_charges import compute_monthly_charges, find_last_month
from services.ontzorgen.statement.rules.norm import find_composition
from services.ontzorgen.statement.rules.situation import Adult, ChargeTerms, Composition, Situation
from services.ontzorgen.statement.rules.statement import compute_statement
from shared.calendar import add_months, month_of, month_start
from shared.events import ChargeLine
from shared.events.codes import ChargeKind, HouseholdType, SelfRelianceClass
from shared.events.ontzorgen import CHARGE_LINES_MAX

COST_SHARERS_MAX: Final = 4  # more are rare, and are computed
OLD_YEARS: Final = 60  # safely before any pension age that a table has or will have
_NEVER: Final = ""
_ADULTS: Final = {HouseholdType.SINGLE: 1, HouseholdType.SINGLE_PARENT: 1, HouseholdType.COUPLE: 2}


@dataclass(frozen=True, slots=True)
class RecurringMonths:
    """What is due in each month from `first_month` to `last_month` (both included), under rules with these `terms`.

    `charges` are in order of payment, each above zero; `norm_key` names the norm among `recurring_norms`.
    """

    charges: tuple[Due, ...]
    left_to_person: tuple[ChargeKind, ...]
    norm_key: str
    in_halves: bool
    terms: str
    first_month: str
    last_month: str

    @property
    def charges_cents(self) -> int:
        return sum([charge.cents for charge in self.charges])


class RecurringNorm(NamedTuple):
    """The norm of a whole month, and the part of it that can be paid out after the holiday reserve."""

    norm_cents: int
    payable_cents: int

    def covers(self, recurring: RecurringMonths) -> bool:
        """Return whether it is enough for all charges."""
        return recurring.charges_cents <= self.payable_cents < self.norm_cents


def norm_key(kind: HouseholdType, cost_sharers: int) -> str:
    """Return the name of a norm among `recurring_norms`."""
    return f"{kind}/{cost_sharers}"


def recurring_norms(rules: MonthRules) -> dict[str, RecurringNorm]:
    """Return the norms of adults from 21 to the pension age, as `statement` has them; none if they are out of date.

    None in June either: what is set aside is paid then, so that no month of it is like another.
    """
    if rules.norm_outdated or is_june(rules.month) or any(law is None for _, law in rules.segments):
        return {}
    norms = {}
    for kind, adults in _ADULTS.items():
        for cost_sharers in range(COST_SHARERS_MAX + 1):
            first_day, people = rules.days.first, (Adult(age=FULL_NORM_YEARS),) * adults
            composition = Composition(first_day, kind, people, cost_sharers=cost_sharers)
            month = compute_statement(
                Situation(first_day, (composition,), last_day=rules.days.last), rules, rules.month
            )
            norms[norm_key(kind, cost_sharers)] = RecurringNorm(month.norm_cents, month.payable_cents)
    return norms


def hash_terms(rules: MonthRules, self_reliance: SelfRelianceClass | None) -> str:
    """Return a hash of what recurring months of a class depend on beside the file: the policy, the event's fields."""
    kinds = sorted((kind.value, *terms) for kind, terms in rules.kinds[self_reliance].items())
    is_weekly = self_reliance in rules.weekly_classes
    computed = "June and last months are computed"  # what was found before that was so is found anew
    terms = repr((kinds, rules.prepay, rules.run_on.day, is_weekly, tuple(ChargeLine.model_fields), computed))
    return sha256(terms.encode()).hexdigest()[:32]


def find_recurring_months(
    file: MonthsInput, rules: MonthRules, terms: str, settled: Settled | None = None
) -> RecurringMonths | None:
    """Return the recurring months from the rules' month on; None if that month must be computed.

    `terms` are those of the household's class. `settled` is what earlier months settled, as for `statement`; without
    it, a month after something became known late must be computed.
    """
    situation = file.situation
    if (
        not file.has_charges
        or _is_special(situation, rules)
        or any(_is_running(charge, rules) for charge in file.without_mandate)
    ):
        return None
    in_force = _in_force(situation)
    last_months = [*_last_months(situation, rules), *_last_months_of(in_force, rules)]
    last_months += [*_last_months_of(file.without_mandate, rules), *_last_months_of_discounts(situation, rules)]
    composition = find_composition(situation, rules.days.first)
    charges, left_to_person = _charges_due(in_force, rules, situation)
    if charges is None or not _is_usual(composition, rules.days.first):
        return None
    last_months += _months_before_birthdays(composition)
    last_month = min(last_months)
    if last_month < rules.month or not _is_settled(situation, rules, settled, charges):
        return None
    return RecurringMonths(
        charges=charges,
        left_to_person=left_to_person,
        norm_key=norm_key(composition.kind, composition.cost_sharers),
        in_halves=composition.has_two_payees,
        terms=terms,
        first_month=rules.month,
        last_month=last_month,
    )


def _is_special(situation: Situation, rules: MonthRules) -> bool:
    """Return whether something makes the household's months differ from one another."""
    return (
        situation.right_from > rules.days.first
        or not situation.compositions
        or bool(situation.unpaid or situation.weekly or situation.payment_dates)
        or (rules.prepay if situation.prepay is None else situation.prepay)
        or situation.self_reliance in rules.weekly_classes
        or bool(situation.income or situation.reductions or situation.attachments)
        or any(allowance.is_routed for allowance in situation.allowances)
        or any(charge.known_on is not None and charge.known_on > rules.run_on for charge in situation.charges)
        or any(terms.known_on is not None and terms.known_on > rules.run_on for terms in situation.discounts)
    )


def _in_force(situation: Situation) -> Sequence[ChargeTerms]:
    """Return the versions of all charges, each cut to the days on which it is in force."""
    charges = situation.charges
    if len({charge.key for charge in charges}) == len(charges):
        return charges
    return [
        replace(version, until_day=until_day)
        for versions in group_by_key(charges).values()
        for version, until_day in cut_versions(versions)
    ]


def _is_settled(situation: Situation, rules: MonthRules, settled: Settled | None, charges: tuple[Due, ...]) -> bool:
    """Return whether nothing that became known late is left to correct; then later months correct nothing either.

    They compare the same with what was settled, and they themselves are run after all was known.
    """
    if not find_late_keys(situation.charges, rules, situation.right_from, situation.discounts):
        return True
    if settled is None:
        return False
    due = compute_monthly_charges(situation, rules, settled)
    return tuple(due.charges) == charges and not due.corrections and not due.creditor_credits


def _last_months(situation: Situation, rules: MonthRules) -> Iterator[str]:
    """Yield the last months before relief or right ends, which takes what is set aside, or something else changes."""
    yield _month_before(month_start(find_last_month(situation)))
    if situation.right_until is not None:
        yield _month_before(situation.right_until)
    later = (composition for composition in situation.compositions if composition.from_day > rules.days.first)
    yield from (_month_before(composition.from_day) for composition in later)
    yield from (_month_before(month_start(grant.month)) for grant in situation.grants if grant.month >= rules.month)


def _last_months_of(charges: Iterable[ChargeTerms], rules: MonthRules) -> Iterator[str]:
    """Yield the last months before a charge begins or ends; no month at all if one is first due now or later."""
    for charge in charges:
        if charge.first_due is not None and charge.first_due >= rules.month:
            yield _NEVER
        elif _is_over(charge, rules):
            continue
        elif charge.from_day > rules.days.first:
            yield _month_before(charge.from_day)
        elif charge.until_day is not None:
            yield _last_whole_month(charge.until_day)


def _last_months_of_discounts(situation: Situation, rules: MonthRules) -> Iterator[str]:
    """Yield the last months before a discount begins or ends; a month in which one does is computed."""
    for discount in situation.discounts:
        if discount.from_day > rules.days.first:
            yield _month_before(discount.from_day)
        elif discount.until_day is not None and discount.until_day >= rules.days.first:
            yield _last_whole_month(discount.until_day)


def _charges_due(
    in_force: Sequence[ChargeTerms], rules: MonthRules, situation: Situation
) -> tuple[tuple[Due, ...] | None, tuple[ChargeKind, ...]]:
    """Return the charges due in this month and the kinds left to the person; None if a charge changes in it."""
    kinds, days = rules.kinds[situation.self_reliance], rules.days
    running = [charge for charge in in_force if _is_running(charge, rules)]
    if len({charge.key for charge in running}) < len(running):
        return None, ()
    dues = []
    for charge in running:
        if kind := kinds.get(charge.kind):
            cents = compute_part_cents(charge, charge.until_day, days, kind, situation.discounts)
            dues.append(Due(kind.rank, days.month, charge.creditor, charge.key, charge.kind, cents))
    left_to_person = dict.fromkeys(charge.kind for charge in running if charge.kind not in kinds)
    charges = tuple(sorted(due for due in dues if due.cents))
    return (charges if len(charges) <= CHARGE_LINES_MAX else None), tuple(left_to_person)


def _is_usual(composition: Composition, day: date) -> bool:
    """Return whether the norm is one of `recurring_norms` on a day.

    Its adults are 21 to 59, as many as the kind has, all with a right and none in an institution.
    """
    return (
        len(composition.adults) == _ADULTS[composition.kind]
        and 0 <= composition.cost_sharers <= COST_SHARERS_MAX
        and all(adult.has_right and not adult.in_institution for adult in composition.adults)
        and all(_is_grown(adult, day) for adult in composition.adults)
    )


def _is_grown(adult: Adult, day: date) -> bool:
    if adult.born_on is None:
        return adult.age is not None and FULL_NORM_YEARS <= adult.age < OLD_YEARS
    return add_months(adult.born_on, 12 * FULL_NORM_YEARS) < day


def _months_before_birthdays(composition: Composition) -> Iterator[str]:
    """Yield the last months before an adult becomes old."""
    for adult in composition.adults:
        if adult.born_on is not None:
            yield _month_before(add_months(adult.born_on, 12 * OLD_YEARS))


def _is_running(charge: ChargeTerms, rules: MonthRules) -> bool:
    return charge.from_day <= rules.days.last and not _is_over(charge, rules)


def _is_over(charge: ChargeTerms, rules: MonthRules) -> bool:
    return charge.until_day is not None and charge.until_day < rules.days.first


def _month_before(day: date) -> str:
    """Return the month before that of a day."""
    return month_of(day.replace(day=1) - timedelta(days=1))


def _last_whole_month(last_day: date) -> str:
    """Return the last month that ends no later than a day."""
    return _month_before(last_day + timedelta(days=1))
