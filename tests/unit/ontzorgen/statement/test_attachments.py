"""Attachments and set-offs: in order of their first day, never below the protected income; charges may go below it."""

from dataclasses import replace
from datetime import date

from statement_cases import POLICY, charge, household, run

from services.ontzorgen.policies.handlers import load_law
from services.ontzorgen.statement.rules.month_rules import MonthRules
from services.ontzorgen.statement.rules.situation import AttachmentKind, AttachmentTerms
from services.ontzorgen.statement.rules.statement import Statement
from services.ontzorgen.statement.rules.wording import explain_income
from shared.events.codes import ChargeKind

SEIZED = AttachmentTerms("1", AttachmentKind.ATTACHMENT, "bailiff", 10_000, 130_000, date(2026, 3, 1))
SET_OFF = AttachmentTerms("2", AttachmentKind.SET_OFF, "municipality", 5_000, 120_000, date(2026, 2, 1))


def taken(statement: Statement) -> list[tuple[str, int]]:
    return [(attachment.creditor, attachment.cents) for attachment in statement.attachments]


def test_they_take_in_order_of_their_first_day_and_stop_at_the_protected_income() -> None:
    july = run(household(attachments=(SEIZED, SET_OFF)))
    assert (july.payable_cents, taken(july)) == (134_849, [("municipality", 4_849 + 151)])
    earlier = replace(SEIZED, from_day=date(2026, 1, 1))
    july = run(household(attachments=(SET_OFF, earlier)))
    assert taken(july) == [("bailiff", 4_849), ("municipality", 5_000)]
    assert (july.attachment_cents, july.protected_cents) == (9_849, 130_000)
    assert july.available_cents == 134_849 - 9_849


def test_one_that_holds_on_a_day_with_a_right_holds_for_the_month() -> None:
    days = {"2026-06": 0, "2026-07": 1, "2026-08": 1, "2026-09": 0}
    within = replace(SET_OFF, from_day=date(2026, 7, 31), until_day=date(2026, 8, 1))
    situation = household(attachments=(within,), right_from=date(2026, 6, 15))
    assert {month: len(run(situation, month).attachments) for month in days} == days
    before_the_right = replace(SET_OFF, until_day=date(2026, 7, 14))
    assert run(household(attachments=(before_the_right,), right_from=date(2026, 7, 15))).protected_cents == 0


def test_charges_may_go_below_the_protected_income() -> None:
    july = run(household(charge(ChargeKind.RENT, 60_000), attachments=(replace(SEIZED, amount_cents=1),)))
    assert (july.attachment_cents, july.remainder_cents) == (1, 134_849 - 1 - 60_000)


def test_routed_allowances_and_grants_are_not_seized_and_a_protected_benefit_is_stated() -> None:
    situation = household(attachments=(replace(SEIZED, protected_cents=140_000), replace(SET_OFF, amount_cents=15_000)))
    july, rules = run(situation), MonthRules.resolve(load_law(), POLICY, "2026-07")
    assert taken(july) == [("municipality", 14_849)]
    lines = [tuple(line)[:3] for line in explain_income(july, situation, rules) if "never below" in line.text]
    assert lines == [
        (
            "Set-off for municipality, never below EUR 1200.00, EUR 148.49 of EUR 150.00",
            -14_849,
            "Participatiewet art. 60(4)",
        ),
        (
            "Attachment for bailiff, never below EUR 1400.00, EUR 0.00 of EUR 100.00",
            0,
            "Wetboek van Burgerlijke Rechtsvordering art. 475c",
        ),
    ]
