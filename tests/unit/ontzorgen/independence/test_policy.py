"""A municipality's policy as the rules of growing independent take it."""

import pytest

from services.ontzorgen.independence.rules.policy import derive_code


@pytest.mark.parametrize(
    ("name", "code"), [("Een goede start", "een-goede-start"), ("Piëzo", "piezo"), ("EuroWijzer", "eurowijzer")]
)
def test_a_name_in_a_policy_has_a_code(name: str, code: str) -> None:
    assert derive_code(name) == code
