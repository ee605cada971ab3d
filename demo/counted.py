"""What the services hold when the season is over: their own totals over HTTP, and what stands in their logs.

The season's own figures are those of its two towns; events and messages are counted wherever anyone is at work.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from demo.chain import Chain
from demo.figures import Neighbourhood
from demo.logs import Fact, Logs
from demo.people import CaseloadWeek, FunnelStep, caseload, funnel, people
from demo.pilots.counted import PilotCounts, count_pilots
from demo.samples import Sample, samples
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
class Counted:
    """Everything that was counted: of the two towns, each of the `pilots`, and events and `messages` of all."""

    towns: Mapping[str, TownTotals]
    messages: tuple[Mapping[str, Any], ...]
    pilots: tuple[PilotCounts, ...]
    group_target: int
    neighbourhoods: tuple[Neighbourhood, ...]
    tasks_by_kind: Mapping[str, int]
    events_by_type: Mapping[str, int]
    told_deducted_cents: int
    told_messages_by_language: Mapping[str, int]
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
        """The sum of a total over the towns; of `messages` over all municipalities."""
        return sum(int(part[name]) for part in self._parts(service))

    def totals(self, service: str, name: str) -> dict[str, int]:
        """Totals by code, summed in the same way, in order of code."""
        summed: Counter[str] = Counter()
        for part in self._parts(service):
            summed.update(part[name])
        return {code: count for code, count in sorted(summed.items()) if count}

    def _parts(self, service: str) -> Iterable[Mapping[str, Any]]:
        return self.messages if service == "messages" else [getattr(town, service) for town in self.towns.values()]


async def count(chain: Chain, logs: Logs, season: Season) -> Counted:
    towns = {code: await _town(chain, code) for code in season.towns}
    zoetermeer, leeuwarden = season.towns
    last_day = season.size.last_day.isoformat()
    targets = await chain.get("recruitment", "/targets", Role.AMBASSADOR_COORDINATOR, zoetermeer, on=last_day)
    places = await chain.items("recruitment", "/neighbourhoods", Role.AMBASSADOR_COORDINATOR, leeuwarden)
    known = await people(logs, season.towns)
    return Counted(
        towns=towns,
        messages=tuple([await _messages(chain, code) for code in season.municipalities]),
        pilots=await count_pilots(chain, logs, season),
        group_target=targets["group_target"],
        neighbourhoods=tuple(Neighbourhood.model_validate(place) for place in places),
        tasks_by_kind=await _tasks(chain, season),
        months=_months(towns.values()),
        funnel=funnel(known),
        caseload=caseload(known, season),
        samples=await samples(chain, season),
        **await _told(logs, season),
    )


async def _told(logs: Logs, season: Season) -> dict[str, Any]:
    """Figures from the events in the logs."""

    async def of_towns(kind: type[EventData]) -> list[Fact]:
        return [fact for fact in await logs.facts(kind.event_type.type) if fact.municipality in season.towns]

    sent = await logs.facts(NotificationSent.event_type.type)
    return {
        "events_by_type": dict(sorted((await logs.counts()).items())),
        "told_deducted_cents": sum(fact.data["deducted_cents"] for fact in await of_towns(FixedChargesDeducted)),
        "told_messages_by_language": dict(Counter(fact.data["language"] for fact in sent)),
        "households_falling_short": len({fact.data["household_id"] for fact in await of_towns(ShortfallFound)}),
    }


async def _town(chain: Chain, municipality: str) -> TownTotals:
    async def get(service: ServiceName, path: str) -> Mapping[str, Any]:
        found: Mapping[str, Any] = await chain.get(service, path, Role.OPERATOR, municipality)
        return found

    return TownTotals(
        recruitment=await get("recruitment", "/figures"),
        intake=await get("intake", "/figures"),
        ledger=await get("ontzorgen", "/ledger-totals"),
        messages=await _messages(chain, municipality),
    )


async def _messages(chain: Chain, municipality: str) -> Mapping[str, Any]:
    found: Mapping[str, Any] = await chain.get("notifications", "/message-totals", Role.OPERATOR, municipality)
    return found


async def _tasks(chain: Chain, season: Season) -> dict[str, int]:
    kinds: Counter[str] = Counter()
    for municipality in season.towns:
        for role in (Role.CASE_MANAGER, Role.BUDGET_MANAGER):
            tasks = await chain.items("ontzorgen", "/tasks", role, municipality, forRole=role.value)
            kinds.update(task["kind"] for task in tasks)
    return dict(sorted(kinds.items()))


def _months(towns: Iterable[TownTotals]) -> tuple[MoneyMonth, ...]:
    """The towns' months added up."""
    summed: dict[str, Counter[str]] = {}
    for town in towns:
        for month in town.ledger["months"]:
            amounts = {name: amount for name, amount in month.items() if name != "month"}
            summed.setdefault(month["month"], Counter()).update(amounts)
    return tuple(MoneyMonth(month=month, **amounts) for month, amounts in sorted(summed.items()))
