"""Refused payments: every reason has a sentence, and their money lies on the bank's account until it is paid anew."""

from dataclasses import replace
from datetime import date
from uuid import UUID

from services.ontzorgen.bank.rules.instructions import Instruction
from services.ontzorgen.bank.rules.refusals import (
    Refusal,
    RefusedPayment,
    build_refused_event,
    build_replacement_booking,
    build_return_booking,
    explain_reason,
    group_by_day,
)
from services.ontzorgen.ledger.rules import Account, EntryKind, Line
from services.ontzorgen.run.rules.released_runs import PaymentPurpose
from shared.events import PaymentRefused
from shared.events.codes import ChargeKind, Payee

DAY = date(2026, 7, 2)
INSTRUCTION = Instruction(
    id=UUID(int=1),
    household_id=UUID(int=2),
    run_id=UUID(int=7),
    month="2026-07",
    key="k",
    kind=ChargeKind.RENT,
    for_month="2026-07",
    is_correction=False,
    execute_on=DAY,
    amount_cents=500,
    holder="h",
    name="Woonstad",
    iban="NL39RABO0300065264",
    remittance="huur",
)


def build_refused_payment(refused_on: date = DAY) -> RefusedPayment:
    return RefusedPayment(INSTRUCTION, Refusal(INSTRUCTION.id, "AC04", refused_on), UUID(int=3))


def test_every_reason_has_a_sentence_and_unknown_ones_too() -> None:
    assert "closed" in explain_reason("AC04")
    assert "ask the bank" in explain_reason("ZZ99")


def test_a_refusal_is_published_with_its_reason_and_whom_it_is_about() -> None:
    assert build_refused_event(build_refused_payment()) == PaymentRefused(
        household_id=INSTRUCTION.household_id,
        person_id=UUID(int=3),
        payment_id=INSTRUCTION.id,
        month="2026-07",
        kind=ChargeKind.RENT,
        amount_cents=500,
        reason_code="AC04",
        refused_on=DAY,
    )


def test_a_refusal_says_whose_money_it_was_and_of_which_month_a_charge() -> None:
    def publish(**changes: object) -> tuple[object, ...]:
        event = build_refused_event(replace(build_refused_payment(), instruction=replace(INSTRUCTION, **changes)))
        return event.kind, event.payee, event.holiday_allowance, event.for_month

    holiday = PaymentPurpose.HOLIDAY_ALLOWANCE
    assert publish() == (ChargeKind.RENT, None, None, None)
    assert publish(for_month="2026-08") == (ChargeKind.RENT, None, None, "2026-08")
    assert publish(kind=None, key="person", for_month="") == (None, Payee.PERSON, None, None)
    assert publish(kind=None, key="partner", purpose=holiday) == (None, Payee.PARTNER, True, None)


def test_what_is_booked_back_and_out_again_leaves_nothing_on_the_banks_account() -> None:
    back, out = build_return_booking(INSTRUCTION), build_replacement_booking(INSTRUCTION)
    assert back.kind is out.kind is EntryKind.BANK
    assert back.lines == [Line(Account.CREDITOR_RENT.value, -500), Line(Account.BANK.value, 500)]
    assert out.lines == [Line(Account.CREDITOR_RENT.value, 500), Line(Account.BANK.value, -500)]
    person = build_return_booking(replace(INSTRUCTION, kind=None))
    assert person.lines[0] == Line(Account.PERSON.value, -500)
    attached = build_return_booking(replace(INSTRUCTION, kind=None, purpose=PaymentPurpose.ATTACHMENT))
    assert attached.lines == [Line(Account.ATTACHMENT.value, -500), Line(Account.BANK.value, 500)]


def test_refusals_are_booked_day_by_day() -> None:
    later, first, second = build_refused_payment(date(2026, 7, 3)), build_refused_payment(), build_refused_payment()
    by_day = group_by_day([later, first, second])
    assert list(by_day.items()) == [(DAY, [first, second]), (date(2026, 7, 3), [later])]
