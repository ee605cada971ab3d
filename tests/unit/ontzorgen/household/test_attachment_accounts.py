"""An account of an attaching creditor that nobody confirmed stays so in every later version that has it."""

from dataclasses import replace
from datetime import date
from uuid import UUID

from services.ontzorgen.household.rules.creditors import BroughtBy, Creditor, CreditorKind, PaidItem
from services.ontzorgen.household.rules.deductions import Attachment, prepare_attachment
from services.ontzorgen.statement.rules.situation import AttachmentKind

FIRST_IBAN, OTHER_IBAN = "NL91ABNA0417164300", "NL20INGB0001234567"
FIRST = Attachment(
    id=UUID(int=1),
    kind=AttachmentKind.ATTACHMENT,
    creditor="de-deurwaarder",
    amount_cents=20_000,
    protected_cents=100_000,
    from_day=date(2026, 2, 1),
    iban=FIRST_IBAN,
)


def test_a_lower_amount_does_not_confirm_the_account_of_the_version_before() -> None:
    first = prepare_attachment(FIRST, None, None, ())
    payable = {BroughtBy(PaidItem.ATTACHMENT, first.id)}
    raised = prepare_attachment(replace(FIRST, id=UUID(int=2), amount_cents=25_000), first, None, payable)
    moved = prepare_attachment(replace(FIRST, id=UUID(int=3), iban=OTHER_IBAN), raised, None, payable)
    lowered = prepare_attachment(replace(moved, id=UUID(int=4), amount_cents=5_000), moved, None, payable)
    back = prepare_attachment(replace(FIRST, id=UUID(int=5)), lowered, None, payable)
    asked = [version.needs_confirmation for version in (first, raised, moved, lowered, back)]
    assert asked == [True, False, True, True, True]
    assert {version.root_id for version in (raised, moved, lowered, back)} == {first.id}


def test_the_registers_account_needs_no_confirmation_of_its_own_once_it_has_one() -> None:
    register = Creditor(UUID(int=9), FIRST.creditor, "Deurwaarder", CreditorKind.OTHER, FIRST_IBAN, FIRST.from_day)
    assert prepare_attachment(FIRST, None, register, ()).needs_confirmation
    of_register, of_attachment = BroughtBy(PaidItem.CREDITOR, register.id), BroughtBy(PaidItem.ATTACHMENT, register.id)
    assert not prepare_attachment(FIRST, None, register, {of_register}).needs_confirmation
    assert prepare_attachment(FIRST, None, register, {of_attachment}).needs_confirmation, "of another item"
