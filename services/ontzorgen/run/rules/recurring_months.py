"""Months in which nothing changes: what creditors ask stays the same, and only the norm follows the law's tables.

Such a month needs no working out anew. `steady_of` says of a file from which month until which one that holds; then
`statement` gives, in each of those months, these charges paid in full, the norm of `steady_norms`, and what is left as
one payment on the policy's day, or as one to each of a couple. Whatever may make a month differ, however seldom, makes
it one that is worked out: a part month, a birthday that matters, a version that begins or ends, money that is routed
or granted. So does what became known late, until it is settled.
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
from services.ontzorgen.statement.rules.month_rules import MonthRules
from services.ontzorgen.statement.rules.monthly_charges import compute_monthly_charges, find_last_month
from services.ontzorgen.statement.rules.norm import find_composition
from services.ontzorgen.statement.rules.situation import Adult, ChargeTerms, Composition, PayOut, Situation
from services.ontzorgen.statement.rules.statement import compute_statement
from shared.calendar import add_months, month_of, month_start
from shared.events import ChargeLine
from shared.events.codes import ChargeKind, HouseholdType, SelfRelianceClass

CHARGES_MAX: Final = 40  # of one event; with more of them the event has a line for each kind
COST_SHARERS_MAX: Final = 4  # more are rare, and are worked out
OLD_YEARS: Final = 60  # safely before any pension age that a table has had or will have
_NEVER: Final = ""
_ADULTS: Final = {HouseholdType.SINGLE: 1, HouseholdType.SINGLE_PARENT: 1, HouseholdType.COUPLE: 2}


@dataclass(frozen=True, slots=True)
class Steady:
    """What each month from `first_month` to `last_month` asks (both included), with rules of these `terms`.

    `charges` are in order of payment, each above zero; `norm_key` names the norm among `steady_norms`.
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
        return sum([one.cents for one in self.charges])


class SteadyNorm(NamedTuple):
    """A whole month's norm, and what of it can be paid out after the holiday reserve."""

    norm_cents: int
    payable_cents: int

    def pays(self, steady: Steady) -> bool:
        """Whether it is enough for all that is asked."""
        return steady.charges_cents <= self.payable_cents < self.norm_cents


def norm_key(kind: HouseholdType, cost_sharers: int) -> str:
    return f"{kind}/{cost_sharers}"


def steady_norms(rules: MonthRules) -> dict[str, SteadyNorm]:
    """The norms of adults from 21 to the pension age, as `statement` has them; none while the norms are out of date."""
    if rules.norm_outdated or any(law is None for _, law in rules.segments):
        return {}
    found = {}
    for kind, adults in _ADULTS.items():
        for cost_sharers in range(COST_SHARERS_MAX + 1):
            home = Composition(
                rules.days.first, kind, (Adult(age=FULL_NORM_YEARS),) * adults, cost_sharers=cost_sharers
            )
            made = compute_statement(Situation(rules.days.first, (home,), last_day=rules.days.last), rules, rules.month)
            found[norm_key(kind, cost_sharers)] = SteadyNorm(made.norm_cents, made.payable_cents)
    return found


def terms_of(rules: MonthRules, self_reliance: SelfRelianceClass | None) -> str:
    """What steady months of a class rest on beside the file, as a short text: the policy, how a charge is told."""
    kinds = sorted((kind.value, *terms) for kind, terms in rules.kinds[self_reliance].items())
    is_weekly = self_reliance in rules.weekly_classes
    said = repr((kinds, rules.prepay, rules.run_on.day, is_weekly, tuple(ChargeLine.model_fields)))
    return sha256(said.encode()).hexdigest()[:32]


def steady_of(file: MonthsInput, rules: MonthRules, terms: str, settled: Settled | None = None) -> Steady | None:
    """The steady months from the rules' month on; None when that month is none. `terms` are those of its class.

    `settled` is what earlier months settled, as for `statement`; without it what became known late is not steady.
    """
    situation = file.situation
    if (
        not file.has_charges
        or _is_special(situation, rules)
        or any(_is_running(one, rules) for one in file.without_mandate)
    ):
        return None
    in_force = _in_force(situation)
    last_months = [*_last_months(situation, rules), *_last_months_of(in_force, rules)]
    last_months += _last_months_of(file.without_mandate, rules)
    composition = find_composition(situation, rules.days.first)
    charges, left = _asked(in_force, rules, situation.self_reliance)
    if charges is None or not _is_usual(composition, rules.days.first):
        return None
    last_months += _before_birthdays(composition)
    last_month = min(last_months)
    if last_month < rules.month or not _is_settled(situation, rules, settled, charges):
        return None
    return Steady(
        charges=charges,
        left_to_person=left,
        norm_key=norm_key(composition.kind, composition.cost_sharers),
        in_halves=composition.kind is HouseholdType.COUPLE and composition.pay_out is not PayOut.JOINT,
        terms=terms,
        first_month=rules.month,
        last_month=last_month,
    )


def _is_special(situation: Situation, rules: MonthRules) -> bool:
    """Whether the household has what makes its months differ from one another."""
    return (
        situation.right_from > rules.days.first
        or not situation.compositions
        or bool(situation.unpaid or situation.weekly or situation.payment_dates)
        or (rules.prepay if situation.prepay is None else situation.prepay)
        or situation.self_reliance in rules.weekly_classes
        or any(one.is_routed for one in situation.allowances)
        or any(one.known_on is not None and one.known_on > rules.run_on for one in situation.charges)
    )


def _in_force(situation: Situation) -> Sequence[ChargeTerms]:
    """The versions of all charges, each as far as it holds by what is known."""
    charges = situation.charges
    if len({one.key for one in charges}) == len(charges):
        return charges
    return [
        replace(one, until_day=until_day)
        for terms in group_by_key(charges).values()
        for one, until_day in cut_versions(terms)
    ]


def _is_settled(situation: Situation, rules: MonthRules, settled: Settled | None, charges: tuple[Due, ...]) -> bool:
    """Whether nothing that became known late is left to correct: then later months correct nothing either.

    What they compare with what was settled is the same, and they themselves are run after all was known.
    """
    if not find_late_keys(situation.charges, rules, situation.right_from):
        return True
    if settled is None:
        return False
    asked = compute_monthly_charges(situation, rules, settled)
    return tuple(asked.charges) == charges and not asked.corrections and not asked.creditor_credits


def _last_months(situation: Situation, rules: MonthRules) -> Iterator[str]:
    """Until when relief, right, composition and grants leave months as they are."""
    yield find_last_month(situation)
    if situation.right_until is not None:
        yield _whole_until(situation.right_until)
    yield from (_before(one.from_day) for one in situation.compositions if one.from_day > rules.days.first)
    yield from (_before(month_start(one.month)) for one in situation.grants if one.month >= rules.month)


def _last_months_of(charges: Iterable[ChargeTerms], rules: MonthRules) -> Iterator[str]:
    """Until when charges neither begin nor end; no month at all for one that waited until this month, or waits."""
    for one in charges:
        if one.first_due is not None and one.first_due >= rules.month:
            yield _NEVER
        elif _is_over(one, rules):
            continue
        elif one.from_day > rules.days.first:
            yield _before(one.from_day)
        elif one.until_day is not None:
            yield _whole_until(one.until_day)


def _asked(
    in_force: Sequence[ChargeTerms], rules: MonthRules, self_reliance: SelfRelianceClass | None
) -> tuple[tuple[Due, ...] | None, tuple[ChargeKind, ...]]:
    """What is due in this month, and what is left to the person; nothing is due when charges are not told apart."""
    kinds, days = rules.kinds[self_reliance], rules.days
    running = [one for one in in_force if _is_running(one, rules)]
    if len({one.key for one in running}) < len(running):
        return None, ()
    withheld = [(one, kinds[one.kind]) for one in running if one.kind in kinds]
    dues = [
        Due(kind.rank, days.month, one.creditor, one.key, one.kind, compute_part_cents(one, one.until_day, days, kind))
        for one, kind in withheld
    ]
    left = dict.fromkeys(one.kind for one in running if one.kind not in kinds)
    charges = tuple(sorted(due for due in dues if due.cents))
    return (charges if len(charges) <= CHARGES_MAX else None), tuple(left)


def _is_usual(composition: Composition, day: date) -> bool:
    """Whether the norm is one of `steady_norms` on a day: adults from 21 to 59, as many as the kind has."""
    return (
        len(composition.adults) == _ADULTS[composition.kind]
        and 0 <= composition.cost_sharers <= COST_SHARERS_MAX
        and all(_is_grown(one, day) for one in composition.adults)
    )


def _is_grown(adult: Adult, day: date) -> bool:
    if adult.born_on is None:
        return adult.age is not None and FULL_NORM_YEARS <= adult.age < OLD_YEARS
    return add_months(adult.born_on, 12 * FULL_NORM_YEARS) < day


def _before_birthdays(composition: Composition) -> Iterator[str]:
    for one in composition.adults:
        if one.born_on is not None:
            yield _before(add_months(one.born_on, 12 * OLD_YEARS))


def _is_running(charge: ChargeTerms, rules: MonthRules) -> bool:
    return charge.from_day <= rules.days.last and not _is_over(charge, rules)


def _is_over(charge: ChargeTerms, rules: MonthRules) -> bool:
    return charge.until_day is not None and charge.until_day < rules.days.first


def _before(day: date) -> str:
    """The month before that of a day."""
    return month_of(day.replace(day=1) - timedelta(days=1))


def _whole_until(last_day: date) -> str:
    """The last month that ends no later than a day."""
    return _before(last_day + timedelta(days=1))
