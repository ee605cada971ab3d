"""Income, reductions, attachments and set-offs of a household: from the file to the cent, the ledger and the bank."""

from collections.abc import Awaitable, Callable
from datetime import date
from typing import Any
from uuid import UUID

import pytest
from month_desk import Desk

from shared.auth.local_issuer import LocalIssuer
from shared.events import FixedChargesDeducted, PaymentRefused
from shared.identity import Role, new_id
from shared.testing.bank_files import BookedEntry, build_statement, build_status_report
from shared.testing.running_service import RunningService

FEBRUARY = date(2026, 2, 1)
BAILIFF_IBAN, OTHER_IBAN = "NL39RABO0300065264", "NL44RABO0123456789"
KNOWN = {"known_on": "2026-02-01"}
SINCE = {"from_day": "2026-02-01", **KNOWN}
EARNINGS = {"kind": "earnings", "amount_cents": 40_000, **SINCE}
ATTACHMENT = {"creditor": "deurwaarder", "iban": BAILIFF_IBAN, "reference": "zaak 12", "amount_cents": 20_000, **SINCE}
SET_OFF = {"kind": "set_off", "creditor": "gemeente", "reference": "besluit 3", "amount_cents": 3_000, **SINCE}
PROTECTED = {"protected_cents": 80_000}


@pytest.fixture
async def desk(client_for: Callable[..., Awaitable[RunningService]], issuer: LocalIssuer) -> Desk:
    return Desk(await client_for("ontzorgen", Role.BUDGET_MANAGER), issuer)


async def record(desk: Desk, home: UUID, part: str, status: int = 201, **body: Any) -> dict[str, Any]:
    answer = await desk.do(f"/households/{home}/{part}", **{"id": str(new_id()), **body})
    assert answer.status_code == status, answer.text
    recorded: dict[str, Any] = answer.json()
    return recorded


async def confirm_attachment(desk: Desk, home: UUID, attachment: dict[str, Any]) -> None:
    path = f"/households/{home}/attachments/{attachment['id']}/confirmations"
    assert (await desk.do(path, "bert", confirmed_on="2026-02-01")).status_code == 204


async def read_month(desk: Desk, home: UUID) -> dict[str, Any]:
    month: dict[str, Any] = (await desk.service.get(f"/households/{home}/statements")).json()["items"][-1]
    return month


async def read_tasks(desk: Desk) -> list[tuple[str, str, int]]:
    tasks = (await desk.service.get("/tasks")).json()["items"]
    return sorted((task["kind"], task["month"], task["amount_cents"]) for task in tasks)


async def add_account(desk: Desk, iban: str, home: UUID | None = None) -> None:
    body = {"name": "Gemeente Testdorp" if home is None else "Persoon Een", "iban": iban}
    proposal = (await desk.do("/bank-accounts", "anna", **body, household_id=home and str(home))).json()
    assert (await desk.do(f"/bank-accounts/{proposal['id']}/confirmations", "bert")).status_code == 201


class TestMonth:
    async def test_an_earner_with_a_reduction_and_an_attachment_comes_out_to_the_cent(self, desk: Desk) -> None:
        home = await desk.household(on=FEBRUARY)
        await record(desk, home, "income", **EARNINGS)
        await record(desk, home, "reductions", percent=10, **SINCE)
        await record(desk, home, "attachments", **ATTACHMENT, **PROTECTED)
        await record(desk, home, "attachments", **SET_OFF | PROTECTED | {"from_day": "2026-02-02"})
        await desk.release("2026-02")
        month = await read_month(desk, home)
        # 1,401.50 - 400.00 - 140.15 = 861.35, of which 95% is 818.28: above 800.00 there are 18.28 to take.
        assert (month["norm_cents"], month["income_cents"], month["reduction_cents"]) == (140_150, 40_000, 14_015)
        assert (month["payable_cents"], month["holiday_reserve_cents"]) == (81_828, 4_307)
        assert (month["attachment_cents"], month["protected_cents"]) == (1_828, 80_000)
        assert [(taken["kind"], taken["cents"]) for taken in month["attachments"]] == [("attachment", 1_828)]
        assert (month["deducted_cents"], month["remainder_cents"]) == (60_000, 20_000)
        (fact,) = await desk.list_events(FixedChargesDeducted)
        assert (fact.income_cents, fact.reduction_cents, fact.attachment_cents) == (40_000, 14_015, 1_828)
        accounts = (await desk.service.get("/ledger-totals")).json()
        assert (accounts["sum_cents"], accounts["cents_by_account"]["assistance"]) == (0, -86_135)

    async def test_an_attachment_leaves_to_the_creditor_and_a_set_off_stays(self, desk: Desk) -> None:
        home = await desk.household(on=FEBRUARY)
        await record(desk, home, "attachments", **ATTACHMENT, **PROTECTED)
        await record(desk, home, "attachments", **SET_OFF, **PROTECTED)
        run_id = await desk.release("2026-02")
        run = (await desk.run(run_id))["run"]
        assert (run["attachment_cents"], run["set_off_cents"], run["payments"]) == (20_000, 3_000, 3)
        assert run["total_cents"] == run["deducted_cents"] + run["remainder_cents"] + 20_000
        totals = (await desk.service.get("/ledger-totals")).json()
        held = totals["cents_by_account"]
        assert (held["attachment"], held["set_off"], totals["sum_cents"]) == (20_000, 3_000, 0)

    async def test_what_replaces_an_attachment_keeps_its_key_and_its_creditor(self, desk: Desk) -> None:
        home = await desk.household(on=FEBRUARY)
        first = await record(desk, home, "attachments", **ATTACHMENT, **PROTECTED)
        await confirm_attachment(desk, home, first)
        lower = {**ATTACHMENT, **PROTECTED, "amount_cents": 5_000, "replaces": first["id"]}
        second = await record(desk, home, "attachments", **lower)
        assert (second["attachment_id"], second["needs_confirmation"]) == (first["id"], False)
        again = await record(desk, home, "attachments", **{**lower, "id": second["id"]})
        assert again == second
        other = {**lower, "replaces": second["id"], "creditor": "iemand-anders"}
        refused = await record(desk, home, "attachments", 400, **other)
        assert "enter the other one as new" in str(refused)
        await desk.release("2026-02")
        (taken,) = (await read_month(desk, home))["attachments"]
        assert (taken["attachment_id"], taken["cents"]) == (first["id"], 5_000)
        history = (await desk.service.get(f"/households/{home}/income")).json()
        assert [version["amount_cents"] for version in history["attachments"]] == [5_000]

    @pytest.mark.parametrize(
        ("part", "body", "sentence"),
        [
            ("income", EARNINGS | {"until_day": "2026-01-31"}, "ends before it begins"),
            ("income", EARNINGS | {"kind": "other", "exempt_percent": 25}, "Only earnings"),
            ("reductions", SINCE | {"percent": 101}, "100"),
            ("attachments", ATTACHMENT | PROTECTED | {"iban": None}, "register it first"),
            ("attachments", SET_OFF | PROTECTED | {"iban": BAILIFF_IBAN}, "paid to nobody"),
        ],
    )
    async def test_what_cannot_be_gets_a_sentence(
        self, desk: Desk, part: str, body: dict[str, Any], sentence: str
    ) -> None:
        home = await desk.household(on=FEBRUARY)
        assert sentence in str(await record(desk, home, part, 400, **body))


class TestLate:
    async def test_what_months_that_were_run_paid_too_much_is_a_task_and_the_next_month_is_right(
        self, desk: Desk
    ) -> None:
        home = await desk.household(on=FEBRUARY)
        await desk.release("2026-02")
        await desk.release("2026-03")
        late = await record(desk, home, "income", **EARNINGS | {"known_on": "2026-03-20"})
        too_much = 2 * 38_000  # 95% of 400.00 in each month
        assert await read_tasks(desk) == [("paid_too_much", "2026-02", too_much)]
        await record(desk, home, "income", **EARNINGS | {"id": late["id"], "known_on": "2026-03-20"})
        assert len(await read_tasks(desk)) == 1, "sent twice it is the same"
        await desk.release("2026-04")
        assert (await read_month(desk, home))["income_cents"] == 40_000
        less = EARNINGS | {"amount_cents": 10_000, "replaces": late["id"], "known_on": "2026-04-20"}
        await record(desk, home, "income", **less)
        assert ("paid_too_little", "2026-02", 3 * 28_500) in await read_tasks(desk)

    async def test_a_month_that_is_proposed_counts_as_run(self, desk: Desk) -> None:
        home = await desk.household(on=FEBRUARY)
        await desk.do("/runs", "anna", month="2026-02", proposed_on="2026-02-01")
        await record(desk, home, "reductions", percent=100, **SINCE)
        assert await read_tasks(desk) == [("paid_too_much", "2026-02", 133_143)]


class TestBank:
    async def test_a_changed_account_of_an_attachment_is_paid_to_once_a_second_person_confirmed_it(
        self, desk: Desk
    ) -> None:
        home = await desk.household(on=FEBRUARY)
        await add_account(desk, "NL91ABNA0417164300")
        first = await record(desk, home, "attachments", **ATTACHMENT, **PROTECTED)
        await confirm_attachment(desk, home, first)
        moved = ATTACHMENT | PROTECTED | {"iban": OTHER_IBAN, "replaces": first["id"]}
        second = await record(desk, home, "attachments", **moved)
        assert second["needs_confirmation"]
        assert ("iban_unconfirmed", "2026-02", 20_000) in await read_tasks(desk)
        confirmation = f"/households/{home}/attachments/{second['id']}/confirmations"
        assert (await desk.do(confirmation, "anna", confirmed_on="2026-02-02")).status_code == 409
        for month, paid_to in (("2026-02", BAILIFF_IBAN), ("2026-03", OTHER_IBAN)):
            run_id = await desk.release(month)
            assert (await desk.do(f"/runs/{run_id}/payment-files", exported_on=f"{month}-01")).status_code == 201
            query = "SELECT iban, amount_cents, remittance FROM payment_instruction WHERE purpose = 'attachment' "
            assert await desk.rows(f"{query} AND month = '{month}'") == [(paid_to, 20_000, f"zaak 12 {month} beslag")]
            assert (await desk.do(confirmation, "bert", confirmed_on="2026-02-02")).status_code == 204
        assert not [task for task in await read_tasks(desk) if task[0] == "iban_unconfirmed"]

    async def test_whoever_entered_an_account_does_not_confirm_it_through_a_version_of_a_colleague(
        self, desk: Desk
    ) -> None:
        home = await desk.household(on=FEBRUARY)
        path = f"/households/{home}/charges"
        ((charge_id,),) = await desk.rows("SELECT id FROM charge")
        change = {"from_day": "2026-02-01", "amount_cents": 60_000}
        versions = f"{path}/{charge_id}/changes"
        answer = await desk.do(versions, "anna", **change, known_on="2026-02-01", iban=OTHER_IBAN)
        assert answer.status_code == 201, answer.text
        answer = await desk.do(versions, "bert", **change | {"amount_cents": 61_000}, known_on="2026-02-02")
        assert answer.json()["needs_confirmation"], answer.text
        confirmation = f"{path}/{answer.json()['id']}/confirmations"
        for who, status in (("anna", 409), ("bert", 409), ("carla", 204)):
            assert (await desk.do(confirmation, who, confirmed_on="2026-02-03")).status_code == status, who

    async def test_a_refused_attachment_and_holiday_payment_are_booked_back_and_paid_anew(self, desk: Desk) -> None:
        home = await desk.household(on=FEBRUARY)
        for account, holder in (("NL91ABNA0417164300", None), (OTHER_IBAN, home)):
            await add_account(desk, account, holder)
        attachment = await record(desk, home, "attachments", **ATTACHMENT, **PROTECTED)
        await confirm_attachment(desk, home, attachment)
        for month in ("2026-02", "2026-03", "2026-04", "2026-05", "2026-06"):
            run_id = await desk.release(month)
        (file,) = (await desk.do(f"/runs/{run_id}/payment-files", exported_on="2026-06-01")).json()["items"]
        sent = await desk.rows("SELECT purpose, id, amount_cents, remittance FROM payment_instruction ORDER BY purpose")
        assert [(purpose, cents, text) for purpose, _, cents, text in sent[:2]] == [
            ("attachment", 20_000, "zaak 12 2026-06 beslag"),
            ("holiday_allowance", 28_028, "Vakantietoeslag 2026-06"),
        ]
        refused = [payment_id.hex for _, payment_id, _, _ in sent[:2]]
        report = build_status_report(
            file["id"], file=("PART", ""), payments=[(payment_id, "RJCT", "AM04") for payment_id in refused]
        )
        assert (await self.send(desk, "/status-reports", report)).status_code == 201
        assert [fact.amount_cents for fact in await desk.list_events(PaymentRefused)] == [28_028]
        refusals = [task for task in await read_tasks(desk) if task[0] == "payment_refused"]
        assert refusals == [("payment_refused", "2026-06", 20_000), ("payment_refused", "2026-06", 28_028)]
        returned = "SELECT account, sum(amount_cents)::int FROM ledger_line JOIN ledger_entry e ON e.id = entry_id {}"
        of_the_bank = returned.format("WHERE e.kind = 3 GROUP BY account ORDER BY account")
        assert await desk.rows(of_the_bank) == [(43, -20_000), (50, -28_028), (60, 48_028)]
        for payment_id in map(UUID, refused):
            answer = await desk.do(f"/payments/{payment_id}/replacements", instructed_on="2026-06-08")
            assert answer.status_code == 201, answer.text
        assert await desk.rows(of_the_bank) == [(43, 0), (50, 0), (60, 0)]
        anew = await desk.rows("SELECT purpose, id, amount_cents FROM payment_instruction WHERE attempt = 2 ORDER BY 1")
        assert [row[0] for row in anew] == ["attachment", "holiday_allowance"]
        await desk.do(f"/runs/{run_id}/payment-files", exported_on="2026-06-08")
        entries = [BookedEntry(-cents, f"R{cents}", [(paid.hex, cents, "")]) for _, paid, cents in anew]
        answer = await self.send(desk, "/bank-statements", build_statement(entries))
        assert answer.json()["counts"]["match"] == 2

    async def send(self, desk: Desk, path: str, text: str) -> Any:
        return await desk.service.post(path, content=text, headers={"Content-Type": "application/xml"})
