"""What may stand in a SEPA file: only its characters, and accounts with the right check digits."""

from hypothesis import given
from hypothesis import strategies as st
from schwifty import IBAN

from services.ontzorgen.bank.formats.sepa_text import to_sepa_text
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

    @given(st.integers(0, 9_999_999_999), st.integers(1, 99))
    def test_an_account_is_payable_with_its_own_check_digits_and_no_others(self, number: int, shift: int) -> None:
        right = str(IBAN.generate("NL", bank_code="INGB", account_code=f"{number:010}"))
        digits = (int(right[2:4]) - 2 + shift) % 97 + 2
        assert is_payable(right)
        assert is_payable(f"NL{digits:02}{right[4:]}") == (f"{digits:02}" == right[2:4])
