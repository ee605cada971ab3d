"""A signed plan with which relief begins, which most tests of relief need."""

from datetime import date
from typing import Any
from uuid import uuid4

from shared.events import PIPSigned
from shared.events.codes import AgeBand, HouseholdType, LearningRoute
from shared.identity import new_id


def signed_plan(on: date = date(2026, 9, 1), **changes: Any) -> PIPSigned:
    """Return a plan of a single adult without children, entitled from that day; `changes` are event fields."""
    fields: dict[str, Any] = {
        "person_id": uuid4(),
        "signed_on": on,
        "route": LearningRoute.B1_ROUTE,
        "relief_agreed": True,
        "household_id": new_id(),
        "household_type": HouseholdType.SINGLE,
        "age_band": AgeBand.FROM_21,
        "has_children": False,
        "assistance_from": on,
    }
    return PIPSigned(**fields | changes)
