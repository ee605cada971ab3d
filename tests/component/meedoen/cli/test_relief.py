"""A month at the desk from the command line, as processes of their own, against the real service over HTTP."""

import asyncio
import hashlib
import json
import os
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import uvicorn

from meedoen.stack.processes import find_free_port
from services.ontzorgen.household.handlers.households import on_pip_signed
from shared.auth.local_issuer import LocalIssuer
from shared.identity import Role
from shared.messaging import Received
from shared.testing import eventually
from shared.testing.plans import signed_plan
from shared.testing.running_service import RunningService

ON = date(2026, 9, 1)
IBAN, OTHER_IBAN = "NL91ABNA0417164300", "NL39RABO0300065264"


@dataclass
class Keyboard:
    """People who type commands; `said` is everything that was printed."""

    address: str
    issuer: LocalIssuer
    folder: Path
    said: list[str] = field(default_factory=list)

    async def type(
        self, *words: str, who: str = "anna", role: Role = Role.BUDGET_MANAGER, typed: bytes = b""
    ) -> tuple[int, str, str]:
        """Exit code, output and errors of `meedoen relief ...`."""
        token = self.issuer.token(who, role, "gm0637", 3_600)
        own = {"MEEDOEN_RELIEF_URL": self.address, "MEEDOEN_TOKEN": token}
        command = [sys.executable, "-m", "meedoen", "relief", *words]
        pipe = asyncio.subprocess.PIPE
        started = await asyncio.create_subprocess_exec(
            *command, stdin=pipe, stdout=pipe, stderr=pipe, env=os.environ | own, cwd=self.folder
        )
        out, errors = (part.decode() for part in await started.communicate(typed))
        assert started.returncode is not None
        assert "Traceback" not in errors
        assert token not in out + errors
        return started.returncode, out, errors

    async def done(self, *words: str, who: str = "anna", role: Role = Role.BUDGET_MANAGER, typed: bytes = b"") -> Any:
        """The answer of a command that must succeed."""
        code, out, errors = await self.type(*words, "--json", who=who, role=role, typed=typed)
        assert code == 0, errors
        return json.loads(out)


@pytest.fixture
async def service(client_for: Callable[..., Awaitable[RunningService]]) -> RunningService:
    return await client_for("ontzorgen", Role.BUDGET_MANAGER)


@pytest.fixture
async def keyboard(service: RunningService, issuer: LocalIssuer, tmp_path: Path) -> AsyncIterator[Keyboard]:
    """The service at a port of its own."""
    port = find_free_port()
    config = uvicorn.Config(service.app, host="127.0.0.1", port=port, lifespan="off", ws="none", log_config=None)
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve())
    await eventually(lambda: server.started, 10)
    yield Keyboard(f"http://127.0.0.1:{port}", issuer, tmp_path)
    server.should_exit = True
    with suppress(asyncio.CancelledError):
        await serving


@pytest.fixture
async def household(service: RunningService) -> str:
    """A household whose plan was signed."""
    plan = signed_plan(ON)
    async with service.database.transaction("gm0637") as tx:
        await on_pip_signed(Received(plan, uuid4(), "gm0637"), tx)
    return str(plan.household_id)


@pytest.mark.timeout(300)  # some twenty processes, one after the other
async def test_a_month_from_the_charge_to_the_file_for_the_bank(keyboard: Keyboard, household: str) -> None:
    on, month = ("--on", "2026-09-01"), "2026-09"
    rent = ("charges", "add", household, "--kind", "rent", "--creditor", "woonstad", "--amount", "612,50")
    added = (*rent, "--reference", "huur", "--from", "2026-09-01", "--iban", IBAN, "--id", str(uuid4()))
    assert await keyboard.done(*added) == await keyboard.done(*added), "the same id again changes nothing"
    assert (await keyboard.type("charges", "confirm", household, added[-1], *on, who="bert"))[0] == 0
    mandate = ("--kind", "rent", "--creditor", "woonstad", "--from", "2026-09-01")
    await keyboard.done("mandates", "grant", household, *mandate)

    code, out, _ = await keyboard.type("runs", "propose", month, *on)
    assert (code, "is proposed: 1 household" in out, "another person must approve" in out) == (0, True, True)
    code, out, errors = await keyboard.type("runs", "approve", month, *on)
    assert (code, out) == (1, "")
    assert errors.startswith("You proposed this run yourself")
    for step, state, who in (
        ("approve", "approved", "bert"),
        ("seal", "sealed", "bert"),
        ("release", "released", "anna"),
    ):
        assert (await keyboard.done("runs", step, month, *on, who=who))["state"] == state
    _, out, _ = await keyboard.type("runs", "show", month)
    assert "Approved by bert." in out
    assert "€612.50" in out

    _, _, errors = await keyboard.type("bank", "export", month, *on, role=Role.TREASURER)
    assert errors.startswith("There is no confirmed account")
    for name, iban, of in (("Gemeente Testdorp", IBAN, ()), ("A. Test", OTHER_IBAN, ("--household", household))):
        account = await keyboard.done("bank", "propose-account", "--name", name, "--iban", iban, *of)
        await keyboard.done("bank", "confirm-account", account["id"], who="bert")
    (payment_file,) = (await keyboard.done("bank", "export", month, *on, role=Role.TREASURER))["items"]
    download = await keyboard.done("bank", "download", payment_file["id"], role=Role.TREASURER)
    file = keyboard.folder / f"{payment_file['id']}.xml"
    assert hashlib.sha256(file.read_bytes()).hexdigest() == payment_file["sha256"] == download["sha256"]
    assert file.stat().st_mode & 0o077 == 0, "names and accounts are for their owner alone"
    code, _, errors = await keyboard.type("bank", "statement", file.name)
    assert (code, "not a camt.053 statement" in errors) == (2, True)


async def test_what_has_no_command_of_its_own_is_asked_by_the_fields_of_the_service(
    keyboard: Keyboard, household: str
) -> None:
    lives = json.dumps({"from_day": "2026-09-01", "kind": "single", "adults": [{"age": 34}]}).encode()
    await keyboard.done("composition", "record", household, "sharers=1", "--file", "-", typed=lives)
    (composition,) = (await keyboard.done("composition", "show", household))["items"]
    assert (composition["adults"][0]["age"], composition["sharers"]) == (34, 1)

    fields = ("kind=care_allowance", "amount=131.07", "is_routed=true")
    allowance = await keyboard.done("call", "record-allowance", f"household_id={household}", *fields)
    code, out, _ = await keyboard.type("allowances", "list", household)
    assert (code, allowance["id"] in out, "€131.07" in out) == (0, True, True)

    code, _, errors = await keyboard.type("charges", "end", household, str(uuid4()), "--until", "2026-09-30")
    assert (code, "check its id" in errors) == (1, True)
    _, out, _ = await keyboard.type("operations", "allowances", "record")
    assert "amount=EUROS, or cents" in out
