"""How the group's target is shared and for whom a signed plan counts, as statements."""

from uuid import UUID, uuid4

from hypothesis import given
from hypothesis import strategies as st
from recruitment_states import JULY

from services.recruitment.targets.rules import credit_ambassadors, share_group_target
from shared.events import AmbassadorCredited


def test_a_signed_plan_counts_for_each_who_brought_the_person() -> None:
    pair, person_id = (uuid4(), uuid4()), uuid4()
    assert credit_ambassadors(person_id, pair, JULY) == tuple(
        AmbassadorCredited(ambassador_id=ambassador_id, person_id=person_id, credited_on=JULY) for ambassador_id in pair
    )


class TestPersonalTargets:
    @given(st.integers(0, 500), st.integers(1, 60))
    def test_they_add_up_to_the_groups_and_differ_by_one_at_most(self, group: int, count: int) -> None:
        shares = list(share_group_target(group, [UUID(int=place) for place in range(count)]).values())
        assert sum(shares) == group
        assert max(shares) - min(shares) <= 1
        assert shares == sorted(shares, reverse=True)

    def test_zoetermeers_75_plans_are_three_or_four_for_each_of_23(self) -> None:
        shares = list(share_group_target(75, [uuid4() for _ in range(23)]).values())
        assert (shares.count(4), shares.count(3)) == (6, 17)

    def test_without_ambassadors_there_is_no_target_to_share(self) -> None:
        assert share_group_target(75, []) == {}
