"""What the services hold when the season is over: their own totals over HTTP, and what stands in their logs."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from meedoen.demo.chain import Chain
from meedoen.demo.figures import Neighbourhood
from meedoen.demo.logs import Logs
from meedoen.demo.people import CaseloadWeek, FunnelStep, caseload, funnel, people
from meedoen.demo.samples import Sample, samples
from meedoen.demo.story import Season, ServiceName
from shared.events import FixedChargesDeducted, NotificationSent, ShortfallFound
from shared.identity import Role


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
    """Everything that was counted, over all municipalities unless `towns` is asked."""

    towns: Mapping[str, TownTotals]
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

    def total(self, service: str, name: str) -> int:
        """The sum of a total over the municipalities."""
        return sum(int(getattr(town, service)[name]) for town in self.towns.values())

    def totals(self, service: str, name: str) -> dict[str, int]:
        """Totals by code, summed over the municipalities, in order of code."""
        summed: Counter[str] = Counter()
        for town in self.towns.values():
            summed.update(getattr(town, service)[name])
        return {code: count for code, count in sorted(summed.items()) if count}


async def count(chain: Chain, logs: Logs, season: Season) -> Counted:
    towns = {code: await _town(chain, code) for code in season.municipalities}
    zoetermeer, leeuwarden = season.towns
    last_day = season.size.last_day.isoformat()
    targets = await chain.get("recruitment", "/targets", Role.AMBASSADOR_COORDINATOR, zoetermeer, on=last_day)
    places = await chain.items("recruitment", "/neighbourhoods", Role.AMBASSADOR_COORDINATOR, leeuwarden)
    deducted = await logs.facts(FixedChargesDeducted.event_type.type)
    short = await logs.facts(ShortfallFound.event_type.type)
    sent = await logs.facts(NotificationSent.event_type.type)
    known = await people(logs)
    return Counted(
        towns=towns,
        group_target=targets["group_target"],
        neighbourhoods=tuple(Neighbourhood.model_validate(place) for place in places),
        tasks_by_kind=await _tasks(chain, season),
        events_by_type=dict(sorted((await logs.counts()).items())),
        told_deducted_cents=sum(fact.data["deducted_cents"] for fact in deducted),
        told_messages_by_language=dict(Counter(fact.data["language"] for fact in sent)),
        households_falling_short=len({fact.data["household_id"] for fact in short}),
        months=_months(towns.values()),
        funnel=funnel(known),
        caseload=caseload(known, season),
        samples=await samples(chain, season),
    )


async def _town(chain: Chain, municipality: str) -> TownTotals:
    async def get(service: ServiceName, path: str) -> Mapping[str, Any]:
        found: Mapping[str, Any] = await chain.get(service, path, Role.OPERATOR, municipality)
        return found

    return TownTotals(
        recruitment=await get("recruitment", "/figures"),
        intake=await get("intake", "/figures"),
        ledger=await get("ontzorgen", "/ledger-totals"),
        messages=await get("notifications", "/message-totals"),
    )


async def _tasks(chain: Chain, season: Season) -> dict[str, int]:
    kinds: Counter[str] = Counter()
    for municipality in season.municipalities:
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
