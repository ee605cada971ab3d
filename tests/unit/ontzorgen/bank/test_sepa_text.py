"""What may stand in a SEPA file: only its characters, and accounts with the right check digits."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from schwifty import IBAN

from services.ontzorgen.bank.formats.sepa_text import is_payment_reference, to_sepa_text
from shared.iban import is_payable

ALLOWED = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/-?:().,'+ ")


class TestText:
    @given(st.text())
    def test_only_sepa_characters_leave_and_no_slash_opens_ends_or_doubles(self, text: str) -> None:
        clean = to_sepa_text(text, 140)
        assert set(clean) <= ALLOWED
        assert len(clean) <= 140
        assert not clean.startswith("/")
        assert not clean.endswith("/")
        assert "//" not in clean

    @given(st.integers(0, 10**15 - 1))
    def test_a_payment_reference_has_one_check_digit_of_ten(self, number: int) -> None:
        references = [f"{check}{number:015}" for check in range(10)]
        assert sum(map(is_payment_reference, references)) == 1

    def test_a_payment_reference_has_sixteen_digits_of_which_the_first_checks_the_others(self) -> None:
        assert is_payment_reference("5000 0567 8901 2345")
        for other in ("500005678901234", "4000056789012345", "5000056789012354", "RF18539007547034", ""):
            assert not is_payment_reference(other)

    @pytest.mark.parametrize("country", ["AL", "MD", "ME", "MK", "RS", "NL", "CH", "GB", "SE", "HU"])
    def test_an_account_in_every_country_of_sepa_is_payable(self, country: str) -> None:
        assert is_payable(str(IBAN.random(country_code=country)))

    @pytest.mark.parametrize("country", ["TR", "UA", "GE", "XK"])
    def test_an_account_outside_sepa_is_not_payable(self, country: str) -> None:
        assert not is_payable(str(IBAN.random(country_code=country)))

    @given(st.integers(0, 9_999_999_999), st.integers(1, 99))
    def test_an_account_is_payable_with_its_own_check_digits_and_no_others(self, number: int, shift: int) -> None:
        right = str(IBAN.generate("NL", bank_code="INGB", account_code=f"{number:010}"))
        digits = (int(right[2:4]) - 2 + shift) % 97 + 2
        assert is_payable(right)
        assert is_payable(f"NL{digits:02}{right[4:]}") == (f"{digits:02}" == right[2:4])
