"""Providers of guidance compared: no household can be recognised in the figures, nor derived from them."""

from services.ontzorgen.independence.rules.providers import ProviderRecord, compare_providers
from shared.events.codes import SelfRelianceClass


def build_record(first: SelfRelianceClass | None, last: SelfRelianceClass | None) -> ProviderRecord:
    return ProviderRecord("piezo", first, last, lessons_given=4, lessons_attended=3)


class TestProviders:
    def test_fewer_than_five_are_not_shown_nor_can_they_be_derived(self) -> None:
        low, high = SelfRelianceClass.NOT_SELF_RELIANT, SelfRelianceClass.LIMITED
        (few,) = compare_providers([build_record(low, high)] * 4)
        assert (few.households, few.lessons_given) == (None, None)
        (one_worse,) = compare_providers([*[build_record(low, high)] * 5, build_record(high, low)])
        assert (one_worse.households, one_worse.measured_better, one_worse.measured_worse) == (6, None, None)
        (enough,) = compare_providers([*[build_record(low, high)] * 5, *[build_record(low, low)] * 6])
        assert (enough.measured_better, enough.measured_same, enough.measured_worse) == (5, 6, 0)
        assert (enough.lessons_given, enough.lessons_attended) == (44, 33)
