"""The people at the desk of relief: they approve what the calendar proposed, seal and release it, and pay.

The calendar proposes and never approves, so someone else does (four eyes). Every released run leaves for the bank as
files, and the bank's answers come back; a refused payment is made anew once its account is mended.
"""

import asyncio
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from demo.bank import answer, transfers
from demo.chain import Chain, DemoError, Who
from demo.homes import CLOSED_ACCOUNT, account_of_municipality, iban
from shared.identity import Role

APPROVER = "approver"
_OPEN, _BETWEEN = ("proposed",), ("proposing", "approved", "sealed", "releasing")
ROUNDS_MAX = 100
WAIT_SECONDS = 0.05


class Desk:
    """One desk for all municipalities."""

    def __init__(self, chain: Chain, municipalities: Iterable[str]) -> None:
        self._chain = chain
        self._municipalities = tuple(municipalities)
        self._files: set[str] = set()
        self._refused: dict[str, list[str]] = {one: [] for one in self._municipalities}
        self._closed = frozenset({iban(CLOSED_ACCOUNT)})

    async def settle(self, on: date) -> bool:
        """Release every run that is proposed by now; whether there was anything to do."""
        return any(await asyncio.gather(*(self._settle(one, on) for one in self._municipalities)))

    async def _settle(self, municipality: str, on: date) -> bool:
        who = Who(Role.BUDGET_MANAGER, municipality, APPROVER)
        did_something = await self._try_again(who, on)
        for _ in range(ROUNDS_MAX):
            runs = await self._chain.items("ontzorgen", "/runs", Role.BUDGET_MANAGER, municipality)
            ready = sorted((run for run in runs if run["state"] in _OPEN), key=lambda run: str(run["month"]))
            for run in ready:
                await self._release(run, who)
            if not ready and not any(run["state"] in _BETWEEN for run in runs):
                return did_something
            did_something = True
            await asyncio.sleep(0 if ready else WAIT_SECONDS)
        raise DemoError(f"The runs of {municipality} do not come to an end: look at the log of ontzorgen.")

    async def _release(self, run: Mapping[str, Any], who: Who) -> None:
        for step in ("approvals", "seals", "releases"):
            answered = await self._chain.post("ontzorgen", f"/runs/{run['id']}/{step}", who, {"on": run["proposed_on"]})
        if answered["state"] == "released":
            await self._pay(run["id"], date.fromisoformat(run["proposed_on"]), who)

    async def _pay(self, run_id: str, on: date, who: Who) -> bool:
        """Whether there was a new file."""
        found = await self._chain.post(
            "ontzorgen", f"/runs/{run_id}/payment-files", who, {"exported_on": on.isoformat()}
        )
        new = [file["id"] for file in found["items"] if file["id"] not in self._files]
        for file_id in new:
            self._files.add(file_id)
            content = await self._chain.content("ontzorgen", f"/payment-files/{file_id}/content", who)
            said = answer(
                file_id,
                transfers(content),
                own_iban=account_of_municipality(who.municipality),
                closed=self._closed,
                on=on,
            )
            await self._chain.post_xml("ontzorgen", "/status-reports", who, said.status_report)
            if said.statement:
                await self._chain.post_xml("ontzorgen", "/bank-statements", who, said.statement)
            if said.refused:
                self._refused[who.municipality].append(run_id)
        return bool(new)

    async def _try_again(self, who: Who, on: date) -> bool:
        """Export runs with a refused payment again: what was mended leaves in a new file."""
        waiting = self._refused[who.municipality]
        mended = [run_id for run_id in waiting if await self._pay(run_id, on, who)]
        self._refused[who.municipality] = [run_id for run_id in waiting if run_id not in mended]
        return bool(mended)
