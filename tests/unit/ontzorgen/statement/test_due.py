"""What a charge's versions make due with a month, and which of them overlap."""

from dataclasses import replace
from datetime import date

from services.ontzorgen.statement.rules.due import build_versions, find_overlaps, schedule
from services.ontzorgen.statement.rules.month_rules import KindTerms
from services.ontzorgen.statement.rules.situation import ChargeTerms
from shared.events.codes import ChargeKind

BY_DAY = KindTerms(0, by_day=True, payable_percent=100)
RENT = ChargeTerms("rent", ChargeKind.RENT, "woonstad", 60_000, date(2026, 7, 1), first_due="2026-08")
ROSE = replace(RENT, amount_cents=62_000, from_day=date(2026, 7, 16), known_on=date(2026, 7, 20))


def test_a_month_that_waits_has_the_days_of_each_version() -> None:
    due = schedule(build_versions([RENT, ROSE]), ["2026-08"], BY_DAY)
    assert due == {"2026-07": 29_032 + 32_000, "2026-08": 62_000}  # 15 and 16 of 31 days


def test_a_version_that_another_cuts_off_after_its_first_day_keeps_that_day() -> None:
    one_day = replace(RENT, amount_cents=31_000, from_day=date(2026, 7, 15), first_due=None)
    later = replace(one_day, amount_cents=62_000, from_day=date(2026, 7, 16), known_on=date(2026, 7, 20))
    assert schedule(build_versions([one_day, later]), ["2026-07"], BY_DAY) == {"2026-07": 1_000 + 32_000}


def test_versions_of_which_one_ends_on_the_day_the_other_begins_overlap_in_either_order() -> None:
    ends, day_before = (replace(RENT, until_day=date(2026, 7, day)) for day in (16, 15))
    begins = replace(RENT, from_day=date(2026, 7, 16))
    assert list(find_overlaps([ends, begins])) == list(find_overlaps([begins, ends])) == [(0, 1)]
    assert list(find_overlaps([day_before, begins])) == list(find_overlaps([begins, day_before])) == []
