"""The law as dated tables: what holds on which day, and that the next amounts are a table and no code."""

from datetime import date
from pathlib import Path

import pytest

from services.ontzorgen.policies.handlers import load_law
from services.ontzorgen.policies.repository import law as laws
from services.ontzorgen.policies.rules.law import NormCategory
from shared.errors.refusals import WrongInputError
from shared.events.codes import HouseholdType

LAW = load_law()
TEXT = (Path(laws.__file__).parents[1] / "law" / "norms.toml").read_text(encoding="utf-8")
JANUARY_2027 = TEXT.partition("[[table]]\nvalid_from = 2026-07-01")[2].partition("[[youth_cap]]")[0]
WITH_JANUARY_2027 = TEXT.replace(
    "[[youth_cap]]",
    "[[table]]\nvalid_from = 2027-01-01"
    + JANUARY_2027.replace("next_change_on = 2027-01-01", "next_change_on = 2027-07-01").replace("1_419_46", "1_440_00")
    + "[[youth_cap]]",
    1,
)


@pytest.mark.parametrize(
    ("day", "single_cents", "supplement_cents"),
    [
        (date(2025, 7, 1), 136_906, None),
        (date(2025, 12, 31), 136_906, None),
        (date(2026, 1, 1), 140_150, 74_645),
        (date(2026, 6, 30), 140_150, 74_645),
        (date(2026, 7, 1), 141_946, 76_224),
        (date(2027, 8, 1), 141_946, 76_224),
    ],
)
def test_each_day_has_the_amounts_of_its_table(day: date, single_cents: int, supplement_cents: int | None) -> None:
    norms = LAW.get_norms(day).norm_cents
    assert norms[NormCategory.SINGLE_FROM_21] == single_cents
    assert norms.get(NormCategory.YOUTH_SUPPLEMENT) == supplement_cents


def test_the_newest_table_stays_in_force_after_the_expected_change_and_says_so() -> None:
    newest = LAW.get_norms(date(2027, 2, 1))
    assert (newest.valid_from, newest.is_outdated_on(date(2026, 12, 31))) == (date(2026, 7, 1), False)
    assert newest.is_outdated_on(date(2027, 1, 1))


def test_the_next_norm_is_a_table_in_the_file_and_no_code() -> None:
    law = laws.read_law(WITH_JANUARY_2027)
    january = law.get_norms(date(2027, 1, 1))
    assert (january.norm_cents[NormCategory.SINGLE_FROM_21], january.is_outdated_on(date(2027, 1, 1))) == (
        144_000,
        False,
    )
    assert law.get_norms(date(2026, 12, 31)).norm_cents[NormCategory.SINGLE_FROM_21] == 141_946


def test_a_day_before_the_first_table_is_refused_and_the_missing_table_named() -> None:
    with pytest.raises(WrongInputError, match="no norm for 2025-06-30: enter the table from before 2025-07-01"):
        LAW.get_norms(date(2025, 6, 30))
    assert LAW.in_force(date(2025, 6, 30)) is None


@pytest.mark.parametrize(("people", "cents"), [(2, 101_390), (3, 87_871), (4, 81_112), (5, 77_056)])
def test_cost_sharers_follow_the_formula(people: int, cents: int) -> None:
    day_law = LAW.in_force(date(2026, 7, 1))
    assert day_law is not None
    assert day_law.cost_sharers.compute_share_cents(people, 202_779) == cents


def test_asset_limits_are_dated_too() -> None:
    limit = LAW.get_asset_limit(date(2026, 1, 1))
    assert [limit.get_limit_cents(kind) for kind in HouseholdType] == [800_000, 1_600_000, 1_600_000]
    assert limit.source
    with pytest.raises(WrongInputError, match="no asset limit for 2025-12-31"):
        LAW.get_asset_limit(date(2025, 12, 31))


def test_the_exemption_of_earnings_is_dated_too() -> None:
    exemption = LAW.get_work_exemption(date(2026, 7, 1))
    assert (exemption.percent_max, exemption.cents_max, exemption.months_max, exemption.years_min) == (
        25,
        28_500,
        6,
        27,
    )
    with pytest.raises(WrongInputError, match="no work exemption for 2025-12-31: enter the table from before 2026-01"):
        LAW.get_work_exemption(date(2025, 12, 31))


def test_everything_of_the_law_names_its_article_and_its_source() -> None:
    dated = (*LAW.youth_caps, *LAW.cost_sharers, *LAW.asset_limits, *LAW.work_exemptions)
    assert all(table.article and table.source and table.valid_from for table in dated)
    assert all(row.article and row.source and row.born_from for row in LAW.pension_ages)
    assert all(table.source for table in LAW.tables)
    assert all("art." in article for article in (*LAW.articles.values(), LAW.holiday_article))


@pytest.mark.parametrize(
    ("written", "instead", "sentence"),
    [
        ("youth_supplement = 762_24\n", "", "2026-07-01 lacks youth_supplement: add the amounts"),
        ("next_change_on = 2026-07-01", "next_change_on = 2025-07-01", "ends before it begins"),
        ("valid_from = 2026-07-01\nnext", "valid_from = 2026-01-01\nnext", "oldest first, each once"),
        ('single_from_21 = "Participatiewet art. 21(a)"\n', "", "No article is given for single_from_21"),
        ("1_419_46", "14.19", "valid integer"),
        ("months_max = 6", "months_max = 0", "greater than or equal to 1"),
        ("cents_max = 285_00\n", "", "Field required"),
    ],
)
def test_an_incomplete_document_is_refused(written: str, instead: str, sentence: str) -> None:
    assert written in TEXT
    with pytest.raises(ValueError, match=sentence):
        laws.read_law(TEXT.replace(written, instead))


class TestShippedTables:
    def test_every_table_names_a_source_and_every_row_an_article(self) -> None:
        assert [table.valid_from for table in LAW.tables] == [date(2025, 7, 1), date(2026, 1, 1), date(2026, 7, 1)]
        assert all(table.source and table.holiday_percent == 5 for table in LAW.tables)
        assert all(
            LAW.articles[row].startswith("Participatiewet art.") for table in LAW.tables for row in table.norm_cents
        )

    def test_a_table_that_lacks_a_row_is_refused_by_name(self) -> None:
        with pytest.raises(ValueError, match=r"2025-07-01 lacks couple_mixed: add the amounts"):
            laws.read_law(TEXT.replace("couple_mixed = 1_315_88\n", ""))
