"""Versions of a charge: what is asked on each day by what was known when, and in which months it may be paid."""

from dataclasses import replace
from datetime import date, timedelta
from itertools import count
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.ontzorgen.household.rules.charge_versions import (
    ChangeOfCharge,
    add_charge,
    change_charge,
    ending,
    in_force,
    terms,
)
from services.ontzorgen.household.rules.charges import Charge, Mandate, charge_id_of, mandated_months, opened, revoke
from services.ontzorgen.statement.rules.due import build_versions
from services.ontzorgen.statement.rules.situation import ChargeTerms
from shared.calendar import month_of
from shared.errors.refusals import ConflictError, WrongInputError
from shared.events.codes import ChargeKind

FIRST_DAY = date(2026, 9, 1)
RENT = Charge(UUID(int=1), ChargeKind.RENT, "woonstad", "NL91ABNA0417164300", "huur", 60_000, FIRST_DAY, None)
ALWAYS = Mandate(UUID(int=2), ChargeKind.RENT, "woonstad", FIRST_DAY)
_ids = count(100)


def change(from_day: date, amount_cents: int, known_on: date, until_day: date | None = None) -> ChangeOfCharge:
    return ChangeOfCharge(UUID(int=next(_ids)), known_on, from_day, amount_cents, until_day)


def changed(versions: list[Charge], *changes: ChangeOfCharge) -> list[Charge]:
    for one in changes:
        version, is_new = change_charge(versions, versions[0].id, one)
        versions = [*versions, version] if is_new else versions
    return versions


def asked_cents(found: list[ChargeTerms], day: date, known_by: date) -> int:
    """What the statement's own rules make of the terms on a day."""
    known = [one for one in found if one.known_on is None or one.known_on <= known_by]
    holding = [
        one.terms.amount_cents
        for one in build_versions(known)
        if one.terms.from_day <= day and (one.until_day is None or day <= one.until_day)
    ]
    assert len(holding) <= 1
    return sum(holding)


class TestChanges:
    def test_a_change_is_a_version_of_the_same_charge_by_the_same_key(self) -> None:
        (_, version) = changed([RENT], change(date(2027, 1, 1), 65_000, date(2026, 12, 20)))
        assert (version.key, charge_id_of(version.key)) == (RENT.key, RENT.id)
        assert (version.iban, version.reference, version.needs_confirmation) == (RENT.iban, RENT.reference, False)

    def test_the_same_change_twice_is_one_even_after_a_later_one(self) -> None:
        first = change(date(2027, 1, 1), 65_000, date(2026, 12, 20))
        later = replace(change(date(2027, 2, 1), 66_000, date(2027, 1, 20)), reference="nieuw")
        versions = changed([RENT], first, later)
        assert changed(versions, first, later) == versions
        with pytest.raises(ConflictError, match="other content"):
            changed(versions, replace(first, amount_cents=1))

    def test_a_charge_ends_with_what_is_asked_until_then_unchanged(self) -> None:
        versions = changed([RENT], change(date(2027, 1, 1), 65_000, date(2026, 12, 20)))
        end = ending(versions, RENT.id, UUID(int=7), date(2026, 10, 31), date(2027, 1, 5))
        (piece,) = in_force(changed(versions, end))
        assert (piece.from_day, piece.until_day, piece.amount_cents) == (FIRST_DAY, date(2026, 10, 31), 60_000)
        assert ending(changed(versions, end), RENT.id, UUID(int=7), date(2026, 10, 31), date(2027, 1, 5)) == end

    def test_it_does_not_end_before_it_begins(self) -> None:
        with pytest.raises(WrongInputError, match="before it begins"):
            ending([RENT], RENT.id, UUID(int=7), date(2026, 8, 31), date(2026, 9, 5))

    def test_another_account_waits_for_a_colleague_and_stays_waiting(self) -> None:
        moved = replace(change(date(2027, 1, 1), 60_000, date(2026, 12, 20)), iban="NL20INGB0001234567")
        versions = changed([RENT], moved, change(date(2027, 2, 1), 61_000, date(2027, 1, 20)))
        assert [one.needs_confirmation for one in versions] == [False, True, True]

    def test_a_version_does_not_overlap_another_charge_of_the_creditor(self) -> None:
        later = replace(RENT, id=UUID(int=8), from_day=date(2027, 1, 1))
        ended = changed([RENT], change(FIRST_DAY, 60_000, date(2026, 12, 1), date(2026, 12, 31)))
        assert add_charge(ended, later)
        with pytest.raises(ConflictError, match="days outside it"):
            change_charge([*ended, later], RENT.id, change(FIRST_DAY, 60_000, date(2026, 12, 2), date(2027, 1, 1)))

    def test_what_became_known_earlier_is_not_entered_after_what_became_known_later(self) -> None:
        versions = changed([RENT], change(date(2027, 1, 1), 65_000, date(2026, 12, 20)))
        with pytest.raises(ConflictError, match="known on 2026-12-20 stands already"):
            changed(versions, change(date(2027, 1, 1), 66_000, date(2026, 12, 19)))

    def test_a_charge_of_nobody_is_not_changed(self) -> None:
        with pytest.raises(LookupError):
            change_charge([RENT], UUID(int=9), change(FIRST_DAY, 1, FIRST_DAY))


class TestMandatedMonths:
    def test_a_mandate_opens_no_month_that_was_run_before_unless_the_person_says_so(self) -> None:
        assert opened(ALWAYS, "2026-11").months == ("2026-11", None)
        assert opened(replace(ALWAYS, first_month="2026-09"), "2026-11").months == ("2026-09", None)

    def test_revoking_closes_the_months_to_come_and_leaves_those_that_were_run(self) -> None:
        assert revoke(ALWAYS, date(2026, 10, 20), "2026-10").months == ("2026-09", "2026-10")
        assert revoke(ALWAYS, date(2026, 10, 1), "2026-10").months == ("2026-09", "2026-09")
        assert revoke(ALWAYS, FIRST_DAY, "2026-12").months == ("2026-09", "2026-11")
        assert mandated_months([revoke(ALWAYS, FIRST_DAY, "2026-09")], ALWAYS.kind, ALWAYS.creditor) == []

    def test_months_that_touch_are_one_run(self) -> None:
        parts = [("2026-12", None), ("2026-09", "2026-09"), ("2026-10", "2026-10")]
        found = [replace(ALWAYS, first_month=first, last_month=last) for first, last in parts]
        assert mandated_months(found, ALWAYS.kind, ALWAYS.creditor) == [("2026-09", "2026-10"), ("2026-12", None)]


days = st.dates(FIRST_DAY, date(2027, 12, 31))
spans = st.tuples(days, st.none() | st.integers(0, 200))


@st.composite
def lives(draw: st.DrawFn) -> tuple[list[Charge], list[Mandate]]:
    """A charge with versions in order of knowing, and mandates for some months."""
    versions = [RENT]
    known_on = FIRST_DAY
    for from_day, length in draw(st.lists(spans, max_size=4)):
        known_on += timedelta(days=draw(st.integers(0, 90)))
        until_day = None if length is None else from_day + timedelta(days=length)
        versions = changed(versions, change(from_day, draw(st.integers(0, 90_000)), known_on, until_day))
    mandates = [
        Mandate(UUID(int=next(_ids)), RENT.kind, RENT.creditor, granted_on, revoked_on=None, until_day=until_day)
        for granted_on, length in draw(st.lists(spans, max_size=3))
        for until_day in [None if length is None else granted_on + timedelta(days=length)]
    ]
    return versions, mandates


def plainly_asked_cents(versions: list[Charge], day: date, known_by: date) -> int:
    """The last one known that has begun decides; of those known on one day, the last one recorded."""
    begun = [one for one in versions if (one.known_on or date.min) <= known_by and one.from_day <= day]
    if not begun:
        return 0
    holding = begun[-1]
    return holding.amount_cents if holding.until_day is None or day <= holding.until_day else 0


@settings(max_examples=400)
@given(lives(), days, days)
def test_on_each_day_the_terms_ask_what_was_known_and_only_in_months_under_mandate(
    life: tuple[list[Charge], list[Mandate]], day: date, known_by: date
) -> None:
    versions, mandates = life
    under, without = terms(versions, mandates)
    is_open = any(
        one.months[0] <= month_of(day) and (one.months[1] is None or month_of(day) <= one.months[1]) for one in mandates
    )
    expected = plainly_asked_cents(versions, day, known_by)
    assert asked_cents(under, day, known_by) == (expected if is_open else 0)
    assert asked_cents(without, day, known_by) == (0 if is_open else expected)
    assert {one.key for one in (*under, *without)} <= {RENT.key}
