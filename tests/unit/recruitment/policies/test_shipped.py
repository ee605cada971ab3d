"""The policies that ship for recruitment."""

from datetime import date

import pytest

from services.recruitment.policies.handlers import policy_in_force
from services.recruitment.policies.rules import RecruitmentPolicy

TODAY = date(2026, 7, 1)


def test_zoetermeer_aims_for_75_plans_in_pairs() -> None:
    policy = policy_in_force("gm0637", TODAY)
    assert (policy.group_target_signed_plans, policy.outreach_ambassadors_min) == (75, 2)
    assert (policy.dutch_level_min, policy.own_trajectory_required) == ("a2", True)


def test_leeuwarden_makes_home_visits_alone() -> None:
    assert policy_in_force("gm0080", TODAY).outreach_ambassadors_min == 1


def test_a_municipality_without_a_file_has_the_default() -> None:
    assert policy_in_force("gm0363", TODAY).group_target_signed_plans == 0


def test_sizes_of_a_pair_that_do_not_agree_are_refused() -> None:
    policy = policy_in_force("gm0637", TODAY)
    with pytest.raises(ValueError, match="make it smaller"):
        RecruitmentPolicy.model_validate(policy.model_dump() | {"pair_size_min": 4, "pair_size_max": 3})
