"""Checks of the plan against what the services hold, and of the services' figures against each other."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields

from demo.chain import DemoError
from demo.counts import SeasonCounts
from demo.expectations import ExpectedFigures
from demo.pilots.counts import PilotCounts
from demo.pilots.expectations import PilotExpected
from shared.events import NotificationSent


@dataclass(frozen=True)
class Check:
    """One figure counted in two ways; `what` is a noun phrase."""

    what: str
    expected: int
    counted: int

    @property
    def holds(self) -> bool:
        return self.expected == self.counted

    @property
    def sentence(self) -> str:
        return f"{self.what}: expected {self.expected}, counted {self.counted}."


def build_checks(expected: ExpectedFigures, counts: SeasonCounts, parked: int, waiting: int) -> tuple[Check, ...]:
    """Return every check. `parked` and `waiting` are the events that the services hold back at the end."""
    held_checks = Check("Parked events", 0, parked), Check("Events that still wait", 0, waiting)
    pilots = [
        check
        for pilot_counts in counts.pilots
        for check in _pilot_checks(expected.pilots[pilot_counts.pilot.municipality], pilot_counts)
    ]
    return (*_plan_checks(expected, counts), *_consistency_checks(expected, counts), *pilots, *held_checks)


def require_all_hold(checks: Iterable[Check]) -> None:
    """Raise DemoError with every difference, if there is one."""
    failed = [check.sentence for check in checks if not check.holds]
    if failed:
        raise DemoError(
            f"The services' figures differ from the season's plan. {' '.join(failed)} "
            "See the held events with `meedoen parked list`."
        )


def _plan_checks(expected: ExpectedFigures, counts: SeasonCounts) -> Iterator[Check]:
    for name in ("ambassadors", "outreaches", "people_reached", "candidates", "withdrawn"):
        yield Check(_label(name), getattr(expected, name), counts.total("recruitment", name))
    for name in ("files", "intakes_completed", "signed_plans", "deadlines_missed"):
        yield Check(_label(name), getattr(expected, name), counts.total("intake", name))
    recruited = counts.total("recruitment", "signed_plans")
    yield Check("Signed plans of candidates", expected.signed_plans_recruited, recruited)
    channels = counts.totals("recruitment", "candidates_by_channel")
    for channel, number in expected.candidates_by_channel.items():
        yield Check(f"Candidates by {channel}", number, channels.get(channel, 0))
    yield Check("Households in relief", expected.households_in_relief, counts.total("ledger", "households"))
    yield Check("Months run", expected.months_run, counts.total("ledger", "months_run"))
    yield Check("Households falling short", expected.households_falling_short, counts.households_falling_short)
    for kind, number in expected.events_by_type.items():
        yield Check(f"Events {kind}", number, counts.events_by_type.get(kind, 0))
    written = counts.totals("messages", "by_template")
    for template, number in expected.messages_by_template.items():
        yield Check(f"Messages {template}", number, written.get(template, 0))


def _consistency_checks(expected: ExpectedFigures, counts: SeasonCounts) -> Iterator[Check]:
    deducted_cents = counts.total("ledger", "deducted_cents")
    later_cents = sum(
        pilot_counts.paid_later_cents
        for pilot_counts in counts.pilots
        if pilot_counts.pilot.municipality in counts.towns
    )
    paid_or_short_cents = deducted_cents - later_cents + sum(month.shortfall_cents for month in counts.months)
    yield Check("Sum of the ledger in cents", 0, counts.ledger_sum_cents)
    yield Check("Cents that creditors charged, paid or reported as short", expected.charged_cents, paid_or_short_cents)
    yield Check("Cents deducted, as published and as booked", counts.published_deducted_cents, deducted_cents)
    months_cents = sum(month.deducted_cents for month in counts.months)
    yield Check("Cents deducted, by month and in all", deducted_cents, months_cents)
    yield Check("Cents of holiday allowance left after relief", 0, counts.reserve_after_relief_cents)
    set_aside_cents = sum(month.holiday_reserve_cents for month in counts.months)
    names = ("holiday_paid_cents", "holiday_handed_over_cents", "holiday_reserve_cents")
    known_cents = sum(counts.total("ledger", name) for name in names)
    yield Check("Cents of holiday allowance set aside; paid, handed over or left", set_aside_cents, known_cents)
    sent = counts.totals("messages", "by_state").get("sent", 0)
    published = counts.events_by_type.get(NotificationSent.event_type.type, 0)
    yield Check("Messages sent, as published and as stored", published, sent)
    yield Check("Messages, all of them sent", counts.total("messages", "total"), sent)
    for language, number in sorted(counts.published_messages_by_language.items()):
        stored = counts.totals("messages", "by_language").get(language, 0)
        yield Check(f"Messages in {language}, as published and as stored", number, stored)


def _pilot_checks(expected: PilotExpected, counts: PilotCounts) -> Iterator[Check]:
    """Check a pilot's plan, its money from the norm to the last cent, and its way to the bank and back."""
    name = counts.pilot.name
    for field in fields(expected):
        if field.name != "charged_cents":
            figure = getattr(counts, field.name)
            yield Check(f"{name}: {_label(field.name).lower()}", getattr(expected, field.name), figure)
    paid_or_short_cents = counts.deducted_cents - counts.paid_later_cents + counts.shortfall_cents
    yield Check(f"{name}: cents charged, paid or short", expected.charged_cents, paid_or_short_cents)
    yield Check(f"{name}: cents short, resolved and paid later", counts.resolved_cents, counts.paid_later_cents)
    came_in_cents = counts.norm_cents - counts.income_cents + sum(month.grants_cents for month in counts.months)
    kept_cents = counts.holiday_reserve_cents + counts.attachment_cents
    went_out_cents = counts.deducted_cents + counts.remainder_cents + kept_cents
    yield Check(f"{name}: cents that came in and went out", came_in_cents, went_out_cents)
    yield Check(f"{name}: cents deducted, as run and as booked", counts.run_cents, counts.booked_deducted_cents)
    yield Check(f"{name}: cents deducted, in statements and as booked", counts.deducted_cents, counts.run_cents)
    known_cents = counts.holiday_paid_cents + counts.holiday_handed_over_cents + counts.reserve_left_cents
    what = "cents of holiday allowance set aside; paid, handed over or left"
    yield Check(f"{name}: {what}", counts.holiday_reserve_cents, known_cents)
    yield Check(f"{name}: cents of holiday allowance left after relief", 0, counts.reserve_after_relief_cents)
    what = "cents of holiday allowance left, by household and in the ledger"
    yield Check(f"{name}: {what}", counts.reserve_left_cents, counts.booked_reserve_cents)
    refused = counts.payments_refused
    yield Check(f"{name}: payments sent", counts.payments_of_runs + refused, counts.payments_released)
    yield Check(f"{name}: payments booked by the bank", counts.payments_released - refused, counts.payments_matched)
    yield Check(f"{name}: sum of the ledger in cents", 0, counts.ledger_sum_cents)


def _label(name: str) -> str:
    return name.replace("_", " ").capitalize()
