"""A municipality's choices, as random lives draw them, in the form that the rules of the statement take."""

from datetime import date

import plain_statement as plain

from services.ontzorgen.policies.handlers import load_law
from services.ontzorgen.policies.rules.relief import GrantKind, HolidayAtReliefEnd
from services.ontzorgen.statement.rules.situation import Situation
from services.ontzorgen.statement.rules.statement import Statement, compute_statements
from shared.errors.refusals import WrongInputError
from shared.events.codes import ChargeKind, SelfRelianceClass


class PlainPolicy:
    """A municipality's choices as the rules take them."""

    source_file = "a test"
    valid_from = date(2025, 1, 1)

    def __init__(self, choices: plain.Choices) -> None:
        first = [ChargeKind(kind) for kind in choices["priority"]]
        self.pay_order = (*first, *(kind for kind in ChargeKind if kind not in first))
        self.whole_month_kinds = frozenset(map(ChargeKind, choices["whole_month_kinds"]))
        self.run_day, self.pay_day, self.prepay = choices["run_day"], choices["pay_day"], choices["prepay"]
        self.weekday = choices["weekday"]
        self.holiday_at_relief_end = HolidayAtReliefEnd(choices["holiday_at_relief_end"])
        self.choices = choices

    def list_withheld_kinds(self, self_reliance: SelfRelianceClass | None) -> frozenset[ChargeKind]:
        return frozenset(map(ChargeKind, self.choices["withheld"][self_reliance]))

    def get_discount_percent(self, kind: ChargeKind, _: SelfRelianceClass | None) -> int:
        return self.choices["discount_percent"].get(kind, 0)

    def pays_weekly(self, self_reliance: SelfRelianceClass | None) -> bool:
        return self_reliance in self.choices["weekly"]

    def find_grant_key(self, _: GrantKind) -> str | None:
        return None


def statements_of(situation: Situation, choices: plain.Choices, months: list[str]) -> tuple[Statement, ...]:
    """The statements of the rules; none when they refuse the household."""
    try:
        return compute_statements(situation, load_law(), PlainPolicy(choices), months)
    except WrongInputError:
        return ()
