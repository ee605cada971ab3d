"""What the services hold of each pilot when the season is over: each household's months, its file, and its payments."""

import asyncio
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from demo.chain import Chain
from demo.figures import Pilot
from demo.logs import LoggedEvent, Logs
from demo.pilots.homes import BY_LAW
from demo.story import Season
from services.ontzorgen.policies.rules.law import RELIEF_MONTHS
from shared.calendar import period_end
from shared.events import PaymentRefused, ShortfallFound, ShortfallResolved
from shared.identity import Role


@dataclass(frozen=True)
class PilotMonth:
    """A month over the households of a pilot, in cents. Grants are gifts and loans that went into the month."""

    month: str
    households: int
    norm_cents: int
    holiday_reserve_cents: int
    grants_cents: int
    deducted_cents: int
    remainder_cents: int
    shortfall_cents: int


@dataclass(frozen=True)
class PilotCounts:
    """A pilot in figures. Extra charges are those that the law does not name; deductions are after discount.

    `income_cents` was set off, `reserve_left_cents` is set aside, `reserve_after_relief_cents` of it where relief is
    over. What was short and resolved is charged again and paid later: it counts as short and as deducted.
    """

    pilot: Pilot
    households: int
    months_run: int
    norm_cents: int
    deducted_cents: int
    remainder_cents: int
    holiday_reserve_cents: int
    shortfall_cents: int
    income_cents: int
    attachment_cents: int
    holiday_paid_cents: int
    holiday_handed_over_cents: int
    reserve_left_cents: int
    reserve_after_relief_cents: int
    booked_reserve_cents: int
    shortfalls_found: int
    shortfalls_resolved: int
    resolved_cents: int
    paid_later_cents: int
    extra_charges: int
    extra_charges_cents: int
    discount_cents: int
    grants_cents: int
    loans_cents: int
    repaid_cents: int
    extended: int
    phased_out: int
    coaching_minutes: int
    lessons_attended: int
    runs: int
    payments_to_people: int
    payments_of_runs: int
    payments_released: int
    payments_matched: int
    payments_refused: int
    run_cents: int
    booked_deducted_cents: int
    ledger_sum_cents: int
    months: tuple[PilotMonth, ...]

    def document(self) -> dict[str, Any]:
        """Return what `report.json` holds: the pilot's description, and its figures."""
        figures = asdict(self)
        del figures["pilot"]
        return {**self.pilot.model_dump(exclude={"source"}), **figures}


@dataclass(frozen=True)
class _HouseholdData:
    """All that ontzorgen holds of one household."""

    household: Mapping[str, Any]
    statements: Sequence[Mapping[str, Any]]
    charges: Sequence[Mapping[str, Any]]
    grants: Sequence[Mapping[str, Any]]
    loans: Sequence[Mapping[str, Any]]
    talks: Sequence[Mapping[str, Any]]


async def count_pilots(chain: Chain, logs: Logs, season: Season) -> tuple[PilotCounts, ...]:
    kinds = (ShortfallFound, ShortfallResolved, PaymentRefused)
    events = await logs.list_events(*(kind.event_type.type for kind in kinds))
    lessons = await logs.count_lessons_attended([pilot.municipality for pilot in season.pilots])
    return tuple([await _count_pilot(chain, pilot, events, lessons) for pilot in season.pilots])


async def _count_pilot(
    chain: Chain, pilot: Pilot, events: Iterable[LoggedEvent], lessons: Mapping[str, int]
) -> PilotCounts:
    code = pilot.municipality
    households = await chain.list_items("ontzorgen", "/households", Role.BUDGET_MANAGER, code)
    household_data = await asyncio.gather(*(_read_household(chain, code, data) for data in households))
    own_events = [event for event in events if event.municipality == code]
    events_by_type, resolved = Counter(event.type for event in own_events), ShortfallResolved.event_type.type
    months = _sum_months(household_data)
    return PilotCounts(
        pilot=pilot,
        households=len(household_data),
        months_run=sum(month.households for month in months),
        **{name: sum(getattr(month, name) for month in months) for name in _SUMMED},
        shortfalls_found=events_by_type[ShortfallFound.event_type.type],
        shortfalls_resolved=events_by_type[resolved],
        resolved_cents=sum(event.data["shortfall_cents"] for event in own_events if event.type == resolved),
        paid_later_cents=sum(_paid_later_cents(data.statements) for data in household_data),
        payments_refused=events_by_type[PaymentRefused.event_type.type],
        lessons_attended=lessons.get(code, 0),
        coaching_minutes=sum(talk["minutes"] for data in household_data for talk in data.talks),
        payments_to_people=sum(
            len(statement["payments"]) + len(statement["holiday_payments"])
            for data in household_data
            for statement in data.statements
        ),
        months=months,
        **_sum_amounts(household_data),
        **_sum_charges(household_data),
        **_sum_grants(household_data),
        **_count_ends(household_data),
        **await _count_bank(chain, code),
    )


_SUMMED = ("norm_cents", "deducted_cents", "remainder_cents", "holiday_reserve_cents", "shortfall_cents")


async def _read_household(chain: Chain, municipality: str, household: Mapping[str, Any]) -> _HouseholdData:
    async def get(part: str, **query: str) -> Any:
        path = f"/households/{household['id']}{part}"
        return await chain.get("ontzorgen", path, Role.BUDGET_MANAGER, municipality, **query)

    file, statements, grants, loans, coaching = await asyncio.gather(
        get(""),
        get("/statements"),
        get("/grants"),
        get("/loans"),
        get("/coaching", month=household["first_day"][:7]),
    )
    return _HouseholdData(
        household, statements["items"], file["charges"], grants["items"], loans["items"], coaching["sessions"]
    )


def _sum_months(household_data: Iterable[_HouseholdData]) -> tuple[PilotMonth, ...]:
    names = (*_SUMMED, "grants_cents")
    sums: dict[str, Counter[str]] = {}
    for data in household_data:
        for statement in data.statements:
            amounts = sums.setdefault(statement["month"], Counter())
            amounts.update({name: statement[name] for name in names})
            amounts["households"] += 1
    return tuple(
        PilotMonth(month=month, **{name: amounts[name] for name in ("households", *names)})
        for month, amounts in sorted(sums.items())
    )


def _sum_amounts(household_data: Iterable[_HouseholdData]) -> dict[str, int]:
    """Sum what was set off, attached, and became of the holiday allowance."""
    statements = [statement for data in household_data for statement in data.statements]
    names = ("income_cents", "attachment_cents", "holiday_paid_cents", "holiday_handed_over_cents")
    homes = [data.household for data in household_data]
    return {
        **{name: sum(statement[name] for statement in statements) for name in names},
        "reserve_left_cents": sum(home["holiday_reserve_cents"] for home in homes),
        "reserve_after_relief_cents": sum_reserve_after_relief(homes),
    }


def sum_reserve_after_relief(households: Iterable[Mapping[str, Any]]) -> int:
    """Return what is still set aside for households all of whose months were run: nothing, if all is well."""
    return sum(home["holiday_reserve_cents"] for home in households if home["next_month"] > home["last_day"][:7])


def _paid_later_cents(statements: Iterable[Mapping[str, Any]]) -> int:
    late = (line for statement in statements for line in statement["corrections"])
    return sum(line["paid_cents"] for line in late if line["unpaid_in"] is not None)


def _sum_charges(household_data: Iterable[_HouseholdData]) -> dict[str, int]:
    """Sum the extra charges that were paid, and the suppliers' discounts: what was charged less what was due."""
    extra, extra_cents, discount_cents = 0, 0, 0
    for data in household_data:
        amounts_cents = {charge["charge_id"] or charge["id"]: charge["amount_cents"] for charge in data.charges}
        for line in (line for statement in data.statements for line in statement["lines"]):
            discount_cents += amounts_cents[line["charge_id"]] - line["due_cents"]
            if line["kind"] not in BY_LAW and line["paid_cents"]:
                extra, extra_cents = extra + 1, extra_cents + line["paid_cents"]
    return {"extra_charges": extra, "extra_charges_cents": extra_cents, "discount_cents": discount_cents}


def _sum_grants(household_data: Iterable[_HouseholdData]) -> dict[str, int]:
    grants = [grant for data in household_data for grant in data.grants]
    repaid = [repayment for data in household_data for loan in data.loans for repayment in loan["repayments"]]
    return {
        "grants_cents": sum(grant["amount_cents"] for grant in grants if grant["form"] == "gift"),
        "loans_cents": sum(grant["amount_cents"] for grant in grants if grant["form"] == "loan"),
        "repaid_cents": sum(repayment["amount_cents"] for repayment in repaid),
    }


def _count_ends(household_data: Iterable[_HouseholdData]) -> dict[str, int]:
    homes = [data.household for data in household_data]
    return {
        "extended": sum(
            date.fromisoformat(home["last_day"]) > period_end(date.fromisoformat(home["first_day"]), RELIEF_MONTHS)
            for home in homes
        ),
        "phased_out": sum(home["ended_on"] is not None and home["end_reason"] == "phased_out" for home in homes),
    }


async def _count_bank(chain: Chain, municipality: str) -> dict[str, int]:
    """Count what was released, what was sent to the bank, what the bank booked, and whether the books agree."""
    runs = await chain.list_items("ontzorgen", "/runs", Role.BUDGET_MANAGER, municipality)
    files = await chain.get("ontzorgen", "/payment-files", Role.BUDGET_MANAGER, municipality)
    booked = await chain.list_items("ontzorgen", "/bank-entries", Role.BUDGET_MANAGER, municipality, outcome="match")
    ledger = await chain.get("ontzorgen", "/ledger-totals", Role.OPERATOR, municipality)
    released = [run for run in runs if run["state"] == "released"]
    return {
        "runs": len(released),
        "payments_of_runs": sum(run["payments"] for run in released),
        "payments_released": sum(file["payments"] for file in files["items"]),
        "payments_matched": len(booked),
        "run_cents": sum(run["deducted_cents"] for run in released),
        "booked_deducted_cents": ledger["deducted_cents"],
        "booked_reserve_cents": ledger["holiday_reserve_cents"],
        "ledger_sum_cents": ledger["sum_cents"],
    }
