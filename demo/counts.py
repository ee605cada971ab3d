"""What the services hold when the season is over: their own totals over HTTP, and the events in their logs.

The season's own figures are those of its two towns; events and messages are counted in all municipalities.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from demo.chain import Chain
from demo.figures import Neighbourhood
from demo.logs import LoggedEvent, Logs
from demo.people import CaseloadWeek, FunnelStep, count_caseload, count_funnel, load_histories
from demo.pilots.counts import PilotCounts, count_pilots, sum_reserve_after_relief
from demo.samples import Sample, collect_samples
from demo.story import Season
from shared.events import EventData, FixedChargesDeducted, NotificationSent, ShortfallFound
from shared.identity import Role
from shared.service_names import ServiceName


@dataclass(frozen=True)
class MoneyMonth:
    """A month over all households, in cents; `payable` is the norm less the holiday reserve."""

    month: str
    households: int
    norm_cents: int
    deducted_cents: int
    remainder_cents: int
    shortfall_cents: int
    attachment_cents: int = 0
    set_off_cents: int = 0
    holiday_paid_cents: int = 0
    holiday_handed_over_cents: int = 0

    @property
    def holiday_reserve_cents(self) -> int:
        return self.norm_cents - self.deducted_cents - self.remainder_cents


@dataclass(frozen=True)
class TownTotals:
    """One municipality's totals as its services gave them."""

    recruitment: Mapping[str, Any]
    intake: Mapping[str, Any]
    ledger: Mapping[str, Any]
    messages: Mapping[str, Any]


@dataclass(frozen=True)
class SeasonCounts:
    """Everything that was counted: of the two towns, each of the `pilots`, and events and `messages` of all."""

    towns: Mapping[str, TownTotals]
    messages: tuple[Mapping[str, Any], ...]
    pilots: tuple[PilotCounts, ...]
    group_target: int
    neighbourhoods: tuple[Neighbourhood, ...]
    tasks_by_kind: Mapping[str, int]
    reserve_after_relief_cents: int
    events_by_type: Mapping[str, int]
    published_deducted_cents: int
    published_messages_by_language: Mapping[str, int]
    households_falling_short: int
    months: tuple[MoneyMonth, ...]
    funnel: tuple[FunnelStep, ...]
    caseload: tuple[CaseloadWeek, ...]
    samples: tuple[Sample, ...]

    @property
    def ledger_sum_cents(self) -> int:
        """Over every municipality; each is also looked at alone."""
        others = (pilot for pilot in self.pilots if pilot.pilot.municipality not in self.towns)
        return self.total("ledger", "sum_cents") + sum(pilot.ledger_sum_cents for pilot in others)

    def total(self, service: str, name: str) -> int:
        """Return the sum of a total over the towns; of `messages` over all municipalities."""
        return sum(int(part[name]) for part in self._parts(service))

    def totals(self, service: str, name: str) -> dict[str, int]:
        """Return totals by code, summed in the same way, in order of code."""
        summed: Counter[str] = Counter()
        for part in self._parts(service):
            summed.update(part[name])
        return {code: count for code, count in sorted(summed.items()) if count}

    def _parts(self, service: str) -> Iterable[Mapping[str, Any]]:
        return self.messages if service == "messages" else [getattr(town, service) for town in self.towns.values()]


async def count_season(chain: Chain, logs: Logs, season: Season) -> SeasonCounts:
    towns = {code: await _read_town(chain, code) for code in season.towns}
    zoetermeer, leeuwarden = season.towns
    last_day = season.size.last_day.isoformat()
    targets = await chain.get("recruitment", "/targets", Role.AMBASSADOR_COORDINATOR, zoetermeer, on=last_day)
    neighbourhoods = await chain.list_items("recruitment", "/neighbourhoods", Role.AMBASSADOR_COORDINATOR, leeuwarden)
    histories = await load_histories(logs, season.towns)
    return SeasonCounts(
        towns=towns,
        messages=tuple([await _read_messages(chain, code) for code in season.municipalities]),
        pilots=await count_pilots(chain, logs, season),
        group_target=targets["group_target"],
        neighbourhoods=tuple(Neighbourhood.model_validate(place) for place in neighbourhoods),
        tasks_by_kind=await _count_tasks(chain, season),
        reserve_after_relief_cents=await _sum_reserve_after_relief(chain, season),
        months=_sum_months(towns.values()),
        funnel=count_funnel(histories),
        caseload=count_caseload(histories, season),
        samples=await collect_samples(chain, season),
        **await _count_events(logs, season),
    )


async def _count_events(logs: Logs, season: Season) -> dict[str, Any]:
    """Return the figures from the events in the logs."""

    async def events_in_towns(kind: type[EventData]) -> list[LoggedEvent]:
        return [event for event in await logs.list_events(kind.event_type.type) if event.municipality in season.towns]

    sent = await logs.list_events(NotificationSent.event_type.type)
    return {
        "events_by_type": dict(sorted((await logs.count_by_type()).items())),
        "published_deducted_cents": sum(
            event.data["deducted_cents"] for event in await events_in_towns(FixedChargesDeducted)
        ),
        "published_messages_by_language": dict(Counter(event.data["language"] for event in sent)),
        "households_falling_short": len(
            {event.data["household_id"] for event in await events_in_towns(ShortfallFound)}
        ),
    }


async def _read_town(chain: Chain, municipality: str) -> TownTotals:
    async def get(service: ServiceName, path: str) -> Mapping[str, Any]:
        document: Mapping[str, Any] = await chain.get(service, path, Role.OPERATOR, municipality)
        return document

    return TownTotals(
        recruitment=await get("recruitment", "/figures"),
        intake=await get("intake", "/figures"),
        ledger=await get("ontzorgen", "/ledger-totals"),
        messages=await _read_messages(chain, municipality),
    )


async def _read_messages(chain: Chain, municipality: str) -> Mapping[str, Any]:
    totals: Mapping[str, Any] = await chain.get("notifications", "/message-totals", Role.OPERATOR, municipality)
    return totals


async def _count_tasks(chain: Chain, season: Season) -> dict[str, int]:
    kinds: Counter[str] = Counter()
    for municipality in season.towns:
        for role in (Role.CASE_MANAGER, Role.BUDGET_MANAGER):
            tasks = await chain.list_items("ontzorgen", "/tasks", role, municipality, forRole=role.value)
            kinds.update(task["kind"] for task in tasks)
    return dict(sorted(kinds.items()))


async def _sum_reserve_after_relief(chain: Chain, season: Season) -> int:
    """Return what is still set aside for the towns' households whose relief is over."""
    cents = 0
    for municipality in season.towns:
        households = await chain.list_items("ontzorgen", "/households", Role.BUDGET_MANAGER, municipality)
        cents += sum_reserve_after_relief(households)
    return cents


def _sum_months(towns: Iterable[TownTotals]) -> tuple[MoneyMonth, ...]:
    """Add up the towns' months."""
    summed: dict[str, Counter[str]] = {}
    for town in towns:
        for month in town.ledger["months"]:
            amounts = {name: amount for name, amount in month.items() if name != "month"}
            summed.setdefault(month["month"], Counter()).update(amounts)
    return tuple(MoneyMonth(month=month, **amounts) for month, amounts in sorted(summed.items()))
