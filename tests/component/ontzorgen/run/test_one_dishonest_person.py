"""One person looks for a way around the second one: each that was found is closed."""

from collections.abc import Awaitable, Callable
from datetime import date
from typing import Any
from uuid import UUID, uuid4

import pytest
from month_desk import ON, Desk

from services.ontzorgen.bank.handlers.refusals import refuse
from services.ontzorgen.bank.repository.accounts import find_accounts_in_force
from services.ontzorgen.bank.rules.refusals import Refusal
from services.ontzorgen.policies.handlers import policy_in_force
from services.ontzorgen.policies.rules.relief import Approval
from services.ontzorgen.run.handlers import runs
from shared.auth.local_issuer import LocalIssuer
from shared.identity import Role, new_id
from shared.testing.running_service import RunningService

OWN_IBAN, HONEST_IBAN = "NL20INGB0001234567", "NL39RABO0300065264"
DAY = "2026-09-01"


@pytest.fixture
async def desk(client_for: Callable[..., Awaitable[RunningService]], issuer: LocalIssuer) -> Desk:
    return Desk(await client_for("ontzorgen", Role.BUDGET_MANAGER), issuer)


async def do(desk: Desk, path: str, who: str, **body: Any) -> Any:
    answer = await desk.do(path, who, **body)
    assert answer.is_success, answer.text
    return answer.json() if answer.content else None


async def refuse_with(desk: Desk, code: str, path: str, who: str, **body: Any) -> None:
    answer = await desk.do(path, who, **body)
    assert (answer.status_code, answer.json().get("code")) == (409, code), answer.text


async def pay(desk: Desk) -> None:
    """Take September to the bank, with nobody who looks at more than the amounts."""
    account = await do(desk, "/bank-accounts", "anna", name="Gemeente", iban=HONEST_IBAN)
    await do(desk, f"/bank-accounts/{account['id']}/confirmations", "bert")
    run_id = await desk.release("2026-09")
    await do(desk, f"/runs/{run_id}/payment-files", "tess", exported_on=DAY)


async def list_paid_ibans(desk: Desk) -> list[str]:
    return [iban for (iban,) in await desk.rows("SELECT iban FROM payment_instruction ORDER BY iban")]


async def test_a_confirmation_is_of_one_account_also_when_its_id_is_used_again_elsewhere(desk: Desk) -> None:
    home = await desk.household()
    version = {"id": str(new_id()), "code": "stroom", "name": "Stroom BV", "kind": "energy", "from_day": DAY}
    await do(desk, "/creditors", "anna", **version, iban=HONEST_IBAN)
    await do(desk, f"/creditors/versions/{version['id']}/confirmations", "bert", confirmed_on=DAY)
    (charge_id,) = (await desk.rows("SELECT id FROM charge"))[0]
    change = {"id": version["id"], "known_on": DAY, "from_day": DAY, "amount_cents": 60_000, "iban": OWN_IBAN}
    changed = await do(desk, f"/households/{home}/charges/{charge_id}/changes", "mallory", **change)
    assert changed["needs_confirmation"]
    attachment = {"creditor": "beslag", "reference": "x", "amount_cents": 100, "protected_cents": 90_000}
    dates = {"from_day": DAY, "known_on": DAY}
    attached = {**attachment, **dates, "id": version["id"], "iban": OWN_IBAN}
    await do(desk, f"/households/{home}/attachments", "mallory", **attached)
    await pay(desk)
    assert OWN_IBAN not in await list_paid_ibans(desk)
    confirmation = f"/households/{home}/charges/{version['id']}/confirmations"
    await refuse_with(desk, "own_account_entry", confirmation, "mallory", confirmed_on=DAY)
    await do(desk, confirmation, "bert", confirmed_on=DAY)
    assert await desk.rows("SELECT confirms FROM iban_confirmation ORDER BY record_no DESC LIMIT 1") == [("charge",)]


async def test_who_brought_an_account_to_the_register_does_not_confirm_it_in_a_file(desk: Desk) -> None:
    home = await desk.household()
    creditor = {"code": "stroom", "name": "Stroom BV", "kind": "energy", "from_day": DAY, "iban": OWN_IBAN}
    version = await do(desk, "/creditors", "mallory", **creditor)
    money = {"kind": "energy", "creditor": "stroom", "reference": "x", "amount_cents": 20_000, "from_day": DAY}
    copied = await do(desk, f"/households/{home}/charges", "anna", **money, iban=OWN_IBAN)
    confirmation = f"/households/{home}/charges/{copied['id']}/confirmations"
    await refuse_with(desk, "own_account_entry", confirmation, "mallory", confirmed_on=DAY)
    await do(desk, f"/creditors/versions/{version['id']}/confirmations", "anna", confirmed_on=DAY)
    await do(desk, confirmation, "mallory", confirmed_on=DAY)


async def test_who_proposed_a_persons_account_does_not_confirm_a_colleagues_proposal_of_it(desk: Desk) -> None:
    account = {"household_id": str(await desk.household()), "name": "Persoon", "iban": OWN_IBAN}
    await do(desk, "/bank-accounts", "mallory", **account)
    copied = await do(desk, "/bank-accounts", "anna", **account)
    await refuse_with(desk, "own_account_entry", f"/bank-accounts/{copied['id']}/confirmations", "mallory")
    await do(desk, f"/bank-accounts/{copied['id']}/confirmations", "bert")


async def test_an_account_that_was_corrected_before_anybody_confirmed_it_is_never_put_in_force(desk: Desk) -> None:
    home = str(await desk.household())
    wrong = await do(desk, "/bank-accounts", "anna", household_id=home, name="Persoon", iban=OWN_IBAN)
    right = await do(desk, "/bank-accounts", "anna", household_id=home, name="Persoon", iban=HONEST_IBAN)
    await do(desk, f"/bank-accounts/{right['id']}/confirmations", "bert")
    await refuse_with(desk, "newer_account", f"/bank-accounts/{wrong['id']}/confirmations", "mallory")
    await do(desk, f"/bank-accounts/{right['id']}/confirmations", "bert")


async def test_the_account_of_a_former_partner_is_not_that_of_the_next_one(desk: Desk) -> None:
    home = await desk.household()
    couple = {"kind": "couple", "adults": [{"born_on": "1990-01-01"}] * 2, "from_day": DAY}
    await do(desk, f"/households/{home}/compositions", "anna", id=str(new_id()), **couple)
    first = {"id": str(new_id()), "person_id": str(uuid4()), "role": "partner", "from_day": DAY}
    await do(desk, f"/households/{home}/people", "anna", **first)
    account = {"household_id": str(home), "payee": "partner", "name": "Persoon"}
    of_first = await do(desk, "/bank-accounts", "anna", **account, iban=OWN_IBAN)
    await do(desk, f"/bank-accounts/{of_first['id']}/confirmations", "bert")
    ended = {**first, "id": str(new_id()), "replaces": first["id"], "until_day": "2026-09-30"}
    await do(desk, f"/households/{home}/people", "mallory", **ended)
    holder = f"partner:{home}"
    assert await _find_iban(desk, holder) == OWN_IBAN, "it is still the same partner's"
    next_one = {"id": str(new_id()), "person_id": str(uuid4()), "role": "partner", "from_day": "2026-10-01"}
    await do(desk, f"/households/{home}/people", "mallory", **next_one)
    assert await _find_iban(desk, holder) is None
    of_next = await do(desk, "/bank-accounts", "anna", **account, iban=HONEST_IBAN)
    await do(desk, f"/bank-accounts/{of_next['id']}/confirmations", "bert")
    assert await _find_iban(desk, holder) == HONEST_IBAN


async def _find_iban(desk: Desk, holder: str) -> str | None:
    async with desk.service.database.transaction("gm0637") as tx:
        in_force = await find_accounts_in_force(tx, [holder])
    return in_force[holder].iban if holder in in_force else None


async def test_who_proposes_a_run_does_not_choose_how_many_approve_it_by_its_day(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    two = {"approvals": (Approval(from_cents=0, eyes=2),)}

    def read_stricter_since_october(code: str, on: date) -> Any:
        policy = policy_in_force(code, on)
        return policy.model_copy(update=two) if on >= date(2026, 10, 1) else policy

    monkeypatch.setattr(runs, "policy_in_force", read_stricter_since_october)
    await desk.household(on=ON)
    run = await do(desk, "/runs", "mallory", month="2026-09", proposed_on="2026-09-30")
    assert run["eyes_needed"] == 2


async def test_who_releases_does_not_choose_an_earlier_account_by_the_day(desk: Desk) -> None:
    home = await desk.household()
    for iban, from_day in ((OWN_IBAN, "2020-01-01"), (HONEST_IBAN, "2026-01-01")):
        creditor = {"code": "stroom", "name": "Stroom BV", "kind": "energy", "from_day": from_day, "iban": iban}
        version = await do(desk, "/creditors", "anna", **creditor)
        await do(desk, f"/creditors/versions/{version['id']}/confirmations", "bert", confirmed_on=DAY)
    money = {"kind": "energy", "creditor": "stroom", "reference": "x", "amount_cents": 20_000, "from_day": DAY}
    await do(desk, f"/households/{home}/charges", "anna", **money)
    granted = {"kind": "energy", "creditor": "stroom", "granted_on": DAY}
    await do(desk, f"/households/{home}/mandates", "anna", **granted)
    account = await do(desk, "/bank-accounts", "anna", name="Gemeente", iban=HONEST_IBAN)
    await do(desk, f"/bank-accounts/{account['id']}/confirmations", "bert")
    run_id = (await do(desk, "/runs", "anna", month="2026-09", proposed_on=DAY))["id"]
    for step, who, on in (("approvals", "bert", DAY), ("seals", "bert", DAY), ("releases", "mallory", "2020-02-02")):
        await do(desk, f"/runs/{run_id}/{step}", who, on=on)
    await do(desk, f"/runs/{run_id}/payment-files", "tess", exported_on=DAY)
    assert OWN_IBAN not in await list_paid_ibans(desk)
    ((payment_id,),) = await desk.rows("SELECT id FROM payment_instruction WHERE amount_cents = 20000")
    await _refuse_in_message_of(desk, payment_id, "anna")
    await do(desk, f"/payments/{payment_id}/replacements", "mallory", instructed_on="2020-02-02")
    assert OWN_IBAN not in await list_paid_ibans(desk)


async def test_who_brought_the_banks_refusal_does_not_have_it_paid_again(desk: Desk) -> None:
    await desk.household()
    await pay(desk)
    ((payment_id,),) = await desk.rows("SELECT id FROM payment_instruction")
    await _refuse_in_message_of(desk, payment_id, "mallory")
    replacement, body = f"/payments/{payment_id}/replacements", {"instructed_on": "2026-09-02"}
    await refuse_with(desk, "own_bank_message", replacement, "mallory", **body)
    assert len(await list_paid_ibans(desk)) == 1
    await do(desk, replacement, "anna", **body)


async def _refuse_in_message_of(desk: Desk, payment_id: UUID, who: str) -> None:
    digest = uuid4().hex
    async with desk.service.database.transaction("gm0637") as tx:
        insert = "INSERT INTO bank_message (municipality, sha256, kind, message_id, received_by, counts) VALUES "
        await (await tx.driver()).execute(insert + "($1, $2, 'pain.002', 'x', $3, '{}')", "gm0637", digest, who)
        await refuse(digest, [Refusal(payment_id, "AM04", ON)], tx)
