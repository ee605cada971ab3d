"""The relief office: it approves what the calendar proposed, seals and releases it, and pays.

The calendar proposes and never approves: one approves who enters nothing, another releases, and a treasurer takes the
files to the bank. The bank's answers come back; a refused payment is sent again once its account is corrected.
"""

import asyncio
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from demo.bank import answer_file, read_transfers
from demo.chain import Chain, DemoError, Requester
from demo.homes import CLOSED_ACCOUNT, iban, municipality_account
from shared.identity import Role

APPROVER, RELEASER, TREASURER = "approver", "releaser", "treasurer"
_OPEN, _BETWEEN = ("proposed",), ("proposing", "approved", "sealed", "releasing")
ROUNDS_MAX = 100
WAIT_SECONDS = 0.05


class ReliefOffice:
    """One office for all municipalities."""

    def __init__(self, chain: Chain, municipalities: Iterable[str]) -> None:
        self._chain = chain
        self._municipalities = tuple(municipalities)
        self._files: set[str] = set()
        self._refused: dict[str, list[str]] = {code: [] for code in self._municipalities}
        self._closed = frozenset({iban(CLOSED_ACCOUNT)})

    async def process_runs(self, on: date) -> bool:
        """Release every run that is proposed by now; return whether there was anything to do."""
        return any(await asyncio.gather(*(self._process_runs(code, on) for code in self._municipalities)))

    async def _process_runs(self, municipality: str, on: date) -> bool:
        did_something = await self._export_again(municipality, on)
        for _ in range(ROUNDS_MAX):
            runs = await self._chain.list_items("ontzorgen", "/runs", Role.BUDGET_MANAGER, municipality)
            ready = sorted((run for run in runs if run["state"] in _OPEN), key=lambda run: str(run["month"]))
            for run in ready:
                await self._release(run, municipality)
            if not ready and not any(run["state"] in _BETWEEN for run in runs):
                return did_something
            did_something = True
            await asyncio.sleep(0 if ready else WAIT_SECONDS)
        raise DemoError(f"The runs of {municipality} do not finish: see the log of ontzorgen.")

    async def _release(self, run: Mapping[str, Any], municipality: str) -> None:
        for step, user in (("approvals", APPROVER), ("seals", APPROVER), ("releases", RELEASER)):
            requester = Requester(Role.BUDGET_MANAGER, municipality, user)
            run_view = await self._chain.post(
                "ontzorgen", f"/runs/{run['id']}/{step}", requester, {"on": run["proposed_on"]}
            )
        if run_view["state"] == "released":
            await self._pay(run["id"], date.fromisoformat(run["proposed_on"]), municipality)

    async def _pay(self, run_id: str, on: date, municipality: str) -> bool:
        """Send the new payment files of a run to the bank; return whether there was one."""
        treasurer = Requester(Role.TREASURER, municipality, TREASURER)
        requester = Requester(Role.BUDGET_MANAGER, municipality, RELEASER)
        exported = await self._chain.post(
            "ontzorgen", f"/runs/{run_id}/payment-files", treasurer, {"exported_on": on.isoformat()}
        )
        new_files = [file["id"] for file in exported["items"] if file["id"] not in self._files]
        for file_id in new_files:
            self._files.add(file_id)
            content = await self._chain.download("ontzorgen", f"/payment-files/{file_id}/content", treasurer)
            answers = answer_file(
                file_id,
                read_transfers(content),
                own_iban=municipality_account(municipality),
                closed=self._closed,
                on=on,
            )
            await self._chain.post_xml("ontzorgen", "/status-reports", requester, answers.status_report)
            if answers.statement:
                await self._chain.post_xml("ontzorgen", "/bank-statements", requester, answers.statement)
            if answers.refused:
                self._refused[municipality].append(run_id)
        return bool(new_files)

    async def _export_again(self, municipality: str, on: date) -> bool:
        """Export runs with a refused payment again: corrected payments are sent in a new file."""
        waiting = self._refused[municipality]
        paid_again = [run_id for run_id in waiting if await self._pay(run_id, on, municipality)]
        self._refused[municipality] = [run_id for run_id in waiting if run_id not in paid_again]
        return bool(paid_again)
