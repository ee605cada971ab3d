"""How self-reliant a household is: what was measured of its people, decided on its money, and let go."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from services.ontzorgen.household.rules.people import HouseholdPerson
from services.ontzorgen.independence.rules.measurements import Measurement, find_household_class
from services.ontzorgen.independence.rules.money_decisions import MoneyDecision, find_frequency
from services.ontzorgen.independence.rules.phase_out import StepTaken, list_kinds_let_go, list_months_let_go
from services.ontzorgen.independence.rules.policy import IndependencePolicy
from services.ontzorgen.policies.rules.relief import PayoutFrequency
from shared.events.codes import ChargeKind, SelfRelianceClass


@dataclass(frozen=True)
class SelfReliance:
    """What is on record of a household, as far as its months and its payments follow from it."""

    measurements: Sequence[Measurement] = ()
    money_decisions: Sequence[MoneyDecision] = ()
    steps: Sequence[StepTaken] = ()
    others: Sequence[HouseholdPerson] = ()

    def find_class(self, day: date) -> SelfRelianceClass | None:
        return find_household_class(self.measurements, self.others, day)

    def find_frequency(self, day: date, policy: IndependencePolicy) -> PayoutFrequency:
        return find_frequency(self.money_decisions, day, self.find_class(day), policy)

    def list_kinds_let_go(self, month: str) -> frozenset[ChargeKind]:
        return list_kinds_let_go(self.steps, month)

    @property
    def latest_class(self) -> SelfRelianceClass | None:
        return self.find_class(date.max)

    @property
    def let_go_months(self) -> dict[ChargeKind, tuple[tuple[str, str | None], ...]]:
        return list_months_let_go(self.steps)

    @property
    def weekly(self) -> tuple[tuple[date, bool], ...]:
        """From which day it was decided that money comes weekly, or not; in order of days."""
        decisions = (
            (decision.from_day, decision.rhythm is PayoutFrequency.WEEKLY) for decision in self.money_decisions
        )
        return tuple(sorted(decisions, key=lambda decision: decision[0]))
