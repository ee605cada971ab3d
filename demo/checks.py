"""The plan against what the services hold, and the services' figures against each other; each pilot by itself too."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields

from demo.chain import DemoError
from demo.counted import Counted
from demo.expected import Expected
from demo.pilots.counted import PilotCounts
from demo.pilots.expected import PilotExpected
from shared.events import NotificationSent


@dataclass(frozen=True)
class Check:
    """Two ways to one figure; `what` is a noun phrase."""

    what: str
    expected: int
    counted: int

    @property
    def holds(self) -> bool:
        return self.expected == self.counted

    @property
    def sentence(self) -> str:
        return f"{self.what}: expected {self.expected}, counted {self.counted}."


def checks(expected: Expected, counted: Counted, parked: int, waiting: int) -> tuple[Check, ...]:
    """`parked` and `waiting` are the events that the services hold back at the end."""
    held = Check("Parked events", 0, parked), Check("Events that still wait", 0, waiting)
    pilots = [check for one in counted.pilots for check in _of_pilot(expected.pilots[one.pilot.municipality], one)]
    return (*_against_the_plan(expected, counted), *_among_themselves(expected, counted), *pilots, *held)


def refuse_if_any_fails(found: Iterable[Check]) -> None:
    """DemoError with every difference, when there is one."""
    failed = [check.sentence for check in found if not check.holds]
    if failed:
        raise DemoError(
            f"What the services hold is not what the season led to. {' '.join(failed)} "
            "Look for held events with `meedoen parked list`."
        )


def _against_the_plan(expected: Expected, counted: Counted) -> Iterator[Check]:
    for name in ("ambassadors", "outreaches", "people_reached", "candidates", "withdrawn"):
        yield Check(_words(name), getattr(expected, name), counted.total("recruitment", name))
    for name in ("files", "intakes_completed", "signed_plans", "deadlines_missed"):
        yield Check(_words(name), getattr(expected, name), counted.total("intake", name))
    recruited = counted.total("recruitment", "signed_plans")
    yield Check("Signed plans of candidates", expected.signed_plans_recruited, recruited)
    channels = counted.totals("recruitment", "candidates_by_channel")
    for channel, number in expected.candidates_by_channel.items():
        yield Check(f"Candidates by {channel}", number, channels.get(channel, 0))
    yield Check("Households in relief", expected.households_in_relief, counted.total("ledger", "households"))
    yield Check("Months run", expected.months_run, counted.total("ledger", "months_run"))
    yield Check("Households falling short", expected.households_falling_short, counted.households_falling_short)
    for kind, number in expected.events_by_type.items():
        yield Check(f"Events {kind}", number, counted.events_by_type.get(kind, 0))
    written = counted.totals("messages", "by_template")
    for template, number in expected.messages_by_template.items():
        yield Check(f"Messages {template}", number, written.get(template, 0))


def _among_themselves(expected: Expected, counted: Counted) -> Iterator[Check]:
    deducted_cents = counted.total("ledger", "deducted_cents")
    later_cents = sum(one.paid_later_cents for one in counted.pilots if one.pilot.municipality in counted.towns)
    paid_or_short_cents = deducted_cents - later_cents + sum(month.shortfall_cents for month in counted.months)
    yield Check("Sum of the ledger in cents", 0, counted.ledger_sum_cents)
    yield Check("Cents that creditors asked, paid or told as short", expected.asked_cents, paid_or_short_cents)
    yield Check("Cents deducted, as told and as booked", counted.told_deducted_cents, deducted_cents)
    months_cents = sum(month.deducted_cents for month in counted.months)
    yield Check("Cents deducted, by month and in all", deducted_cents, months_cents)
    sent = counted.totals("messages", "by_state").get("sent", 0)
    told = counted.events_by_type.get(NotificationSent.event_type.type, 0)
    yield Check("Messages sent, as told and as kept", told, sent)
    yield Check("Messages, all of them sent", counted.total("messages", "total"), sent)
    for language, number in sorted(counted.told_messages_by_language.items()):
        kept = counted.totals("messages", "by_language").get(language, 0)
        yield Check(f"Messages in {language}, as told and as kept", number, kept)


def _of_pilot(expected: PilotExpected, counted: PilotCounts) -> Iterator[Check]:
    """A pilot's plan, its money from the norm to the last cent, and its way to the bank and back."""
    name = counted.pilot.name
    for field in fields(expected):
        if field.name != "asked_cents":
            figure = getattr(counted, field.name)
            yield Check(f"{name}: {_words(field.name).lower()}", getattr(expected, field.name), figure)
    paid_or_short_cents = counted.deducted_cents - counted.paid_later_cents + counted.shortfall_cents
    yield Check(f"{name}: cents asked, paid or short", expected.asked_cents, paid_or_short_cents)
    yield Check(f"{name}: cents short, resolved and paid later", counted.resolved_cents, counted.paid_later_cents)
    came_in_cents = counted.norm_cents + sum(month.grants_cents for month in counted.months)
    went_out_cents = counted.deducted_cents + counted.remainder_cents + counted.holiday_reserve_cents
    yield Check(f"{name}: cents that came in and went out", came_in_cents, went_out_cents)
    yield Check(f"{name}: cents withheld, as run and as booked", counted.run_cents, counted.booked_deducted_cents)
    yield Check(f"{name}: cents withheld, in statements and as booked", counted.deducted_cents, counted.run_cents)
    refused = counted.payments_refused
    yield Check(f"{name}: payments that left", counted.payments_of_runs + refused, counted.payments_released)
    yield Check(f"{name}: payments booked by the bank", counted.payments_released - refused, counted.payments_matched)
    yield Check(f"{name}: sum of the ledger in cents", 0, counted.ledger_sum_cents)


def _words(name: str) -> str:
    return name.replace("_", " ").capitalize()
