"""A template filled in with values is, to the byte, the event that the envelope writes."""

from datetime import datetime
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.events import ChargeLine, FixedChargesDeducted
from shared.events.codes import ChargeKind
from shared.events.envelope import read_event, write_event
from shared.events.guard import PersonalDataFoundError
from shared.events.template import write_template

HERE = "gm0637"
TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
FIELDS = ("household_id", "person_id", "norm_cents", "charges", "available_cents")


def deducted(household_id: UUID, norm_cents: int = 1, lines: int = 1, month: str = "2026-07") -> FixedChargesDeducted:
    return FixedChargesDeducted(
        household_id=household_id,
        person_id=household_id,
        run_id=UUID(int=1),
        month=month,
        norm_cents=norm_cents,
        payable_cents=5,
        holiday_reserve_cents=0,
        charges=tuple(ChargeLine(kind=ChargeKind.RENT, due_cents=7, paid_cents=7) for _ in range(lines)),
        deducted_cents=5,
        remainder_cents=0,
        available_cents=norm_cents,
    )


@given(st.uuids(), st.integers(0, 100_000_000), st.integers(0, 40))
def test_filled_in_it_is_the_event_of_the_envelope(household_id: UUID, norm_cents: int, lines: int) -> None:
    template = write_template(deducted(uuid4()), FIELDS, municipality=HERE, traceparent=TRACE)
    event, event_id = deducted(household_id, norm_cents, lines), uuid4()
    charges = ",".join(line.model_dump_json(exclude_none=True) for line in event.charges)
    values = [f'"{event_id}"', *[f'"{household_id}"'] * 3, f"{norm_cents}", f"[{charges}]", f"{norm_cents}"]
    text = "".join(piece + value for piece, value in zip(template.pieces, [*values, ""], strict=True))
    time = read_event(text.encode()).time
    assert time is not None
    written = write_event(
        event, municipality=HERE, event_id=event_id, logged_at=datetime.fromisoformat(time), traceparent=TRACE
    )
    assert (text.encode(), template.topic, template.trace) == (written.payload, written.topic, written.trace)


@pytest.mark.parametrize(
    ("fields", "missing"),
    [
        (("household_id", "colour"), "colour"),
        (("norm_cents", "household_id"), "household_id"),
    ],
)
def test_a_field_that_the_event_lacks_or_has_elsewhere_is_named(fields: tuple[str, ...], missing: str) -> None:
    """Otherwise every event would have the example's value in its place."""
    with pytest.raises(ValueError, match=f"FixedChargesDeducted has no {missing} at this place"):
        write_template(deducted(uuid4()), fields, municipality=HERE)


def test_personal_data_in_the_example_is_refused_as_in_any_event() -> None:
    example = deducted(uuid4()).model_copy(update={"month": "111222333"})
    with pytest.raises(PersonalDataFoundError):
        write_template(example, FIELDS, municipality=HERE)
