"""The key of what was left unpaid says of which month; the key of a charge says nothing of the kind."""

from services.ontzorgen.statement.rules.situation import build_unpaid_key, find_unpaid_month


def test_only_the_key_of_what_was_left_unpaid_names_its_month() -> None:
    assert find_unpaid_month(build_unpaid_key("2026-07", "woonstad/rent/1")) == "2026-07"
    assert find_unpaid_month("woonstad/rent/1") is None
