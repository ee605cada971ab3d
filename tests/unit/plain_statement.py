"""The month's statement a second time, as plainly as possible: day by day, with fractions and dicts, slow and obvious.

Written from the statute and the conventions, not from the rules in services/ontzorgen/statement, so that both can be
wrong only in different ways. `life` takes a Situation and a dict of choices and returns a dict of amounts per month.
"""

import calendar
from collections.abc import Callable
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

# The other parts of the plain implementation stand beside this one; the tests are no package.
import plain_means as means
from plain_days import composition_on, days_in, month_of, next_month
from plain_norm import RefusedError as RefusedError  # noqa: PLC0414 - the tests take it from here
from plain_norm import age, half_up, norm_on

from services.ontzorgen.statement.rules.situation import ChargeTerms, DiscountTerms, Situation
from shared.events.codes import ChargeKind

Choices = dict[str, Any]
Entry = dict[str, Any]
Settled = dict[str, Any]
Order = Callable[[Entry], tuple[int, str, str, str]]
KINDS = [kind.value for kind in ChargeKind]
AMOUNTS = (
    *("norm", "payable", "reserve", "routed", "available"),
    *("charges_total", "correction", "remainder", "shortfall"),
    *("income", "exempt", "reduction", "attached", "protected", "holiday_paid", "holiday_handed_over"),
)
BY_DAY = ("rent", "health_insurance", "liability_insurance", "contents_insurance")
CHOICES = {
    "withheld": {None: KINDS, "not_self_reliant": KINDS, "limited": KINDS, "self_reliant": KINDS},
    "whole_month_kinds": [kind for kind in KINDS if kind not in BY_DAY],
    "priority": ["rent", "health_insurance", "energy", "water"],
    "discount_percent": {},
    "prepay": False,
    "run_day": 1,
    "pay_day": 1,
    "weekly": [],
    "weekday": 0,
    "holiday_at_relief_end": "hand_over",
}
LONG_AGO = date(1, 1, 1)


def half_a_year_later(day: date) -> date:
    """The last day of six months; 31 August starts a period that ends on the last day of February."""
    year, number = (day.year, day.month + 6) if day.month <= 6 else (day.year + 1, day.month - 6)
    last = calendar.monthrange(year, number)[1]
    return date(year, number, day.day) - timedelta(days=1) if day.day <= last else date(year, number, last)


# The norm


def norm_of(situation: Situation, month: str, days: list[date]) -> int:
    total = 0
    for day in days:
        total += norm_on(composition_on(situation, day), day)
    return half_up(Fraction(total, len(days_in(month))))


# The charges


def holder(versions: list[ChargeTerms], day: date) -> ChargeTerms | None:
    """Return the version that holds on a day: of those begun the one known last; None once that one has ended."""
    latest = None
    for version in versions:
        rank = (version.known_on or LONG_AGO, version.from_day)
        if version.from_day <= day and (latest is None or rank > latest[0]):
            latest = (rank, version)
    if latest is None or (latest[1].until_day is not None and latest[1].until_day < day):
        return None
    return latest[1]


def versions_known(situation: Situation, key: str, day: date) -> list[ChargeTerms]:
    return [v for v in situation.charges if v.key == key and (v.known_on is None or v.known_on <= day)]


def discounts_known(situation: Situation, day: date) -> list[DiscountTerms]:
    return [terms for terms in situation.discounts if terms.known_on is None or terms.known_on <= day]


def parts_of(
    versions: list[ChargeTerms], month: str, choices: Choices, discounts: list[DiscountTerms]
) -> dict[str, int]:
    """Return what is due for one month: cents by the month in which they are first to be paid."""
    kind = versions[0].kind.value
    off = choices["discount_percent"].get(kind, 0)
    days = days_in(month)
    holders = [holder(versions, day) for day in days]
    if kind in choices["whole_month_kinds"]:
        due = [version for version in holders if version and (version.first_due or "") <= month]
        if not due:
            return {}
        first_day = max(days[0], due[-1].from_day)
        return {month: half_up(due[-1].amount_cents * means.keep_on(discounts, due[-1], first_day, off))}
    parts: dict[str, int] = {}
    for version in versions:
        kept = sum(
            means.keep_on(discounts, version, day, off)
            for day, version_held in zip(days, holders, strict=True)
            if version_held is version
        )
        paid_in = max(version.first_due or month, month)
        parts[paid_in] = parts.get(paid_in, 0) + half_up(version.amount_cents * kept / len(days))
    return parts


def due_until(parts: dict[str, int], first: str, last: str) -> int:
    return sum(cents for paid_in, cents in parts.items() if first <= paid_in <= last)


def run_day(situation: Situation, choices: Choices, month: str) -> date:
    day = days_in(month)[choices["run_day"] - 1]
    return max(day, situation.right_from) if month == month_of(situation.right_from) else day


def last_month_of(situation: Situation) -> str:
    return month_of(situation.last_day or half_a_year_later(situation.right_from))


def months_settled_in(situation: Situation, choices: Choices, month: str) -> list[str]:
    first_month = month_of(situation.right_from)
    prepay = choices["prepay"] if situation.prepay is None else situation.prepay
    if not prepay:
        settled = [month]
    elif month == first_month:
        settled = [month, next_month(month)]
    else:
        settled = [next_month(month)]
    end = min(last_month_of(situation), month_of(situation.right_until or date.max))
    return [for_month for for_month in settled if for_month <= end]


def package_of(situation: Situation, choices: Choices) -> list[str]:
    return choices["withheld"][situation.self_reliance and situation.self_reliance.value]


def entries_of(
    situation: Situation, choices: Choices, month: str, for_months: list[str], settled: Settled
) -> tuple[list[Entry], list[Entry]]:
    """Return charges and corrections of one run, as dicts; `settled` is what earlier runs settled by key and month."""
    first_month = month_of(situation.right_from)
    before = settled["until"]
    last = max(for_months, default=before)
    known_day = run_day(situation, choices, month)
    discounts = discounts_known(situation, known_day)
    charges, corrections = [], []
    for key in {charge.key for charge in situation.charges}:
        versions = versions_known(situation, key, known_day)
        if not versions or versions[0].kind not in package_of(situation, choices):
            continue
        for_month = min(month_of(version.from_day) for version in versions)
        for_month = min([for_month, *(paid for name, paid in settled["cents"] if name == key)])
        while for_month <= last:
            remembered = (key, for_month, len(versions), len(discounts))
            if remembered not in settled["parts"]:
                settled["parts"][remembered] = parts_of(versions, for_month, choices, discounts)
            parts = settled["parts"][remembered]
            settled_cents = settled["cents"].get((key, for_month), 0)
            due_before = due_until(parts, first_month, before)
            due_now = due_until(parts, first_month, last)
            entry = {"key": key, "kind": versions[0].kind.value, "creditor": versions[0].creditor}
            entry["for_month"] = for_month
            if due_before != settled_cents:
                corrections.append({**entry, "cents": due_before - settled_cents})
            if due_now != due_before:
                charges.append({**entry, "due": due_now - due_before})
            for_month = next_month(for_month)
    return charges, corrections


def order(choices: Choices) -> Order:
    """Priority: the kind, then the month, the creditor and the key."""
    ranked = [*choices["priority"], *(kind for kind in KINDS if kind not in choices["priority"])]
    return lambda entry: (ranked.index(entry["kind"]), entry["for_month"], entry["creditor"], entry["key"])


def set_off(charges: list[Entry], corrections: list[Entry], by_priority: Order) -> list[Entry]:
    """Cut what a creditor owes back to what is due to that creditor now; the rest waits for the next run."""
    open_dues = {}
    for entry in charges:
        open_dues[entry["creditor"]] = open_dues.get(entry["creditor"], 0) + entry["due"]
    for entry in corrections:
        if entry["cents"] > 0:
            open_dues[entry["creditor"]] = open_dues.get(entry["creditor"], 0) + entry["cents"]
    applied = []
    for entry in sorted(corrections, key=by_priority):
        cents = entry["cents"]
        if cents < 0:
            cents = -min(-cents, open_dues.get(entry["creditor"], 0))
            open_dues[entry["creditor"]] = open_dues.get(entry["creditor"], 0) + cents
        if cents != 0:
            applied.append({**entry, "cents": cents})
    return applied


def pay(charges: list[Entry], corrections: list[Entry], available: int, by_priority: Order) -> int:
    """Pay in order, first from what the creditor itself owes back; note it on each entry. Return what is left."""
    credit: dict[str, int] = {}
    in_order = [((*by_priority(entry)[:3], 1, entry["key"]), entry["due"], entry) for entry in charges]
    for entry in corrections:
        if entry["cents"] < 0:
            credit[entry["creditor"]] = credit.get(entry["creditor"], 0) - entry["cents"]
            entry["paid"] = entry["cents"]
        else:
            in_order.append(((*by_priority(entry)[:3], 0, entry["key"]), entry["cents"], entry))
    for _, due, entry in sorted(in_order, key=lambda item: item[0]):
        own = min(credit.get(entry["creditor"], 0), due)
        credit[entry["creditor"]] = credit.get(entry["creditor"], 0) - own
        fresh = min(available, due - own)
        available -= fresh
        entry["paid"] = own + fresh
        if "due" in entry:
            entry["unpaid"] = due - own - fresh
    return available


def payments_of(
    situation: Situation, choices: Choices, month: str, remainder: int, days: list[date]
) -> list[tuple[date, str, int]]:
    dates = [day for day in situation.payment_dates or () if month_of(day) == month]
    if not dates and (situation.self_reliance and situation.self_reliance.value) in choices["weekly"]:
        every_day = [day for day in days_in(month) if day >= situation.right_from]
        dates = [day for day in every_day if day.weekday() == choices["weekday"]]
    if not dates:
        dates = [max(days_in(month)[choices["pay_day"] - 1], situation.right_from)]
    payments = []
    for payee, share in means.shares_of(composition_on(situation, days[-1]), remainder).items():
        for number, day in enumerate(sorted(dates)):
            cents = share // len(dates) + (share % len(dates) if number == 0 else 0)
            if cents:
                payments.append((day, payee, cents))
    return sorted(payments, key=lambda payment: (payment[0], payment[1] == "partner"))


def waiting_for_parents(situation: Situation, days: list[date]) -> tuple[bool, bool]:
    """Return whether someone of 18 to 20 awaits a decision on their parents, and whether one may get a supplement."""
    pending = without = False
    for day in days:
        for adult in composition_on(situation, day).adults:
            if age(adult, day) < 21 and adult.parents_support != "unable" and adult.has_right:
                pending = pending or adult.parents_support == "pending"
                without = without or day >= date(2026, 1, 1)
    return pending, without


def solutions_of(situation: Situation, shortfall: int, *, pending: bool, without: bool) -> list[str]:
    allowances = [allowance.is_routed for allowance in situation.allowances]
    solutions = ["youth_supplement"] if without and (shortfall or pending) else []
    if shortfall and (not allowances or not all(allowances)):
        solutions.append("routed_allowances")
    if shortfall:
        solutions += ["bridging_money", "special_assistance", "creditor_arrangement", "case_manager_decision"]
    return solutions


def granted_of(situation: Situation, month: str, days: list[date]) -> tuple[int, int, int, int, int]:
    """Return the norm, the income that counts and that is exempt, the reduction, and what is granted."""
    norm = norm_of(situation, month, days)
    income, exempt = means.income_of(situation, month, days)
    income = min(income, norm)
    norms = [(day, norm_on(composition_on(situation, day), day)) for day in days]
    reduction = min(means.reduction_of(situation, month, norms), norm - income)
    return norm, income, exempt, reduction, norm - income - reduction


def month_statement(situation: Situation, choices: Choices, month: str, settled: Settled) -> Entry:
    days = [d for d in days_in(month) if situation.right_from <= d <= (situation.right_until or d)]
    result = {"status": "no_right", "charges": [], "corrections": [], "payments": [], "solutions": [], "task": None}
    result |= {"attachments": [], "holiday_payments": []}
    if not days:
        return {**result, **dict.fromkeys(AMOUNTS, 0)}
    norm, income, exempt, reduction, granted = granted_of(situation, month, days)
    payable = half_up(Fraction(granted * 95, 100))
    attachments, protected = means.attachments_of(situation, payable, days)
    attached = sum(cents for *_, cents in attachments)
    paid, handed_over = means.holiday_of(
        situation, choices, month, last_month_of(situation), settled, granted - payable
    )
    routed = sum(
        allowance.amount_cents
        for allowance in situation.allowances
        if allowance.is_routed and (allowance.from_month or "") <= month <= (allowance.until_month or "9")
    )
    grants = sum(grant.amount_cents for grant in situation.grants if grant.month == month)
    available = payable - attached + routed + grants
    charges, corrections = [], []
    result["status"] = "not_in_relief"
    if month <= last_month_of(situation):
        for_months = months_settled_in(situation, choices, month)
        charges, corrections = entries_of(situation, choices, month, for_months, settled)
        corrections = set_off(charges, corrections, order(choices))
        for entry in [*charges, *corrections]:
            name = (entry["key"], entry["for_month"])
            settled["cents"][name] = settled["cents"].get(name, 0) + entry.get("due", 0) + entry.get("cents", 0)
        settled["until"] = max([settled["until"], *for_months])
        result["status"] = "ok"
    remainder = pay(charges, corrections, available, order(choices))
    charges_total, correction = sum(c["due"] for c in charges), sum(c["cents"] for c in corrections)
    shortfall = charges_total + correction - (available - remainder)
    pending, without = waiting_for_parents(situation, days)
    values = (norm, payable, granted - payable, routed, available, charges_total, correction, remainder, shortfall)
    values += (income, exempt, reduction, attached, protected, paid, handed_over)
    result |= dict(zip(AMOUNTS, values, strict=True))
    return {
        **result,
        "status": "shortfall" if shortfall else result["status"],
        "charges": sorted(charges, key=order(choices)),
        "corrections": corrections,
        "payments": payments_of(situation, choices, month, remainder, days),
        "attachments": attachments,
        "holiday_payments": means.holiday_payments(situation, choices, month, days, paid),
        "solutions": solutions_of(situation, shortfall, pending=pending, without=without),
        "task": "case_manager" if shortfall or pending else None,
    }


def life(situation: Situation, choices: Choices, months: list[str]) -> dict[str, Entry]:
    """Return the amounts of each given month, by month; every month before them is run first, each in its turn."""
    settled = {"cents": {}, "until": "", "parts": {}, "aside": 0}
    by_month = {}
    month = min([month_of(situation.right_from), *months])
    while month <= max(months):
        by_month[month] = month_statement(situation, choices, month, settled)
        month = next_month(month)
    return {month: by_month[month] for month in months}
