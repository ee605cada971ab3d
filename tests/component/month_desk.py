"""People of one municipality who run its months over HTTP, and households for them."""

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID, uuid4

from services.ontzorgen.household.handlers import households
from services.ontzorgen.household.handlers.creditors import confirm_account
from services.ontzorgen.household.handlers.households import on_pip_signed
from services.ontzorgen.household.rules.charges import Charge, Mandate
from services.ontzorgen.household.rules.creditors import BroughtBy, PaidItem
from services.ontzorgen.household.rules.recorder import Recorder
from services.ontzorgen.run.handlers import runs
from services.ontzorgen.run.rules.run import RunState
from shared.auth.local_issuer import LocalIssuer
from shared.events import RunShardOpened
from shared.events.codes import ChargeKind
from shared.identity import Role, new_id
from shared.messaging import Received
from shared.testing.plans import signed_plan
from shared.testing.running_service import RunningService, fetch_as_operator

ON = date(2026, 9, 1)


@dataclass
class Desk:
    """People of one municipality who run a month."""

    service: RunningService
    issuer: LocalIssuer

    async def do(self, path: str, who: str | None = None, **body: Any) -> Any:
        """Anna enters and releases, Bert confirms, approves and seals, Tess takes the files to the bank."""
        step = path.rpartition("/")[2]
        usual = {"approvals": "bert", "seals": "bert", "confirmations": "bert", "payment-files": "tess"}
        role = Role.TREASURER if step == "payment-files" else Role.BUDGET_MANAGER
        token = self.issuer.token(who or usual.get(step, "anna"), role, "gm0637", 3_600)
        headers = {"Authorization": f"Bearer {token}"}
        return await self.service.post(path, json=body or {"on": ON.isoformat()}, headers=headers)

    async def propose(self, who: str = "anna", month: str = "2026-09") -> str:
        answer = await self.do("/runs", who, month=month, proposed_on=ON.isoformat())
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])

    async def release(self, month: str, day: int = 1) -> str:
        """The run of a month that went through every step on one of its days."""
        on = f"{month}-{day:02}"
        run_id = str((await self.do("/runs", "anna", month=month, proposed_on=on)).json()["id"])
        for step in ("approvals", "seals", "releases"):
            assert (await self.do(f"/runs/{run_id}/{step}", on=on)).status_code == 201
        return run_id

    async def run(self, run_id: str) -> dict[str, Any]:
        view: dict[str, Any] = (await self.service.get(f"/runs/{run_id}")).json()
        return view

    async def household(self, rent_cents: int = 60_000, on: date = ON) -> UUID:
        plan = signed_plan(on)
        assert plan.household_id is not None
        async with self.service.database.transaction("gm0637") as tx:
            await on_pip_signed(Received(plan, uuid4(), "gm0637"), tx)
            charge = Charge(new_id(), ChargeKind.RENT, "woonstad", "NL91ABNA0417164300", "huur", rent_cents, on, None)
            await households.add_charge(plan.household_id, charge, tx)
            await confirm_account(
                BroughtBy(PaidItem.CHARGE, charge.id),
                plan.household_id,
                on,
                tx,
                Recorder("budget_manager", "colleague"),
            )
            mandate = Mandate(new_id(), ChargeKind.RENT, "woonstad", on)
            await households.add_mandate(plan.household_id, mandate, tx)
        return plan.household_id

    async def list_events(self, kind: type) -> list[Any]:
        return [event.data for event in await self.service.list_published() if isinstance(event.data, kind)]

    async def shards(self) -> list[bytes]:
        """The parts that were opened, as they travel."""
        query = "SELECT payload FROM messaging.outbox WHERE topic = $1 ORDER BY position"
        rows = await fetch_as_operator(self.service.database, query, RunShardOpened.event_type.topic.name)
        return [row["payload"] for row in rows]

    async def metrics(self) -> dict[str, float]:
        lines = (await self.service.get("http://service/metrics")).text.splitlines()
        return {name: float(value) for name, _, value in (line.rpartition(" ") for line in lines if line[0] != "#")}

    async def rows(self, query: str) -> list[Any]:
        async with self.service.database.transaction("gm0637") as tx:
            return [tuple(row) for row in await (await tx.driver()).fetch(query)]


async def take_on_proposed(service: RunningService, on: date, municipality: str = "gm0637") -> None:
    """Approve, seal and release what the calendar proposed, and what it proposes then, one approver each."""
    while True:
        async with service.database.transaction(municipality) as tx:
            found, _ = await runs.list_runs(None, 100, tx)
            proposed = [run.id for run in found if run.state is RunState.PROPOSED]
            for run_id in proposed:
                await runs.approve_run(run_id, "approver", on, tx)
                await runs.seal_run(run_id, on, tx)
                await runs.release_run(run_id, "releaser", on, tx)
        if not proposed:
            return
