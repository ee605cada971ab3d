"""The policies that ship for intake."""

from datetime import date

from services.intake.policies.handlers import policy_in_force
from services.intake.policies.rules import Part

TODAY = date(2026, 7, 1)


def test_leeuwarden_talks_about_the_children_with_volunteers_too() -> None:
    assert Part.CHILD_EDUCATION in policy_in_force("gm0080", TODAY).voluntary_parts
    assert Part.CHILD_EDUCATION not in policy_in_force("gm0637", TODAY).voluntary_parts
