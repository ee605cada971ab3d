"""What a released run pays: each line of a month, to whom, for what and how much."""

from datetime import date
from uuid import UUID

import pytest

from services.ontzorgen.run.rules.month import HouseholdMonth
from services.ontzorgen.run.rules.released_runs import (
    PaidLine,
    PaymentPurpose,
    ReleasedRun,
    list_paid_lines,
    require_released,
)
from services.ontzorgen.statement.rules.attachments import AttachmentMonth
from services.ontzorgen.statement.rules.monthly_charges import ChargeMonth, Correction
from services.ontzorgen.statement.rules.payouts import Payment
from services.ontzorgen.statement.rules.situation import AttachmentKind
from services.ontzorgen.statement.rules.statement import Statement, StatementStatus
from shared.errors.refusals import ConflictError
from shared.events.codes import ChargeKind

EARLY, LATE = date(2026, 6, 5), date(2026, 6, 26)
RENT, CARE = ChargeKind.RENT, ChargeKind.HEALTH_INSURANCE
JUNE = Statement(
    month="2026-06",
    status=StatementStatus.SHORTFALL,
    available_cents=100_000,
    remainder_cents=21_000,
    charges=(
        ChargeMonth("rent/1", RENT, "woonstad", "2026-06", 60_000, 60_000, 0),
        ChargeMonth("care/2", CARE, "zilver", "2026-07", 15_000, 14_000, 1_000),
    ),
    corrections=(
        Correction("rent/1", RENT, "woonstad", "2026-04", -5_000, -5_000),
        Correction("care/2", CARE, "zilver", "2026-05", 12_000, 10_000),
    ),
    payments=(Payment(EARLY, "person", 11_000), Payment(LATE, "partner", 10_000)),
    attachments=(
        AttachmentMonth("bailiff/3", AttachmentKind.ATTACHMENT, "flanderijn", 4_000),
        AttachmentMonth("debt/4", AttachmentKind.SET_OFF, "gemeente", 3_000),
    ),
    attachment_cents=7_000,
    holiday_paid_cents=30_000,
    holiday_payments=(Payment(LATE, "person", 15_001), Payment(LATE, "partner", 14_999)),
)


def test_a_month_pays_what_was_paid_of_each_line_to_whom_it_is_due_and_nothing_of_what_is_set_off() -> None:
    month, holiday, attachment = PaymentPurpose
    assert list(list_paid_lines(JUNE)) == [
        PaidLine("rent/1", RENT, "woonstad", "2026-06", False, None, 60_000, month),
        PaidLine("care/2", CARE, "zilver", "2026-07", False, None, 14_000, month),
        PaidLine("rent/1", RENT, "woonstad", "2026-04", True, None, -5_000, month),
        PaidLine("care/2", CARE, "zilver", "2026-05", True, None, 10_000, month),
        PaidLine("person", None, "person", "", False, EARLY, 11_000, month),
        PaidLine("partner", None, "partner", "", False, LATE, 10_000, month),
        PaidLine("bailiff/3", None, "flanderijn", "2026-06", False, None, 4_000, attachment),
        PaidLine("person", None, "person", "2026-06", False, LATE, 15_001, holiday),
        PaidLine("partner", None, "partner", "2026-06", False, LATE, 14_999, holiday),
    ]


def test_its_lines_are_all_that_the_month_pays_and_only_persons_get_money_as_persons() -> None:
    lines = list(list_paid_lines(JUNE))
    assert sum(line.cents for line in lines) == HouseholdMonth(UUID(int=1), JUNE).paid_cents == 134_000
    assert {line.creditor for line in lines if line.is_to_person} == {"person", "partner"}


def test_only_a_released_run_may_be_paid() -> None:
    require_released(ReleasedRun(UUID(int=1), "2026-06", is_released=True, released_on=EARLY))
    with pytest.raises(ConflictError, match="not released: release it first"):
        require_released(ReleasedRun(UUID(int=1), "2026-06", is_released=False, released_on=EARLY))
