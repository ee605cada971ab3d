"""The story behind the databases of the last version: a short season, and whatever the season does not reach.

Everyone and everything in it is invented. What people do goes over HTTP; held events are put down by the core's own
`hold` and `discard`, since nothing goes wrong in the story by itself. After it, every table of every service has rows.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Literal

import asyncpg
import httpx
from rich.console import Console

from demo.chain import Chain, Who
from demo.logs import Logs
from demo.planner import plan
from demo.player import Player
from demo.progress import Stage
from demo.relief_office import Desk
from demo.story import COLLEAGUE, Season, Size
from meedoen.stack.local_run import LocalRun
from shared.events import CandidateRecruited, EventData, PIPSigned
from shared.events.envelope import CONTENT_TYPE, write_event
from shared.identity import Role, new_id
from shared.messaging.held import HeldEvent, discard, hold
from shared.messaging.outcome import HoldReason
from shared.testing.bank_files import IBAN
from shared.testing.samples import sample

Service = Literal["recruitment", "intake", "ontzorgen", "notifications"]
HOME_TOWN = "gm0637"
COACHING_TOWN = "gm0779"
CALLING_TOWN = "gm0779"
SEASON = Size(
    first_day=date(2026, 6, 15),
    weeks=17,
    recruiting_weeks=2,
    ambassadors=4,
    candidates=3,
    status_holders=4,
    late_plans=1,
    relief_from=date(2026, 7, 1),
    relief_months=6,
    pilot_households=1,
    pilots_from=date(2026, 7, 1),
    pilots_until=date(2026, 12, 31),
)
SEED = 3
TODAY = SEASON.last_day + timedelta(days=1)
SHORT_MONTH, LATER_MONTH = "2026-11", "2026-12"
RESOLVED_ON = date(2026, 11, 8)
LAST_DAY = date(2026, 12, 6)  # by then evaluations are open, and December is proposed and not yet approved
DRAIN_SECONDS_MAX = 60.0
RETRIED_IN_SECONDS = 100 * 365 * 86_400.0


def plan_season() -> Season:
    return plan(SEED, size=SEASON)


@dataclass(frozen=True)
class Storyteller:
    """Plays the story on a running chain."""

    run: LocalRun
    chain: Chain
    logs: Logs
    season: Season

    async def tell(self) -> None:
        stage = Stage(Console(), self.season.figures)
        await Player(self.run, self.chain, self.logs, self.season, stage.show).play()
        household = await self._household(HOME_TOWN)
        await self._read_files(household)
        await self._change_file(household)
        await self._arrange(household)
        await self._hear_of_arrears(await self._household(CALLING_TOWN))
        await self._coach(await self._household(COACHING_TOWN))
        await self._meet_neighbours(household)
        await self._fall_short(household)
        await self._let_go(await self._household(CALLING_TOWN))
        for service, url in ((service, self.run.owner_url(service)) for service in self.run.services):
            await hold_events(service, url)

    async def _household(self, municipality: str) -> Mapping[str, Any]:
        """The first household in relief there that has a charge."""
        for household in await self.chain.items("ontzorgen", "/households", Role.BUDGET_MANAGER, municipality):
            path = f"/households/{household['id']}"
            file: Mapping[str, Any] = await self.chain.get("ontzorgen", path, Role.BUDGET_MANAGER, municipality)
            if file["charges"] and file["household"]["ended_on"] is None:
                return file
        raise LookupError(f"No household of {municipality} is in relief: give the season more of them.")

    async def _post(
        self,
        household: Mapping[str, Any],
        path: str,
        *,
        town: str = HOME_TOWN,
        role: Role = Role.BUDGET_MANAGER,
        by: str = "office",
        **body: Any,
    ) -> Any:
        whole = f"/households/{household['household']['id']}/{path}"
        return await self.chain.post("ontzorgen", whole, Who(role, town, by), body)

    async def _read_files(self, household: Mapping[str, Any]) -> None:
        """Whoever reads a file is put on record in the other services too."""
        readers: tuple[tuple[Service, str, Role], ...] = (
            ("recruitment", "/candidates", Role.AMBASSADOR_COORDINATOR),
            ("intake", "/newcomers", Role.CASE_MANAGER),
        )
        contact = f"/people/{household['household']['person_id']}/contact"
        await self.chain.get("notifications", contact, Role.CASE_MANAGER, HOME_TOWN)
        for service, path, role in readers:
            person = (await self.chain.items(service, path, role, HOME_TOWN))[0]
            await self.chain.get(service, f"{path}/{person['id']}", role, HOME_TOWN)

    async def _change_file(self, household: Mapping[str, Any]) -> None:
        """Right, composition, means, terms, and an account that a colleague confirms."""
        day, month = TODAY.isoformat(), "2026-11"
        right = household["household"]
        await self._post(household, "rights", right_from=right["right_from"], right_until="2027-06-30", known_on=day)
        composition = {"kind": right["household_type"], "adults": [{"age": 34}], "from_day": "2026-11-01"}
        if right["household_type"] == "couple":
            composition["adults"] = [{"age": 34}, {"age": 33}]
        children = [{"age": 6}] if right["has_children"] else []
        await self._post(household, "compositions", **composition, children=children)
        care = {"kind": "care_allowance", "amount_cents": 12_900, "is_routed": False}
        await self._post(household, "allowances", **care, from_month=month)
        claim = {"creditor": "belastingdienst-voorbeeld", "amount_cents": 1_500, "total_cents": 9_000}
        await self._post(household, "claims", **claim, from_day="2026-12-01")
        await self._post(household, "assets", kind="savings", amount_cents=120_000, seen_on=day)
        await self._post(household, "payment-terms", from_day=day, prepay=False)

    async def _confirm(self, path: str, day: str) -> None:
        """A second person's confirmation, which has no answer to read."""
        token = self.run.token(Role.BUDGET_MANAGER, HOME_TOWN, subject=COLLEAGUE)
        headers = {"Authorization": f"Bearer {token}"}
        async with httpx.AsyncClient(base_url=f"{self.run.address('ontzorgen')}/v1", trust_env=False) as client:
            (await client.post(path, json={"confirmed_on": day}, headers=headers)).raise_for_status()

    async def _arrange(self, household: Mapping[str, Any]) -> None:
        """A regeldag, money by joint decision, and what is agreed with creditors."""
        day = TODAY.isoformat()
        regeldag_id = str(new_id())
        await self._post(household, "regeldagen", id=regeldag_id, held_on=day)
        step = {"item": "water", "responsible": "person", "done_on": day}
        await self._post(household, f"regeldagen/{regeldag_id}/steps", **step)
        parties = ["budget_manager", "budget_coach", "person"]
        money = {"rhythm": "monthly", "decided_on": day, "from_day": day, "parties": parties}
        await self._post(household, "money-decisions", **money)
        charge = household["charges"][0]
        owed = {"creditor": charge["creditor"], "kind": charge["kind"]}
        await self._post(household, "direct-debits", **owed, day_of_month=6, agreed_on=day)
        mandate = household["mandates"][-1]
        await self._post(household, f"mandates/{mandate['id']}/revocations", revoked_on="2026-12-01")

    async def _hear_of_arrears(self, household: Mapping[str, Any]) -> None:
        """Where a creditor calls the municipality first, relief still running."""
        charge = household["charges"][0]
        message = {"creditor": charge["creditor"], "kind": charge["kind"], "months_in_arrears": 1}
        signalled_on = TODAY.isoformat()
        await self._post(household, "arrears-messages", town=CALLING_TOWN, **message, signalled_on=signalled_on)

    async def _coach(self, household: Mapping[str, Any]) -> None:
        plan_of_talk = {"planned_on": "2026-11-10", "minutes": 45}
        await self._post(household, "coaching-appointments", town=COACHING_TOWN, **plan_of_talk)
        loans = f"/households/{household['household']['id']}/loans"
        if not (await self.chain.get("ontzorgen", loans, Role.BUDGET_MANAGER, COACHING_TOWN))["items"]:
            lent = {"kind": "furnishing_credit", "form": "loan", "amount_cents": 90_000, "month": "2026-11"}
            agreed = {"repay_from": "2026-12", "repay_cents": 5_000, "agreed_on": TODAY.isoformat()}
            await self._post(household, "grants", town=COACHING_TOWN, **lent, **agreed)
        loan = (await self.chain.get("ontzorgen", loans, Role.BUDGET_MANAGER, COACHING_TOWN))["items"][0]
        paid = {"paid_on": TODAY.isoformat(), "amount_cents": 2_500}
        await self._post(household, f"loans/{loan['grant']['id']}/repayments", town=COACHING_TOWN, **paid)

    async def _meet_neighbours(self, household: Mapping[str, Any]) -> None:
        day = TODAY.isoformat()
        who = Who(Role.BUDGET_MANAGER, CALLING_TOWN)
        meeting = {"held_on": day, "participants": 9, "found_it_helps": 6, "found_it_does_not": 1}
        await self.chain.post("ontzorgen", "/sounding-board-meetings", who, meeting)
        who = Who(Role.BUDGET_MANAGER, HOME_TOWN)
        mother = {"id": str(new_id()), "languages": ["ti", "nl"], "from_day": day}
        await self.chain.post("ontzorgen", "/neighbourhood-mothers", who, mother)
        work = {"engagement": "training", "on_day": day, "minutes": 60}
        await self.chain.post("ontzorgen", f"/neighbourhood-mothers/{mother['id']}/engagements", who, work)
        await self._post(household, "energy-steps", help="energy_box", state="offered", on_day=day)

    async def _fall_short(self, household: Mapping[str, Any]) -> None:
        """A rent that no month can pay: November falls short, and what is unpaid is asked again in December."""
        day, rent = TODAY.isoformat(), household["charges"][0]
        change = {"known_on": day, "from_day": "2026-11-01", "amount_cents": 250_000, "iban": IBAN}
        changed = await self._post(household, f"charges/{rent['id']}/changes", **change)
        await self._confirm(f"/households/{household['household']['id']}/charges/{changed['id']}/confirmations", day)
        desk = Desk(self.chain, self.season.municipalities)
        self._start_days(TODAY, RESOLVED_ON)
        await desk.settle(RESOLVED_ON)
        self.run.wait_until_drained(DRAIN_SECONDS_MAX)
        given = {"solution": "special_assistance", "resolved_on": RESOLVED_ON.isoformat(), "granted_cents": 40_000}
        path = f"shortfalls/{SHORT_MONTH}/resolutions"
        await self._post(household, path, role=Role.CASE_MANAGER, **given, for_month=LATER_MONTH)
        self._start_days(RESOLVED_ON + timedelta(days=1), LAST_DAY)

    def _start_days(self, first: date, last: date) -> None:
        self.run.publish_days([first + timedelta(days=number) for number in range((last - first).days + 1)])
        self.run.wait_until_drained(DRAIN_SECONDS_MAX)

    async def _let_go(self, household: Mapping[str, Any]) -> None:
        """Relief comes to its end: every creditor is informed, and the first step is taken."""
        day = LAST_DAY.isoformat()
        await self._post(household, "decisions", town=CALLING_TOWN, outcome="phase_out", decided_on=day)
        for creditor in sorted({charge["creditor"] for charge in household["charges"]}):
            await self._post(household, "creditors-told", town=CALLING_TOWN, creditor=creditor, told_on=day)
        await self._post(household, "phase-out-steps", town=CALLING_TOWN, step="creditors_informed", taken_on=day)
        self.run.wait_until_drained(DRAIN_SECONDS_MAX)


async def hold_events(service: str, url: str) -> None:
    """One event parked, one waiting behind it, one that is tried again in a hundred years, one discarded."""
    connection = await asyncpg.connect(url)
    try:
        kind = CandidateRecruited if service == "intake" else PIPSigned
        parked, behind, retried, given_up = (
            build_held_event(kind, key) for key in ("first", "first", "second", "third")
        )
        parked = {**parked, "state": "parked", "reason": HoldReason.HANDLER_FAILED, "sentence": "It is invented."}
        retried = {**retried, "state": "retrying", "reason": HoldReason.NOT_YET_KNOWN, "attempts": 3}
        given_up = {**given_up, "state": "parked", "reason": HoldReason.REFUSED, "sentence": "Refused."}
        for fields, seconds in ((parked, 0.0), (behind, 0.0), (retried, RETRIED_IN_SECONDS), (given_up, 0.0)):
            await hold(connection, HeldEvent(**fields), seconds)
        because = f"Invented for the databases of {service}."
        assert await discard(connection, given_up["event_id"], actor="operator", because=because)
    finally:
        await connection.close()


def build_held_event(kind: type[EventData], key: str) -> dict[str, Any]:
    """The fields of a held event with a made-up fact."""
    written = write_event(sample(kind), municipality=HOME_TOWN)
    return {
        "event_id": written.event_id,
        "topic": written.topic,
        "key": key,
        "event_type": kind.event_type.type,
        "municipality": HOME_TOWN,
        "payload": written.payload,
        "headers": {"content-type": CONTENT_TYPE},
    }
