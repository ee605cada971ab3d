"""Cents are rounded half up, exactly, and read as people write them."""

from decimal import ROUND_HALF_UP, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared import money


class TestRounding:
    @given(st.integers(0, 10**9), st.integers(0, 366), st.integers(1, 366))
    def test_a_share_is_rounded_half_up(self, amount: int, part: int, whole: int) -> None:
        exact = Decimal(amount) * part / whole
        assert money.round_half_up(amount * part, whole) == int(exact.quantize(Decimal(1), ROUND_HALF_UP))

    def test_half_a_cent_goes_up(self) -> None:
        assert money.round_half_up(10 * 95, 100) == 10
        assert money.round_half_up(141_946 * 95, 100) == 134_849


class TestEuroText:
    @pytest.mark.parametrize(
        ("language", "text"),
        [
            ("nl", "€\N{NO-BREAK SPACE}1.348,49"),
            ("en", "€1,348.49"),
            ("ar", "\N{RIGHT-TO-LEFT MARK}1,348.49\N{NO-BREAK SPACE}€"),
            ("ti", "€1,348.49"),
            ("pl", "€1,348.49"),
        ],
    )
    def test_an_amount_reads_as_in_the_language(self, language: str, text: str) -> None:
        assert money.euro_text(134_849, language) == text

    def test_cents_below_ten_keep_their_nought(self) -> None:
        assert money.euro_text(5, "nl") == "€\N{NO-BREAK SPACE}0,05"
        assert money.euro_text(-5, "en") == "-€0.05"
