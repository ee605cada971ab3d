"""Cents are rounded half up, exactly, and read as people write them."""

from decimal import ROUND_HALF_UP, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared import money


class TestShare:
    @given(st.integers(0, 10**9), st.integers(0, 366), st.integers(1, 366))
    def test_a_share_is_rounded_half_up(self, amount: int, part: int, whole: int) -> None:
        exact = Decimal(amount) * part / whole
        assert money.share_cents(amount, part, whole) == int(exact.quantize(Decimal(1), ROUND_HALF_UP))

    def test_half_a_cent_goes_up(self) -> None:
        assert money.percent_cents(10, 95) == 10
        assert money.percent_cents(141_946, 95) == 134_849

    @pytest.mark.parametrize(("amount", "part", "whole"), [(-1, 1, 1), (1, -1, 1), (1, 1, 0)])
    def test_a_negative_or_endless_share_is_refused(self, amount: int, part: int, whole: int) -> None:
        with pytest.raises(ValueError, match="zero or more"):
            money.share_cents(amount, part, whole)


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
