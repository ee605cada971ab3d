"""An account of an attaching creditor that nobody confirmed stays so in every later version that has it."""

from dataclasses import replace
from datetime import date
from uuid import UUID

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
    first = prepare_attachment(FIRST, None, None)
    moved = prepare_attachment(replace(FIRST, id=UUID(int=2), iban=OTHER_IBAN), first, None)
    lowered = prepare_attachment(replace(FIRST, id=UUID(int=3), iban=OTHER_IBAN, amount_cents=5_000), moved, None)
    back = prepare_attachment(replace(FIRST, id=UUID(int=4)), lowered, None)
    asked = [version.needs_confirmation for version in (first, moved, lowered, back)]
    assert asked == [False, True, True, True]
    assert {version.root_id for version in (moved, lowered, back)} == {first.id}
