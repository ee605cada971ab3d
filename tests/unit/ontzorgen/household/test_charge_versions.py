"""Versions of a charge: what is due on each day by what was known when, and in which months it may be paid."""

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
    change_to_end,
    date_late_change,
    is_withheld,
    list_in_force,
    terms_by_mandate,
)
from services.ontzorgen.household.rules.charges import (
    Charge,
    Mandate,
    charge_id_of,
    date_late_charge,
    mandated_months,
    revoke_mandate,
    set_first_month,
)
from services.ontzorgen.household.rules.household import PlainStanding
from services.ontzorgen.policies.handlers import policy_in_force
from services.ontzorgen.statement.rules.due import build_versions
from services.ontzorgen.statement.rules.situation import ChargeTerms
from shared.calendar import month_of
from shared.errors.refusals import ConflictError, WrongInputError
from shared.events.codes import ChargeKind, SelfRelianceClass

FIRST_DAY = date(2026, 9, 1)
RENT = Charge(UUID(int=1), ChargeKind.RENT, "woonstad", "NL91ABNA0417164300", "huur", 60_000, FIRST_DAY, None)
ALWAYS = Mandate(UUID(int=2), ChargeKind.RENT, "woonstad", FIRST_DAY)
_ids = count(100)


def change_from(from_day: date, amount_cents: int, known_on: date, until_day: date | None = None) -> ChangeOfCharge:
    return ChangeOfCharge(UUID(int=next(_ids)), known_on, from_day, amount_cents, until_day)


def apply(versions: list[Charge], *changes: ChangeOfCharge) -> list[Charge]:
    for change in changes:
        version, is_new = change_charge(versions, versions[0].id, change, {RENT.id})
        versions = [*versions, version] if is_new else versions
    return versions


def due_cents(terms: list[ChargeTerms], day: date, known_by: date) -> int:
    """What the statement's own rules make of the terms on a day."""
    known_terms = [term for term in terms if term.known_on is None or term.known_on <= known_by]
    in_force = [
        version.terms.amount_cents
        for version in build_versions(known_terms)
        if version.terms.from_day <= day and (version.until_day is None or day <= version.until_day)
    ]
    assert len(in_force) <= 1
    return sum(in_force)


class TestChanges:
    def test_a_change_is_a_version_of_the_same_charge_by_the_same_key(self) -> None:
        (_, version) = apply([RENT], change_from(date(2027, 1, 1), 65_000, date(2026, 12, 20)))
        assert (version.key, charge_id_of(version.key)) == (RENT.key, RENT.id)
        assert (version.iban, version.reference, version.needs_confirmation) == (RENT.iban, RENT.reference, False)

    def test_the_same_change_twice_is_one_even_after_a_later_one(self) -> None:
        first = change_from(date(2027, 1, 1), 65_000, date(2026, 12, 20))
        later = replace(change_from(date(2027, 2, 1), 66_000, date(2027, 1, 20)), reference="nieuw")
        versions = apply([RENT], first, later)
        assert apply(versions, first, later) == versions
        with pytest.raises(ConflictError, match="other content"):
            apply(versions, replace(first, amount_cents=1))

    def test_a_charge_ends_and_stays_as_it_was_until_then(self) -> None:
        versions = apply([RENT], change_from(date(2027, 1, 1), 65_000, date(2026, 12, 20)))
        end = change_to_end(versions, RENT.id, UUID(int=7), date(2026, 10, 31), date(2027, 1, 5))
        (piece,) = list_in_force(apply(versions, end))
        assert (piece.from_day, piece.until_day, piece.amount_cents) == (FIRST_DAY, date(2026, 10, 31), 60_000)
        assert change_to_end(apply(versions, end), RENT.id, UUID(int=7), date(2026, 10, 31), date(2027, 1, 5)) == end

    def test_it_does_not_end_before_it_begins(self) -> None:
        with pytest.raises(WrongInputError, match="before it begins"):
            change_to_end([RENT], RENT.id, UUID(int=7), date(2026, 8, 31), date(2026, 9, 5))

    def test_another_account_waits_for_a_colleague_and_stays_waiting(self) -> None:
        moved = replace(change_from(date(2027, 1, 1), 60_000, date(2026, 12, 20)), iban="NL20INGB0001234567")
        versions = apply([RENT], moved, change_from(date(2027, 2, 1), 61_000, date(2027, 1, 20)))
        assert [version.needs_confirmation for version in versions] == [False, True, True]

    def test_a_version_does_not_overlap_another_charge_of_the_creditor(self) -> None:
        later = replace(RENT, id=UUID(int=8), from_day=date(2027, 1, 1))
        ended = apply([RENT], change_from(FIRST_DAY, 60_000, date(2026, 12, 1), date(2026, 12, 31)))
        assert add_charge(ended, later)
        with pytest.raises(ConflictError, match="days outside it"):
            change_charge(
                [*ended, later], RENT.id, change_from(FIRST_DAY, 60_000, date(2026, 12, 2), date(2027, 1, 1)), ()
            )

    def test_what_became_known_earlier_is_not_entered_after_what_became_known_later(self) -> None:
        versions = apply([RENT], change_from(date(2027, 1, 1), 65_000, date(2026, 12, 20)))
        with pytest.raises(ConflictError, match="known on 2026-12-20 is recorded already"):
            apply(versions, change_from(date(2027, 1, 1), 66_000, date(2026, 12, 19)))

    def test_an_unknown_charge_is_not_changed(self) -> None:
        with pytest.raises(LookupError):
            change_charge([RENT], UUID(int=9), change_from(FIRST_DAY, 1, FIRST_DAY), ())


class TestWhoPays:
    def test_a_kind_of_the_package_of_the_class_is_paid_until_it_is_let_go(self) -> None:
        tv, den_haag = replace(RENT, kind=ChargeKind.TV), policy_in_force("gm0518", FIRST_DAY)
        zoetermeer = policy_in_force("gm0637", FIRST_DAY)
        none, self_reliant = PlainStanding(), PlainStanding(SelfRelianceClass.SELF_RELIANT)
        paid = [
            is_withheld(charge, FIRST_DAY, policy, standing)
            for charge, policy, standing in (
                *((RENT, zoetermeer, none), (tv, zoetermeer, none), (tv, den_haag, none), (tv, den_haag, self_reliant)),
            )
        ]
        assert paid == [True, False, True, False]
        let_go = PlainStanding(let_go_months={ChargeKind.RENT: (("2026-10", None),)})
        before, after = RENT, replace(RENT, from_day=date(2026, 10, 1))
        assert [is_withheld(rent, FIRST_DAY, zoetermeer, let_go) for rent in (before, after)] == [True, False]
        old = replace(RENT, from_day=date(2001, 1, 1))
        assert not is_withheld(old, date(2026, 11, 1), zoetermeer, let_go), "it counts from relief on"


class TestWhatIsLate:
    """What no run took into account became known after the last run, whatever day is given."""

    @pytest.mark.parametrize(
        ("last_run_on", "known_on"),
        [
            (None, date(2026, 12, 20)),
            (date(2026, 12, 1), date(2026, 12, 20)),
            (date(2026, 12, 20), date(2026, 12, 21)),
            (date(2027, 1, 2), date(2027, 1, 3)),
        ],
    )
    def test_a_change_becomes_known_after_the_last_run(self, last_run_on: date | None, known_on: date) -> None:
        change = change_from(date(2027, 1, 1), 65_000, date(2026, 12, 20))
        assert date_late_change([RENT], change, last_run_on).known_on == known_on

    def test_the_same_change_again_keeps_its_day(self) -> None:
        change = change_from(date(2027, 1, 1), 65_000, date(2026, 12, 20))
        versions = apply([RENT], date_late_change([RENT], change, date(2026, 12, 31)))
        assert date_late_change(versions, change, date(2027, 2, 1)).known_on == date(2027, 1, 1)

    def test_a_charge_for_months_that_were_run_becomes_known_after_the_last_of_them(self) -> None:
        assert date_late_charge(RENT, "2026-11").known_on == date(2026, 11, 1)
        assert date_late_charge(RENT, "2026-09").known_on is None
        charge = replace(RENT, known_on=date(2026, 9, 5))
        assert date_late_charge(charge, "2026-11") == charge


class TestMandatedMonths:
    def test_a_mandate_covers_no_month_that_was_run_before_unless_the_person_says_so(self) -> None:
        assert set_first_month(ALWAYS, "2026-11").months == ("2026-11", None)
        assert set_first_month(replace(ALWAYS, first_month="2026-09"), "2026-11").months == ("2026-09", None)

    def test_revoking_closes_the_months_to_come_and_leaves_those_that_were_run(self) -> None:
        assert revoke_mandate(ALWAYS, date(2026, 10, 20), "2026-10").months == ("2026-09", "2026-10")
        assert revoke_mandate(ALWAYS, date(2026, 10, 1), "2026-10").months == ("2026-09", "2026-09")
        assert revoke_mandate(ALWAYS, FIRST_DAY, "2026-12").months == ("2026-09", "2026-11")
        assert mandated_months([revoke_mandate(ALWAYS, FIRST_DAY, "2026-09")], ALWAYS.kind, ALWAYS.creditor) == []

    def test_months_that_touch_are_one_period(self) -> None:
        parts = [("2026-12", None), ("2026-09", "2026-09"), ("2026-10", "2026-10")]
        mandates = [replace(ALWAYS, first_month=first, last_month=last) for first, last in parts]
        assert mandated_months(mandates, ALWAYS.kind, ALWAYS.creditor) == [("2026-09", "2026-10"), ("2026-12", None)]


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
        versions = apply(versions, change_from(from_day, draw(st.integers(0, 90_000)), known_on, until_day))
    mandates = [
        Mandate(UUID(int=next(_ids)), RENT.kind, RENT.creditor, granted_on, revoked_on=None, until_day=until_day)
        for granted_on, length in draw(st.lists(spans, max_size=3))
        for until_day in [None if length is None else granted_on + timedelta(days=length)]
    ]
    return versions, mandates


def plain_due_cents(versions: list[Charge], day: date, known_by: date) -> int:
    """The last one known that has begun decides; of those known on one day, the last one recorded."""
    begun = [version for version in versions if (version.known_on or date.min) <= known_by and version.from_day <= day]
    if not begun:
        return 0
    last = begun[-1]
    return last.amount_cents if last.until_day is None or day <= last.until_day else 0


@settings(max_examples=400)
@given(lives(), days, days)
def test_on_each_day_what_was_known_is_due_and_only_in_months_under_mandate(
    life: tuple[list[Charge], list[Mandate]], day: date, known_by: date
) -> None:
    versions, mandates = life
    under_mandate, without_mandate = terms_by_mandate(versions, mandates)
    periods = (mandate.months for mandate in mandates)
    is_open = any(first <= month_of(day) and (last is None or month_of(day) <= last) for first, last in periods)
    expected = plain_due_cents(versions, day, known_by)
    assert due_cents(under_mandate, day, known_by) == (expected if is_open else 0)
    assert due_cents(without_mandate, day, known_by) == (0 if is_open else expected)
    assert {terms.key for terms in (*under_mandate, *without_mandate)} <= {RENT.key}
