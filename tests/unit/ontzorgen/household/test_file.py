"""When relief starts, and which charges and mandates a household's file takes."""

from dataclasses import replace
from datetime import date
from uuid import UUID, uuid4

import pytest

from services.ontzorgen.household.rules.charge_versions import add_charge
from services.ontzorgen.household.rules.charges import (
    CHARGES_MAX,
    Charge,
    Mandate,
    add_mandate,
    list_paid_kinds,
    revoke_mandate,
)
from services.ontzorgen.household.rules.household import (
    name_kinds,
    refuse_second_relief,
    relief_ended_event,
    start_relief,
)
from services.ontzorgen.policies.handlers import load_law, policy_in_force
from shared.errors.refusals import ConflictError, WrongInputError
from shared.events import PIPSigned
from shared.events.codes import AgeBand, ChargeKind, HouseholdType, LearningRoute, ReliefEndReason

LAW = load_law()


def signed(**changes: object) -> PIPSigned:
    fields: dict[str, object] = {
        "person_id": UUID(int=2),
        "signed_on": date(2026, 9, 20),
        "route": LearningRoute.B1_ROUTE,
        "relief_agreed": True,
        "household_id": UUID(int=1),
        "household_type": HouseholdType.SINGLE,
        "age_band": AgeBand.FROM_21,
        "has_children": False,
        "assistance_from": date(2026, 9, 16),
    }
    return PIPSigned.model_validate(fields | changes)


def charge(from_day: date, until: date | None = None, **changes: object) -> Charge:
    fields: dict[str, object] = {"id": uuid4(), "kind": ChargeKind.RENT, "creditor": "woonstad"}
    return Charge(**fields | changes, iban="-", reference="-", amount_cents=60_000, from_day=from_day, until_day=until)  # type: ignore[arg-type]  # a builder


@pytest.mark.row("fixed-charge-withholding")
class TestStart:
    def test_relief_runs_from_the_day_the_right_arises_for_six_months(self) -> None:
        household, started = start_relief(signed(), LAW)
        assert (started.first_day, started.last_day) == (date(2026, 9, 16), date(2027, 3, 15))
        assert (household.next_month, household.months_run, household.ended_on) == ("2026-09", 0, None)

    def test_the_event_of_its_start_names_what_this_municipality_pays_in_its_order(self) -> None:
        _, started = start_relief(signed(), LAW)
        by_law = (ChargeKind.RENT, ChargeKind.HEALTH_INSURANCE, ChargeKind.ENERGY, ChargeKind.WATER)
        assert name_kinds(started, policy_in_force("gm0637", started.first_day)).kinds == by_law
        kinds = name_kinds(started, policy_in_force("gm0518", started.first_day)).kinds or ()
        assert kinds[:4] == by_law
        assert set(kinds[4:]) == set(ChargeKind) - set(by_law) - {
            *(ChargeKind.CHILDCARE, ChargeKind.TRAVEL, ChargeKind.OTHER)
        }

    def test_what_was_paid_at_the_end_is_what_is_due_then_and_has_a_mandate(self) -> None:
        end = date(2027, 3, 15)
        rent = charge(date(2026, 9, 1))
        water = charge(date(2026, 9, 1), kind=ChargeKind.WATER)
        ended = replace(water, id=uuid4(), charge_id=water.id, until_day=date(2027, 1, 31))
        later = charge(date(2027, 4, 1), kind=ChargeKind.TV)
        energy, tv = charge(date(2026, 9, 1), kind=ChargeKind.ENERGY), charge(date(2026, 9, 1), kind=ChargeKind.TV)
        mandates = [
            Mandate(uuid4(), kind, "woonstad", date(2026, 9, 1), revoked_on)
            for kind, revoked_on in (
                *((ChargeKind.RENT, None), (ChargeKind.WATER, None), (ChargeKind.ENERGY, date(2027, 3, 16))),
                (ChargeKind.TV, end),
            )
        ]
        everything = [energy, later, tv, water, ended, rent]
        assert list_paid_kinds(everything, mandates, end) == (ChargeKind.RENT, ChargeKind.ENERGY)
        assert list_paid_kinds([water, rent], [], end) == ()

    @pytest.mark.parametrize(
        "missing", ["household_id", "household_type", "age_band", "has_children", "assistance_from"]
    )
    def test_a_plan_that_does_not_say_for_whom_is_refused(self, missing: str) -> None:
        with pytest.raises(WrongInputError, match="amend the plan"):
            start_relief(signed(**{missing: None}), LAW)

    def test_a_person_in_relief_gets_no_second_relief(self) -> None:
        refuse_second_relief(has_other_relief=False)
        with pytest.raises(ConflictError, match="end that relief first"):
            refuse_second_relief(has_other_relief=True)

    @pytest.mark.parametrize(
        ("end_reason", "reason"),
        [(None, ReliefEndReason.PERIOD_OVER), (ReliefEndReason.MOVED_AWAY, ReliefEndReason.MOVED_AWAY)],
    )
    def test_the_event_of_its_end_says_why(self, end_reason: ReliefEndReason | None, reason: ReliefEndReason) -> None:
        household = replace(start_relief(signed(), LAW)[0], end_reason=end_reason, months_run=6)
        event = relief_ended_event(household)
        assert (event.reason, event.ended_on, event.months_run) == (reason, date(2027, 3, 15), 6)

    def test_one_adult_has_no_two_age_bands(self) -> None:
        with pytest.raises(WrongInputError, match="say it is a couple"):
            start_relief(signed(age_band=AgeBand.MIXED), LAW)

    def test_a_first_day_before_the_oldest_norm_is_refused(self) -> None:
        with pytest.raises(WrongInputError, match="no norm for 2025-06-30"):
            start_relief(signed(assistance_from=date(2025, 6, 30)), LAW)


class TestCharges:
    def test_the_same_charge_twice_is_added_once(self) -> None:
        rent = charge(date(2026, 9, 1))
        assert add_charge([], rent)
        assert not add_charge([rent], rent)

    def test_other_content_under_the_same_id_is_refused(self) -> None:
        rent = charge(date(2026, 9, 1))
        with pytest.raises(ConflictError, match="other content"):
            add_charge([rent], charge(date(2026, 9, 2), id=rent.id))

    @pytest.mark.parametrize(
        ("from_day", "until"),
        [
            (date(2026, 9, 30), None),
            (date(2026, 1, 1), date(2026, 9, 1)),
            (date(2026, 9, 10), date(2026, 9, 12)),
            (date(2026, 8, 1), date(2026, 10, 30)),
        ],
    )
    def test_an_overlapping_charge_of_the_same_creditor_is_refused(self, from_day: date, until: date | None) -> None:
        existing = charge(date(2026, 9, 1), date(2026, 9, 30))
        with pytest.raises(ConflictError, match="give days outside it"):
            add_charge([existing], charge(from_day, until))

    def test_a_charge_that_does_not_overlap_is_added(self) -> None:
        existing = charge(date(2026, 9, 1), date(2026, 9, 30))
        assert add_charge([existing], charge(date(2026, 10, 1)))
        assert add_charge([existing], charge(date(2026, 9, 1), creditor="another"))
        assert add_charge([existing], charge(date(2026, 9, 1), kind=ChargeKind.WATER))

    def test_a_charge_that_ends_before_it_begins_is_refused(self) -> None:
        with pytest.raises(WrongInputError, match="ends before it begins"):
            add_charge([], charge(date(2026, 9, 2), date(2026, 9, 1)))

    def test_there_is_a_largest_number_of_charges(self) -> None:
        existing = [charge(date(2026, 9, 1), creditor=f"creditor-{number}") for number in range(CHARGES_MAX)]
        with pytest.raises(ConflictError, match="at most 40"):
            add_charge(existing, charge(date(2026, 9, 1)))


@pytest.mark.row("machtigingen")
class TestMandates:
    def mandate(self, **changes: object) -> Mandate:
        fields: dict[str, object] = {"id": uuid4(), "kind": ChargeKind.RENT, "creditor": "woonstad"}
        return Mandate(**fields | {"granted_on": date(2026, 9, 16)} | changes)  # type: ignore[arg-type]  # a builder

    def test_a_mandate_is_published_once(self) -> None:
        mandate = self.mandate()
        (granted,) = add_mandate(UUID(int=1), UUID(int=2), [], mandate)
        assert (granted.mandate_id, granted.kind, granted.granted_on) == (
            mandate.id,
            ChargeKind.RENT,
            date(2026, 9, 16),
        )
        assert add_mandate(UUID(int=1), UUID(int=2), [revoke_mandate(mandate, date(2026, 10, 1))], mandate) == []

    def test_a_second_mandate_for_the_same_creditor_is_refused_until_the_first_is_revoked(self) -> None:
        first = self.mandate()
        with pytest.raises(ConflictError, match="revoke it first"):
            add_mandate(UUID(int=1), UUID(int=2), [first], self.mandate())
        assert add_mandate(UUID(int=1), UUID(int=2), [revoke_mandate(first, date(2026, 10, 1))], self.mandate())

    def test_revoking_twice_on_the_same_day_changes_nothing_and_on_another_day_is_refused(self) -> None:
        revoked = revoke_mandate(self.mandate(), date(2026, 10, 1))
        assert revoke_mandate(revoked, date(2026, 10, 1)) == revoked
        with pytest.raises(ConflictError, match="already"):
            revoke_mandate(revoked, date(2026, 10, 2))

    def test_a_mandate_is_not_revoked_before_it_began(self) -> None:
        with pytest.raises(WrongInputError, match="a later one"):
            revoke_mandate(self.mandate(), date(2026, 9, 15))
