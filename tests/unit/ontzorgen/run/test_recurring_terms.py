"""From which month until which one the months of a file recur, and what makes a month one that is computed."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from services.ontzorgen.household.rules.file import MonthsInput
from services.ontzorgen.policies.handlers import load_law, policy_in_force
from services.ontzorgen.policies.rules.relief import GrantKind
from services.ontzorgen.run.rules.recurring_months import (
    COST_SHARERS_MAX,
    RecurringMonths,
    RecurringNorm,
    find_recurring_months,
    hash_terms,
    norm_key,
    recurring_norms,
)
from services.ontzorgen.statement.rules.due import Due
from services.ontzorgen.statement.rules.month_rules import MonthRules
from services.ontzorgen.statement.rules.situation import (
    Adult,
    AllowanceKind,
    AllowanceTerms,
    AttachmentKind,
    AttachmentTerms,
    ChargeTerms,
    Composition,
    DiscountTerms,
    GrantTerms,
    IncomeKind,
    IncomeTerms,
    PayOut,
    ReductionTerms,
    Situation,
    UnpaidTerms,
)
from shared.events.codes import ChargeKind, HouseholdType, SelfRelianceClass
from shared.events.ontzorgen import CHARGE_LINES_MAX

START, FIRST, LAST = date(2026, 1, 1), date(2026, 7, 1), date(2026, 12, 31)
RENT = ChargeTerms("woonstad/rent/1", ChargeKind.RENT, "woonstad", 60_000, START)
CARE = ChargeTerms("zilver/care/2", ChargeKind.HEALTH_INSURANCE, "zilver", 15_000, START)
NOTHING = ChargeTerms("nuts/energy/3", ChargeKind.ENERGY, "nuts", 0, START)
GROWN = Adult(age=30)
HOME = Composition(START, HouseholdType.COUPLE, (GROWN, GROWN), cost_sharers=2)
FILE = MonthsInput(Situation(START, (HOME,), last_day=LAST, charges=(CARE, RENT, NOTHING)), (), has_charges=True)
UNTIL_NOVEMBER = "2026-11"  # December is relief's last month, in which what was set aside leaves


def rules_of(month: str = "2026-07") -> MonthRules:
    return MonthRules.resolve(load_law(), policy_in_force("gm0637", FIRST), month)


RULES = rules_of()


def with_rent(**changes: Any) -> MonthsInput:
    return replace(FILE, situation=replace(FILE.situation, charges=(CARE, replace(RENT, **changes))))


def live_in(**changes: Any) -> MonthsInput:
    return replace(FILE, situation=replace(FILE.situation, **changes))


def living_with(adult: Adult) -> MonthsInput:
    return live_in(compositions=(replace(HOME, adults=(GROWN, adult)),))


def lacking(**changes: Any) -> MonthsInput:
    return replace(FILE, without_mandate=(replace(RENT, key="without", **changes),))


def discount(**changes: Any) -> MonthsInput:
    terms = DiscountTerms("woonstad", 10, START)
    return live_in(discounts=(replace(terms, **changes),))


def last_month_of(file: MonthsInput, rules: MonthRules = RULES) -> str | None:
    recurring = find_recurring_months(file, rules, "terms")
    return recurring.last_month if recurring else None


def test_the_whole_of_it() -> None:
    kinds = RULES.kinds[None]
    assert find_recurring_months(FILE, RULES, "terms") == RecurringMonths(
        charges=tuple(
            Due(kinds[terms.kind].rank, "2026-07", terms.creditor, terms.key, terms.kind, terms.amount_cents)
            for terms in (RENT, CARE)
        ),
        left_to_person=(),
        norm_key="couple/2",
        in_halves=True,
        terms="terms",
        first_month="2026-07",
        last_month=UNTIL_NOVEMBER,
    )
    joint = find_recurring_months(live_in(compositions=(replace(HOME, pay_out=PayOut.JOINT),)), RULES, "terms")
    assert joint is not None
    assert (joint.in_halves, joint.charges_cents) == (False, 75_000)


@pytest.mark.parametrize(
    ("build", "last_month"),
    [
        (lambda: live_in(right_until=date(2026, 10, 15)), "2026-09"),
        (lambda: live_in(right_until=date(2026, 10, 31)), "2026-09"),
        (lambda: live_in(right_until=date(2026, 8, 1)), "2026-07"),
        (lambda: live_in(right_until=date(2026, 7, 31)), None),
        (lambda: live_in(last_day=date(2026, 8, 1)), "2026-07"),
        (lambda: live_in(last_day=date(2026, 7, 31)), None),
        (lambda: live_in(compositions=(HOME, replace(HOME, from_day=date(2026, 9, 10)))), "2026-08"),
        (lambda: live_in(compositions=(HOME, replace(HOME, from_day=date(2026, 9, 1)))), "2026-08"),
        (lambda: live_in(compositions=(HOME, replace(HOME, from_day=FIRST))), UNTIL_NOVEMBER),
        (lambda: live_in(grants=(GrantTerms(GrantKind.BRIDGING, 5, "2026-09"),)), "2026-08"),
        (lambda: live_in(grants=(GrantTerms(GrantKind.BRIDGING, 5, "2026-07"),)), None),
        (lambda: live_in(grants=(GrantTerms(GrantKind.BRIDGING, 5, "2026-06"),)), UNTIL_NOVEMBER),
        (lambda: with_rent(from_day=date(2026, 10, 1)), "2026-09"),
        (lambda: with_rent(from_day=FIRST), UNTIL_NOVEMBER),
        (lambda: with_rent(until_day=date(2026, 9, 30)), "2026-09"),
        (lambda: with_rent(until_day=date(2026, 9, 29)), "2026-08"),
        (lambda: with_rent(until_day=date(2026, 7, 31)), "2026-07"),
        (lambda: with_rent(until_day=date(2026, 7, 30)), None),
        (lambda: with_rent(until_day=FIRST), None),
        (lambda: with_rent(until_day=date(2026, 6, 30)), UNTIL_NOVEMBER),
        (lambda: with_rent(from_day=date(2026, 7, 2)), None),
        (lambda: with_rent(first_due="2026-06"), UNTIL_NOVEMBER),
        (lambda: with_rent(first_due="2026-07"), None),
        (lambda: with_rent(first_due="2026-09"), None),
        (lacking, None),
        (lambda: lacking(from_day=date(2026, 7, 31)), None),
        (lambda: lacking(from_day=date(2026, 9, 1)), "2026-08"),
        (lambda: lacking(until_day=date(2026, 6, 30)), UNTIL_NOVEMBER),
        (lambda: lacking(until_day=FIRST), None),
        (discount, UNTIL_NOVEMBER),
        (lambda: discount(from_day=date(2026, 9, 15)), "2026-08"),
        (lambda: discount(from_day=FIRST), UNTIL_NOVEMBER),
        (lambda: discount(until_day=date(2026, 10, 31)), "2026-10"),
        (lambda: discount(until_day=date(2026, 10, 30)), "2026-09"),
        (lambda: discount(until_day=FIRST), None),
        (lambda: discount(until_day=date(2026, 6, 30)), UNTIL_NOVEMBER),
        (lambda: living_with(Adult(born_on=date(1966, 9, 20))), "2026-08"),
        (lambda: living_with(Adult(born_on=date(2005, 6, 30))), UNTIL_NOVEMBER),
    ],
)
def test_months_recur_until_something_begins_or_ends(build: Callable[[], MonthsInput], last_month: str | None) -> None:
    assert last_month_of(build()) == last_month


UNPAID = UnpaidTerms(RENT.key, RENT.kind, RENT.creditor, "2026-05", "2026-05", "2026-09", 100)


@pytest.mark.parametrize(
    "build",
    [
        lambda: replace(FILE, has_charges=False),
        lambda: live_in(right_from=date(2026, 7, 2)),
        lambda: live_in(compositions=()),
        lambda: live_in(unpaid=(UNPAID,)),
        lambda: live_in(weekly=((START, False),)),
        lambda: live_in(payment_dates=(date(2026, 7, 9),)),
        lambda: live_in(prepay=True),
        lambda: live_in(income=(IncomeTerms(IncomeKind.OTHER, 100, START),)),
        lambda: live_in(reductions=(ReductionTerms(5, START, START),)),
        lambda: live_in(attachments=(AttachmentTerms("a", AttachmentKind.SET_OFF, "g", 1, 1, START),)),
        lambda: live_in(allowances=(AllowanceTerms(AllowanceKind.RENT, 5, is_routed=True),)),
        lambda: with_rent(known_on=date(2027, 1, 1)),
        lambda: discount(known_on=date(2027, 1, 1)),
        lambda: living_with(Adult(age=20)),
        lambda: living_with(Adult(age=60)),
        lambda: living_with(Adult(born_on=date(2005, 7, 1))),
        lambda: living_with(Adult(born_on=date(1966, 7, 1))),
        lambda: living_with(Adult()),
        lambda: live_in(compositions=(replace(HOME, adults=(GROWN,)),)),
        lambda: live_in(compositions=(replace(HOME, cost_sharers=COST_SHARERS_MAX + 1),)),
        lambda: live_in(compositions=(replace(HOME, cost_sharers=-1),)),
        lambda: live_in(charges=(RENT, replace(RENT, from_day=date(2026, 7, 15), known_on=START))),
        lambda: live_in(charges=tuple(replace(RENT, key=str(at)) for at in range(CHARGE_LINES_MAX + 1))),
    ],
)
def test_whatever_may_make_a_month_differ_makes_it_one_that_is_computed(build: Callable[[], MonthsInput]) -> None:
    assert last_month_of(build()) is None


@pytest.mark.parametrize(
    "build",
    [
        lambda: live_in(prepay=False),
        lambda: live_in(allowances=(AllowanceTerms(AllowanceKind.RENT, 5, is_routed=False),)),
        lambda: live_in(right_from=FIRST, charges=(RENT,)),
        lambda: living_with(Adult(age=21)),
        lambda: living_with(Adult(age=59)),
        lambda: live_in(compositions=(replace(HOME, cost_sharers=COST_SHARERS_MAX),)),
        lambda: live_in(compositions=(replace(HOME, cost_sharers=0),)),
        lambda: live_in(charges=tuple(replace(RENT, key=str(at)) for at in range(CHARGE_LINES_MAX))),
    ],
)
def test_what_makes_no_month_differ_does_not(build: Callable[[], MonthsInput]) -> None:
    assert last_month_of(build()) == UNTIL_NOVEMBER


def test_a_class_that_is_paid_weekly_is_computed_and_has_other_terms() -> None:
    weekly = replace(RULES, weekly_classes=frozenset({SelfRelianceClass.NOT_SELF_RELIANT}))
    file = live_in(self_reliance=SelfRelianceClass.NOT_SELF_RELIANT)
    assert (last_month_of(file, weekly), last_month_of(FILE, weekly)) == (None, UNTIL_NOVEMBER)
    assert (
        len(
            {
                hash_terms(weekly, SelfRelianceClass.NOT_SELF_RELIANT),
                hash_terms(RULES, SelfRelianceClass.NOT_SELF_RELIANT),
            }
        )
        == 2
    )


def test_there_is_a_norm_for_each_kind_and_number_of_cost_sharers_but_not_in_june_or_without_a_law_of_the_day() -> None:
    norms = recurring_norms(RULES)
    assert list(norms) == [norm_key(kind, sharers) for kind in HouseholdType for sharers in range(COST_SHARERS_MAX + 1)]
    assert recurring_norms(rules_of("2026-06")) == {}
    assert recurring_norms(replace(RULES, norm_outdated=True)) == {}
    assert recurring_norms(replace(RULES, segments=((FIRST, None),))) == {}


@pytest.mark.parametrize(
    ("norm_cents", "payable_cents", "covers"),
    [(80_000, 75_000, True), (80_000, 74_999, False), (75_000, 75_000, False), (75_001, 75_000, True)],
)
def test_a_norm_covers_charges_up_to_what_can_be_paid_out_of_it(
    norm_cents: int, payable_cents: int, *, covers: bool
) -> None:
    recurring = find_recurring_months(FILE, RULES, "terms")
    assert recurring is not None
    assert RecurringNorm(norm_cents, payable_cents).covers(recurring) is covers


LATE = date(2026, 3, 20)
RAISED = replace(RENT, amount_cents=65_000, from_day=date(2026, 2, 1), known_on=LATE)
GONE = replace(RENT, until_day=date(2026, 1, 31), known_on=LATE)
SPRING = ("2026-02", "2026-03", "2026-04", "2026-05", "2026-06")


def settle(cents: int, **others: int) -> dict[tuple[str, str], int]:
    """What was settled of the rent: January as it was, then so much a month, but for the months that are named."""
    settled = {(RENT.key, "2026-01"): RENT.amount_cents} | {(RENT.key, month): cents for month in SPRING}
    return settled | {(RENT.key, f"2026-{month[1:]}"): other for month, other in others.items()}


@pytest.mark.parametrize(
    ("file", "settled", "rent_cents"),
    [
        (live_in(charges=(RENT, RAISED)), settle(65_000), 65_000),
        (live_in(charges=(RENT, RAISED)), settle(65_000, m02=60_000), None),
        (live_in(charges=(RENT, RAISED)), settle(65_000, m02=66_000), None),
        (live_in(charges=(RENT, RAISED)), None, None),
        (live_in(charges=(GONE, CARE)), settle(0), 0),
        (live_in(charges=(GONE, CARE)), settle(0, m02=60_000), None),
        (with_rent(known_on=RULES.run_on), settle(60_000), 60_000),
        (discount(known_on=RULES.run_on), settle(54_000, m01=54_000), 54_000),
        (discount(known_on=LATE), None, None),
        (discount(), None, 54_000),
    ],
)
def test_what_became_known_late_recurs_once_nothing_of_it_is_left_to_correct(
    file: MonthsInput, settled: dict[tuple[str, str], int] | None, rent_cents: int | None
) -> None:
    recurring = find_recurring_months(file, RULES, "terms", settled)
    assert (recurring is None) == (rent_cents is None)
    if recurring is not None:
        assert recurring.last_month == UNTIL_NOVEMBER
        assert sum(due.cents for due in recurring.charges if due.key == RENT.key) == rent_cents


def test_a_charge_that_is_over_hides_no_other_that_ends() -> None:
    over = replace(CARE, until_day=date(2026, 6, 30))
    assert last_month_of(live_in(charges=(over, replace(RENT, until_day=date(2026, 9, 30))))) == "2026-09"
